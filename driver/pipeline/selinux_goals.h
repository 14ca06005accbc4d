// Properties of the policy language, asked about an SELinux policy.
//
// The text has the policy's types as components, its attributes as groups, its classes as
// interfaces and their permissions as methods (targets/selinux/vocabulary.h). The model that comes
// of it holds the properties and the names they use; what is granted is asked of the access
// relation itself, whose millions of cells never become parts of a model.
#pragma once

#include <string>
#include <vector>

#include "driver/pipeline/load.h"
#include "solver/check.h"
#include "targets/selinux/flow_map.h"
#include "targets/selinux/policy.h"

namespace bh {

// `paths` as in policy_files(). Fails when one cannot be read, or says anything but groups and
// properties; mistakes in the text are in the sink.
Result<LoadedPolicy> load_goals(const selinux::Policy& policy,
                                const std::vector<std::string>& paths);

// The verdict on each property, for every value of the booleans. Findings go to the sink of
// `goals`.
//
// never, holds, separate: type enforcement alone, which constraints, roles and users can only
// narrow: what is proved stays proved, and a violation says when a constraint may still refuse it.
// require: proved only by rules that hold whatever the booleans and that no constraint narrows. A
// permissive type counts as doing anything.
CheckResult check_goals(LoadedPolicy& goals, const selinux::Policy& policy,
                        const selinux::FlowMap& map);

}  // namespace bh
