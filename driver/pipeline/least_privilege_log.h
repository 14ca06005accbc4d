// Audit logs as evidence: which requests were granted while the system ran.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/model.h"
#include "solver/queries/least_privilege.h"

namespace bh {

struct LogReading {
  std::vector<Evidence> granted;  // each different one once, with the first line that tells it
  std::vector<bool> active;       // by component: some record names it as the caller
  size_t records = 0;             // decisions
  size_t vague = 0;               // of these, grants that name no caller or no operation
  size_t foreign = 0;             // and those that speak of what the policy does not know
};

// Reads the lines of `bulkhead run`, its audit log (which must be sound; a log that was cut off
// tells what it has), and the microkernel's console (JSON, one record a line, of a system that ran
// this policy); lines of neither kind are passed over. A field that the record hashes or omits
// tells nothing, and a bucket all of its values. Fails on a text without a single decision.
Result<LogReading> read_log(const CheckedModel& model, const std::string& name,
                            std::string_view text);

}  // namespace bh
