// What `bulkhead check --least-privilege` prints besides what `check` does.
#pragma once

#include <string>

#include "driver/pipeline/least_privilege.h"

namespace bh {

// The edits, one a line, and what they change in the texts.
std::string print_edits(const LeastResult& result);

// Which evidence was used and which was not there, the edits, and what they change in the text.
std::string print_least_privilege(const LoadedPolicy& policy, const LeastResult& result);

// check_json() with a member `least_privilege`.
std::string least_privilege_json(const LoadedPolicy& policy, const LeastResult& result);

}  // namespace bh
