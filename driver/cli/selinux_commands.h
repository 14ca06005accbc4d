// What `check`, `diff`, `impact` and `explain` do when the policy that they are asked about is an
// SELinux policy.
#pragma once

#include "driver/cli/command.h"

namespace bh::cli {

// Whether one of the arguments from `first` on names an SELinux policy.
bool about_selinux(const Arguments& arguments, size_t first = 0);

Exit check_selinux(const Arguments& arguments);
Exit diff_selinux(const Arguments& arguments);
Exit impact_selinux(const Arguments& arguments);
Exit explain_selinux(const Arguments& arguments);

}  // namespace bh::cli
