// Changes of meaning that somebody looked at and accepted: one line each in a file that is
// committed beside the policy.
//
//   # Parser -> Network.link.send when port = 53
//   9f1c03ab12cd until 2026-12-31 because "the new resolver, see SEC-12"
//
// The first word is what the change means, not where it stands: it no longer fits as soon as one
// request more is granted.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "solver/queries/diff.h"

namespace bh {

using Date = std::chrono::year_month_day;

struct Approval {
  std::string id;
  std::optional<Date> until;  // the last day on which it holds
  std::string because;
  size_t line = 0;
};

// "2026-12-31"; nothing when it is no day of the calendar.
std::optional<Date> parse_date(std::string_view text);
std::string print(Date date);

// The clock's, unless BULKHEAD_TODAY (a date) or SOURCE_DATE_EPOCH (seconds) say otherwise. Fails
// when these are not what they should be.
Result<Date> today();

// Fails on the first line that is no approval, blank or comment.
Result<std::vector<Approval>> parse_approvals(std::string_view text, const std::string& path);

struct Approved {
  std::vector<bool> changes;      // by change: an approval that has not expired speaks of it
  std::vector<Approval> expired;  // that speak of a change
  std::vector<Approval> stale;    // that speak of none
};
Approved apply(const std::vector<Approval>& approvals, const PolicyDiff& diff, Date today);

// Adds a line for the change to the file, which need not exist yet.
Result<void> append_approval(const std::filesystem::path& path, const PolicyChange& change,
                             const std::optional<Date>& until, const std::string& because);

}  // namespace bh
