#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "driver/cli/commands.h"
#include "driver/pipeline/diff.h"
#include "driver/pipeline/files.h"
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

// The file that --approvals names, or the usual one beside the new policy.
fs::path approvals_path(const Arguments& arguments, const Sides& sides) {
  const std::string given = arguments.get("--approvals");
  if (!given.empty()) return given;
  return (fs::path(sides.after.paths[0]).parent_path() / "bulkhead.approvals").lexically_normal();
}

Result<std::vector<Approval>> read_approvals(const Arguments& arguments, const fs::path& path) {
  std::error_code error;
  if (arguments.get("--approvals").empty() && !fs::exists(path, error)) {
    return std::vector<Approval>();
  }
  if (arguments.has("--approve") && !fs::exists(path, error)) return std::vector<Approval>();
  BH_TRY(const std::string text, read_file(path));
  return parse_approvals(text, path.string());
}

Result<void> approve(const Arguments& arguments, const PolicyDiff& diff, const fs::path& path) {
  const std::string id = arguments.get("--approve");
  std::vector<const PolicyChange*> fitting;
  for (const PolicyChange& change : diff.changes) {
    if (id.size() >= 6 && change.id.starts_with(id)) fitting.push_back(&change);
  }
  if (fitting.size() != 1) {
    return fail(fmt::format("'{}' is not one of the changes", id),
                diff.changes.empty() ? "there is no change to approve"
                                     : fmt::format("their names stand in brackets: --approve {}",
                                                   diff.changes[0].id));
  }
  std::optional<Date> until;
  if (const std::string expires = arguments.get("--expires"); !expires.empty()) {
    until = parse_date(expires);
    if (!until) return fail(fmt::format("--expires '{}' is no date", expires), "write 2026-12-31");
  }
  return append_approval(path, *fitting[0], until, arguments.get("--reason"));
}

std::optional<Exit> refuse_unreadable(const LoadedPolicy& policy, std::string_view which,
                                      bool json) {
  if (policy.model) return std::nullopt;
  print_findings(policy, json);
  return cannot_run(
      {fmt::format("the {} policy has mistakes, so that it cannot be compared", which),
       "correct it first"});
}

FailOn fail_on(const std::string& word) {
  if (word == "wider") return FailOn::Wider;
  return word == "property" ? FailOn::Property : FailOn::Any;
}

Exit exit_of(const DiffReport& report) {
  const PolicyDiff& diff = report.found.diff;
  if (diff.internal_error) return Exit::Internal;
  if (report.failing() > 0) return Exit::Findings;
  return diff.unknown.empty() ? Exit::Clean : Exit::Undecided;
}

}  // namespace

Exit diff(const Arguments& arguments) {
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
  const fs::path path = approvals_path(arguments, *sides);
  if (arguments.has("--approve")) {
    const Result<void> done = approve(arguments, found->diff, path);
    if (!done.has_value()) return cannot_run(done.error());
  }
  const Result<std::vector<Approval>> approvals = read_approvals(arguments, path);
  if (!approvals.has_value()) return cannot_run(approvals.error());
  const Approved approved = apply(*approvals, found->diff, *day);
  const DiffReport report{*before,
                          *after,
                          sides->base,
                          sides->commit,
                          *found,
                          approved,
                          fail_on(arguments.get("--fail-on")),
                          path.string()};
  fmt::print("{}", json ? diff_json(report) : print_diff(report));
  return exit_of(report);
}

}  // namespace bh::cli
