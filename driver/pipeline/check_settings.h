// `check` for every setting of a policy's variants at once.
#pragma once

#include "driver/pipeline/load.h"
#include "solver/check.h"

namespace bh {

// Checks all models of the policy (see all_settings) and adds to its sink what there is to say of
// the whole family. A property's verdict is its worst one. What fails in any setting is a finding,
// with a note that names the first such setting; a rule, state or property that is idle (dead,
// shadowed, vacuous ..) is one only when it is idle in every setting.
CheckResult check_settings(LoadedPolicy& policy, const std::vector<CheckedModel>& models,
                           const CheckOptions& options);

}  // namespace bh
