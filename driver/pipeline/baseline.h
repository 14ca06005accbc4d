// Findings about code that somebody looked at and accepted, so that `validate` can guard a program
// that is not clean yet: what is in the file is counted, what is not fails.
//
//   {"version": 1, "accepted": [
//     {"code": "BH5003", "what": ["Parser", "system", "log_rotate"], "times": 2,
//      "reason": "moves to Logger with release 3, SEC-12", "expires": "2026-12-31"}]}
//
// `what` is Diagnostic::key: names, no lines or columns, so an entry outlives edits around it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/diag/diag.h"
#include "driver/pipeline/approvals.h"

namespace bh {

struct BaselineEntry {
  uint16_t code = 0;
  std::vector<std::string> what;
  size_t times = 1;             // at most so many findings; one more is new
  std::string reason;           // INVARIANT: not empty
  std::optional<Date> expires;  // the last day on which it holds
};

// INVARIANT: sorted by code and `what`, no two alike.
struct Baseline {
  std::vector<BaselineEntry> entries;
};

// Fails on what is no baseline, with the entry at fault and what it lacks. `path` is for the
// message.
Result<Baseline> parse_baseline(std::string_view text, const std::string& path);
std::string print_json(const Baseline& baseline);

struct AcceptedFinding {
  Diagnostic finding;
  std::string reason;
  std::optional<Date> expires;
};

struct Baselined {
  DiagnosticSink remaining;  // what is not accepted, and warnings about the baseline itself
  std::vector<AcceptedFinding> accepted;
};

Baselined apply(const Baseline& baseline, const DiagnosticSink& findings, Date today);

// A baseline that accepts exactly these findings. Entries that still fit keep their reason and day;
// new ones get these. Fails when a reason is needed and there is none, or when a finding says that
// nothing was checked: that cannot be accepted.
Result<Baseline> renew(const Baseline& baseline, const DiagnosticSink& findings,
                       const std::string& reason, std::optional<Date> expires);

}  // namespace bh
