// What a compiled policy says about a few of its types, in the form in which it is compared with a
// model.
#pragma once

#include <string>
#include <vector>

#include "targets/selinux/facts.h"
#include "targets/selinux/policy.h"

namespace bh {

// What the policy grants among `types` and to or from them.
BinaryTe restrict_to(const selinux::Policy& policy, const std::vector<std::string>& types);

}  // namespace bh
