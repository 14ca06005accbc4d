#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "driver/cli/commands.h"
#include "driver/cli/diff_approvals.h"
#include "driver/cli/selinux_commands.h"
#include "driver/pipeline/diff.h"
#include "driver/pipeline/git.h"
#include "driver/report/diff_report.h"

namespace bh::cli {

namespace fs = std::filesystem;

namespace {

struct Sides {
  PolicySource before;
  PolicySource after;
  std::string base;    // of the report
  std::string commit;  // of `before`, where both are at the same path
};

// A file or directory, or REF:PATH for one in a commit.
Result<PolicySource> source_of(const std::string& argument, Sides& sides, bool is_before) {
  std::error_code error;
  const size_t colon = argument.find(':');
  if (fs::exists(argument, error)) return files_on_disk({argument});
  if (colon == std::string::npos || colon == 0) {
    return fail(fmt::format("there is no file or directory '{}'", argument),
                fmt::format("if it is a commit: bulkhead diff --against {}, or {}:PATH", argument,
                            argument));
  }
  const std::string path = argument.substr(colon + 1);
  BH_TRY(GitPolicy policy,
         policy_in_git(argument.substr(0, colon), GitBase::Exact, {path.empty() ? "." : path}));
  if (is_before) {
    sides.base = policy.about;
    sides.commit = policy.commit;
  }
  return std::move(policy.source);
}

Result<Sides> sides_of(const Arguments& arguments) {
  Sides sides;
  const std::string against = arguments.get("--against");
  const bool given = arguments.values.contains("--against") && !against.empty();
  if (given) {
    const GitBase base = arguments.has("--no-merge-base") ? GitBase::Exact : GitBase::MergeBase;
    BH_TRY(GitPolicy policy, policy_in_git(against, base, arguments.positional));
    sides.before = std::move(policy.source);
    sides.base = policy.about;
    sides.commit = policy.commit;
    BH_TRY(sides.after, files_on_disk(arguments.positional));
    return sides;
  }
  if (arguments.positional.size() != 2) {
    return fail(fmt::format("a diff takes two policies, not {}", arguments.positional.size()),
                "bulkhead diff OLD NEW, or bulkhead diff --against REF [POLICY]");
  }
  BH_TRY(sides.before, source_of(arguments.positional[0], sides, true));
  BH_TRY(sides.after, source_of(arguments.positional[1], sides, false));
  if (sides.before.paths != sides.after.paths) sides.commit.clear();
  return sides;
}

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
  const Result<Sides> sides = sides_of(arguments);
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
