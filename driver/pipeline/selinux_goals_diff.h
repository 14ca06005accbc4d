// Whether the properties that hold of one SELinux policy still hold of its next version.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "driver/pipeline/load.h"
#include "solver/queries/diff.h"
#include "targets/selinux/flow_map.h"
#include "targets/selinux/policy.h"

namespace bh {

struct GoalsDiff {
  std::vector<PolicyChange> changes;  // of kind Property, in the order of the text
  std::vector<std::string> unknown;   // properties that are undecided now
  size_t asked = 0;
  // Where the text does not fit the new policy: nothing was asked, and its sink says why.
  std::optional<LoadedPolicy> mistaken;
};

// Fails when a file of `paths` cannot be read or says more than properties. Where the text names
// what only the new policy has, the old one cannot be asked, and each property counts as new.
Result<GoalsDiff> diff_goals(const selinux::Policy& before, const selinux::Policy& after,
                             const std::vector<std::string>& paths, const selinux::FlowMap& map);

}  // namespace bh
