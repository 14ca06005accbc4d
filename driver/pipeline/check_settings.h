// `check` for every setting of a policy's variants at once.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "driver/pipeline/load.h"
#include "solver/check.h"

namespace bh {

struct SettingsResult {
  CheckResult result;
  size_t settings = 1;  // how many the verdicts are about
};

// Checks the policy in all settings and adds to its sink what there is to say of the whole family.
// A property's verdict is its worst one. What fails in any setting is a finding, with a note that
// names the first such setting; a rule, state or property that is idle (dead, shadowed, vacuous ..)
// is one only when it is idle in every setting. With `only`, verdicts and findings are those of
// that setting, and the others just tell what is idle.
SettingsResult check_settings(LoadedPolicy& policy, const CheckOptions& options,
                              const std::optional<Setting>& only = std::nullopt);

}  // namespace bh
