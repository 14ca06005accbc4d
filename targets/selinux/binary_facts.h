// What a compiled policy, and the file contexts that were compiled with it, say within a scope: in
// the form in which it is compared with a plan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "targets/selinux/facts.h"
#include "targets/selinux/policy.h"

namespace bh {

// `file_contexts` is the text of that file, as secilc writes it.
BinaryFacts read_facts(const selinux::Policy& policy, std::string_view file_contexts,
                       const SelinuxScope& scope);

}  // namespace bh
