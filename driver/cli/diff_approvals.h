// The options by which changes are approved, shared by the diffs of both kinds of policy.
#pragma once

#include <filesystem>
#include <vector>

#include "driver/cli/command.h"
#include "driver/pipeline/approvals.h"
#include "driver/report/diff_report.h"

namespace bh::cli {

struct ApprovalsOf {
  std::filesystem::path path;
  std::vector<Approval> approvals;
};

// Carries out --approve, then reads the file: the one that --approvals names, or the usual one
// beside the new policy.
Result<ApprovalsOf> approvals_of(const Arguments& arguments, const PolicyDiff& diff,
                                 const std::filesystem::path& new_policy);

// What --fail-on says.
FailOn fail_on(const std::string& word);

}  // namespace bh::cli
