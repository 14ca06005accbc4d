#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "driver/cli/commands.h"
#include "driver/cli/diff_approvals.h"
#include "driver/cli/diff_sides.h"
#include "driver/cli/selinux_commands.h"
#include "driver/pipeline/approvals.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/selinux_explain.h"
#include "driver/pipeline/selinux_goals.h"
#include "driver/pipeline/selinux_impact.h"
#include "driver/pipeline/selinux_policy.h"
#include "driver/report/check_report.h"
#include "driver/report/selinux_report.h"

namespace bh::cli {

namespace {

// The arguments from `first` on, apart.
struct Paths {
  std::vector<std::string> policy;
  std::vector<std::string> others;
};

Paths paths_of(const Arguments& arguments, size_t first) {
  Paths paths;
  for (size_t i = first; i < arguments.positional.size(); ++i) {
    const std::string& path = arguments.positional[i];
    (is_selinux_policy(path) ? paths.policy : paths.others).push_back(path);
  }
  return paths;
}

Result<selinux::FlowMap> flow_map(const Arguments& arguments) {
  const std::string path = arguments.get("--flow-map");
  if (path.empty()) return selinux::FlowMap::standard();
  BH_TRY(const std::string text, read_file(path));
  return selinux::FlowMap::parse(text, path);
}

// Without a single option that would do nothing.
std::optional<Exit> refuse_options(const Arguments& arguments,
                                   std::initializer_list<const char*> options) {
  for (const char* option : options) {
    if (arguments.has(option))
      return cannot_run({fmt::format("{} means nothing for an SELinux policy", option)});
  }
  return std::nullopt;
}

}  // namespace

bool about_selinux(const Arguments& arguments, size_t first) {
  return arguments.positional.size() > first &&
         std::any_of(arguments.positional.begin() + static_cast<std::ptrdiff_t>(first),
                     arguments.positional.end(), is_selinux_policy);
}

Exit check_selinux(const Arguments& arguments) {
  const bool json = arguments.get("--format") == "json";
  if (const auto exit =
          refuse_options(arguments, {"--recheck", "--certificate", "--least-privilege", "--set"}))
    return *exit;
  const Paths paths = paths_of(arguments, 0);
  if (paths.others.empty()) {
    return cannot_run({"nothing to check: no file of properties stands beside the SELinux policy",
                       "bulkhead check policy.33 goals.bh"});
  }
  const Result<selinux::FlowMap> map = flow_map(arguments);
  if (!map.has_value()) return cannot_run(map.error());
  const Result<selinux::Policy> policy = load_selinux(paths.policy);
  if (!policy.has_value()) return cannot_run(policy.error());
  Result<LoadedPolicy> goals = load_goals(*policy, paths.others);
  if (!goals.has_value()) return cannot_run(goals.error());
  if (!goals->model) {
    print_findings(*goals, json);
    return exit_code(goals->sink);
  }
  const CheckResult result = check_goals(*goals, *policy, *map);
  if (json) {
    fmt::print("{}", check_json(*goals, result));
  } else {
    print_findings(*goals, false);
    fmt::print("{}{}", print_properties(*goals, result),
               print_goals_summary(*goals, result, *policy));
  }
  if (result.nothing_to_check)
    return cannot_run(
        {"nothing to check: there is no property", "write a `never`, or name the right file"});
  return exit_code(goals->sink);
}

Exit diff_selinux(const Arguments& arguments) {
  const bool json = arguments.get("--format") == "json";
  const Paths paths = paths_of(arguments, 0);
  if (!arguments.has("--against") && paths.policy.size() != 2) {
    return cannot_run({fmt::format("a diff takes two policies, and properties, but {} of these {} "
                                   "an SELinux policy",
                                   paths.policy.size(), paths.policy.size() == 1 ? "is" : "are"),
                       "bulkhead diff OLD NEW [PROPERTIES.bh]"});
  }
  const Result<Date> day = today();
  if (!day.has_value()) return cannot_run(day.error());
  const Result<selinux::FlowMap> map = flow_map(arguments);
  if (!map.has_value()) return cannot_run(map.error());
  const Result<DiffSides> sides = diff_sides(arguments, paths.policy, SelinuxModules);
  if (!sides.has_value()) return cannot_run(sides.error());
  std::array<selinux::Origins, 2> origins;
  Result<selinux::Policy> before = load_selinux(sides->before, &origins[0]);
  if (!before.has_value()) return cannot_run(before.error());
  Result<selinux::Policy> after = load_selinux(sides->after, &origins[1]);
  if (!after.has_value()) return cannot_run(after.error());

  GoalsDiff goals;
  if (!paths.others.empty()) {
    Result<GoalsDiff> asked = diff_goals(*before, *after, paths.others, *map);
    if (!asked.has_value()) return cannot_run(asked.error());
    goals = std::move(*asked);
  }
  if (goals.mistaken) {
    print_findings(*goals.mistaken, json);
    return exit_code(goals.mistaken->sink);
  }
  bool comparable = false;
  const selinux::Diff found =
      diff_policies(std::move(*before), std::move(*after), comparable, origins);
  if (!comparable)
    return cannot_run(
        {"the policies cannot be compared: a class has more than 32 permissions in both together"});
  const PolicyDiff diff = as_policy_diff(found, std::move(goals));
  const Result<ApprovalsOf> approvals =
      approvals_of(arguments, diff, std::filesystem::path(sides->after.paths[0]));
  if (!approvals.has_value()) return cannot_run(approvals.error());
  const Approved approved = apply(approvals->approvals, diff, *day);
  const SelinuxDiffReport report{found,
                                 diff,
                                 approved,
                                 sides->base,
                                 fail_on(arguments.get("--fail-on")),
                                 approvals->path.string()};
  fmt::print("{}", json ? diff_json(report) : print_diff(report));
  if (report.failing() > 0) return Exit::Findings;
  return diff.unknown.empty() ? Exit::Clean : Exit::Undecided;
}

Exit impact_selinux(const Arguments& arguments) {
  if (const auto exit = refuse_options(arguments, {"--all", "--what-if", "--set"})) return *exit;
  const Result<selinux::FlowMap> map = flow_map(arguments);
  if (!map.has_value()) return cannot_run(map.error());
  const Result<selinux::Policy> policy = load_selinux(paths_of(arguments, 1).policy);
  if (!policy.has_value()) return cannot_run(policy.error());
  const Result<SelinuxImpact> impact = selinux_impact(*policy, *map, arguments.positional[0]);
  if (!impact.has_value()) return cannot_run(impact.error());
  fmt::print("{}", arguments.get("--format") == "json" ? impact_json(*policy, *impact)
                                                       : print_impact(*policy, *impact));
  return Exit::Clean;
}

Exit explain_selinux(const Arguments& arguments) {
  const Result<selinux::Policy> policy = load_selinux(paths_of(arguments, 1).policy);
  if (!policy.has_value()) return cannot_run(policy.error());
  const Result<SelinuxAnswer> answer = bh::explain_selinux(*policy, arguments.positional[0]);
  if (!answer.has_value()) return cannot_run(answer.error());
  fmt::print("{}",
             arguments.get("--format") == "json" ? answer_json(*answer) : print_answer(*answer));
  return answer->granted ? Exit::Clean : Exit::Findings;
}

}  // namespace bh::cli
