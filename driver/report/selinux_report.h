// What is printed of SELinux policies: what one holds, and what a diff of two found.
#pragma once

#include <string>

#include "driver/pipeline/approvals.h"
#include "driver/pipeline/load.h"
#include "driver/pipeline/selinux_goals_diff.h"
#include "driver/report/diff_report.h"
#include "solver/check.h"
#include "targets/selinux/diff.h"
#include "targets/selinux/policy.h"

namespace bh {

// How much there is of each sort, with what the rules come to.
std::string print_selinux(const selinux::Policy& policy);
std::string selinux_json(const selinux::Policy& policy);

// The last lines of a check: what was asked of how large a policy, and the verdicts counted.
std::string print_goals_summary(const LoadedPolicy& goals, const CheckResult& result,
                                const selinux::Policy& policy);

// The changes as `bulkhead diff` knows them, so that they can be approved: those of the verdicts on
// properties first.
PolicyDiff as_policy_diff(const selinux::Diff& diff, GoalsDiff goals);

struct SelinuxDiffReport {
  const selinux::Diff& found;
  const PolicyDiff& diff;  // as_policy_diff of it
  const Approved& approved;
  std::string base;  // "main (merge-base 4f2c9ab)"; "" when not from git
  FailOn fail_on = FailOn::Any;
  std::string approvals_path;

  size_t properties() const { return diff.changes.size() - found.changes.size(); }
  bool fails(size_t change) const;  // by its number in `diff`
  size_t failing() const;
};

std::string print_diff(const SelinuxDiffReport& report);
std::string diff_json(const SelinuxDiffReport& report);

}  // namespace bh
