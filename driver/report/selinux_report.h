// What is printed of SELinux policies: what one holds, and what a diff of two found.
#pragma once

#include <string>

#include "driver/pipeline/approvals.h"
#include "driver/pipeline/load.h"
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

// The changes as `bulkhead diff` knows them, so that they can be approved.
PolicyDiff as_policy_diff(const selinux::Diff& diff);

struct SelinuxDiffReport {
  const selinux::Diff& found;
  const PolicyDiff& diff;  // as_policy_diff(found)
  const Approved& approved;
  FailOn fail_on = FailOn::Any;
  std::string approvals_path;

  bool fails(size_t change) const;
  size_t failing() const;
};

std::string print_diff(const SelinuxDiffReport& report);
std::string diff_json(const SelinuxDiffReport& report);

}  // namespace bh
