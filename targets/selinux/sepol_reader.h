// Reads a compiled SELinux policy back, independently of everything that wrote it: through
// libsepol, the library with which the kernel's own tools read policies.
//
// libsepol 3.4 was not written for hostile input (it can crash on a damaged policy), so it runs in
// a child process of its own, with limits on time and memory, and only its answer comes back.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "targets/selinux/facts.h"

namespace bh {

// What the policy in the file grants among `types` and to or from them. Fails when the file cannot
// be read or is not a policy, whatever its bytes.
Result<BinaryTe> read_binary(const std::string& path, const std::vector<std::string>& types);

}  // namespace bh
