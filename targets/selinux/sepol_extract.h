// libsepol's internal structures -> our value. Private to the sepol_* files: called in the child
// process that ran libsepol, on what it has read or compiled.
#pragma once

#include <string>

#include "core/base/result.h"
#include "targets/selinux/policy.h"

struct sepol_policydb;

namespace bh::selinux {

// Fails when the policy speaks of something that it does not define.
Result<Policy> extract(const sepol_policydb& policy);

}  // namespace bh::selinux
