#include <fmt/format.h>

#include "driver/cli/commands.h"
#include "driver/cli/diff_approvals.h"
#include "driver/cli/diff_sides.h"
#include "driver/cli/selinux_commands.h"
#include "driver/pipeline/diff.h"
#include "driver/report/diff_report.h"

namespace bh::cli {

namespace {

std::optional<Exit> refuse_unreadable(const LoadedPolicy& policy, std::string_view which,
                                      bool json) {
  if (policy.model) return std::nullopt;
  print_findings(policy, json);
  return cannot_run(
      {fmt::format("the {} policy has mistakes, so that it cannot be compared", which),
       "correct it first"});
}

Exit exit_of(const DiffReport& report) {
  const PolicyDiff& diff = report.found.diff;
  if (diff.internal_error) return Exit::Internal;
  if (report.failing() > 0) return Exit::Findings;
  return diff.unknown.empty() ? Exit::Clean : Exit::Undecided;
}

}  // namespace

Exit diff(const Arguments& arguments) {
  if (about_selinux(arguments)) return diff_selinux(arguments);
  const bool json = arguments.get("--format") == "json";
  const Result<Date> day = today();
  if (!day.has_value()) return cannot_run(day.error());
  const Result<DiffSides> sides = diff_sides(arguments, arguments.positional, PolicyTexts);
  if (!sides.has_value()) return cannot_run(sides.error());
  auto [before, after] = load_both(sides->before, sides->after);
  if (!before.has_value()) return cannot_run(before.error());
  if (!after.has_value()) return cannot_run(after.error());
  if (const auto exit = refuse_unreadable(*before, "old", json)) return *exit;
  if (const auto exit = refuse_unreadable(*after, "new", json)) return *exit;
  const Model& was = **before->model;
  const Model& is = **after->model;
  if (was.rules.empty() && is.rules.empty()) {
    return cannot_run({"nothing to compare: neither policy has a rule", "name the right files"});
  }

  const Result<SettingsDiff> found = diff_settings(*before, *after, DiffOptions{});
  if (!found.has_value()) return cannot_run(found.error());
  if (found->diff.unrelated && was.name != is.name && !arguments.has("--unrelated")) {
    return cannot_run(
        {fmt::format("'{}' and '{}' are two policies, not two versions of one: they have no "
                     "component in common",
                     was.name, is.name),
         "name the right files, or add --unrelated to see everything that differs"});
  }
  const Result<ApprovalsOf> approvals = approvals_of(arguments, found->diff, sides->after.paths[0]);
  if (!approvals.has_value()) return cannot_run(approvals.error());
  const Approved approved = apply(approvals->approvals, found->diff, *day);
  const DiffReport report{*before,
                          *after,
                          sides->base,
                          sides->commit,
                          *found,
                          approved,
                          fail_on(arguments.get("--fail-on")),
                          approvals->path.string()};
  fmt::print("{}", json ? diff_json(report) : print_diff(report));
  return exit_of(report);
}

}  // namespace bh::cli
