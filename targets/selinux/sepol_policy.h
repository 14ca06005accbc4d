// SELinux policies in each form that they come in, through libsepol, the library with which the
// kernel's own tools read and write them.
//
// libsepol 3.4 was not written for hostile input (it can crash on a damaged policy), so it runs in
// a child process of its own, with limits on time and memory, and only its answer comes back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "targets/selinux/policy.h"

namespace bh::selinux {

// Whether these bytes begin like a kernel policy (policy.33), or like a module package (.pp).
bool looks_like_kernel_policy(std::string_view bytes);
bool looks_like_package(std::string_view bytes);

// A compiled policy. Fails when the bytes are none, whatever they are; `name` is for the message.
Result<Policy> read_kernel_policy(const std::string& name, std::string_view bytes);

struct CilText {
  std::string name;  // for messages
  std::string text;
};

// CIL texts compiled together, as secilc does it, neverallow rules checked. Fails with the
// compiler's words when they do not form a policy.
Result<Policy> compile_policy(const std::vector<CilText>& texts);

// CIL texts as one text that compiles to the same policy, faster: what optional blocks ask for is
// looked up, and those that do not find it are gone. Fails as compile_policy() does.
Result<std::string> resolve_cil(const std::vector<CilText>& texts);

// A module package as CIL.
Result<std::string> package_to_cil(const std::string& name, std::string_view bytes);

}  // namespace bh::selinux
