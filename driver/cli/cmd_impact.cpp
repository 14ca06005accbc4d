#include <fmt/format.h>
#include <unistd.h>

#include "driver/cli/commands.h"
#include "driver/cli/selinux_commands.h"
#include "driver/pipeline/impact_settings.h"
#include "driver/pipeline/impact_what_if.h"
#include "driver/report/impact_report.h"

namespace bh::cli {

static Exit exit_of(const Impact& impact) {
  if (impact.internal_error) return Exit::Internal;
  for (const ImpactProperty& property : impact.properties) {
    const bool falls = property.after == Verdict::Violated && property.before != Verdict::Violated;
    if (falls) return Exit::Findings;
  }
  return impact.undecided ? Exit::Undecided : Exit::Clean;
}

static void show_progress(size_t done, size_t all) {
  if (isatty(STDERR_FILENO) == 0) return;
  fmt::print(stderr, "\r{} of {} components", done, all);
  if (done == all) fmt::print(stderr, "\r\033[K");
}

static Exit rank_all(const LoadedPolicy& policy, SettingsChosen chosen, bool json) {
  const Result<SettingsRanking> ranking = rank_settings(policy, chosen, show_progress);
  if (!ranking.has_value()) return cannot_run(ranking.error());
  fmt::print("{}", json ? ranking_json(policy, *ranking) : print_ranking(policy, *ranking));
  return Exit::Clean;
}

static Exit compare(const LoadedPolicy& policy, const Arguments& arguments, SettingsChosen chosen,
                    bool json) {
  auto opened = open_policy({arguments.get("--what-if")}, json, arguments.get("--set"));
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  const LoadedPolicy& edited = std::get<LoadedPolicy>(opened);
  const Result<ImpactChange> change =
      compare_impacts(policy, edited, arguments.positional[0], chosen);
  if (!change.has_value()) return cannot_run(change.error());
  fmt::print("{}",
             json ? change_json(policy, edited, *change) : print_change(policy, edited, *change));
  if (change->before.impact.internal_error || change->after.impact.internal_error)
    return Exit::Internal;
  if (change->grows()) return Exit::Findings;
  return change->undecided ? Exit::Undecided : Exit::Clean;
}

Exit impact(const Arguments& arguments) {
  if (about_selinux(arguments, 1)) return impact_selinux(arguments);
  const bool json = arguments.get("--format") == "json";
  const bool all = arguments.has("--all");
  const std::string setting = arguments.get("--set");
  const SettingsChosen chosen = setting.empty() ? SettingsChosen::All : SettingsChosen::One;
  if (!all && arguments.positional.empty()) {
    return cannot_run({"name the components that are broken into, or ask for --all",
                       "bulkhead impact Parser gateway.bh"});
  }
  if (all && arguments.has("--what-if")) {
    return cannot_run({"--what-if compares one break-in, not --all",
                       "bulkhead impact Parser gateway.bh --what-if edited.bh"});
  }
  std::vector<std::string> paths = arguments.positional;
  if (!all) paths.erase(paths.begin());
  auto opened = open_policy(paths, json, setting);
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  const LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  if (all) return rank_all(policy, chosen, json);
  if (arguments.has("--what-if")) return compare(policy, arguments, chosen, json);

  const auto compromised = find_compromised(**policy.model, arguments.positional[0]);
  if (!compromised.has_value()) return cannot_run(compromised.error());
  const Result<SettingsImpact> result = impact_settings(policy, *compromised, chosen);
  if (!result.has_value()) return cannot_run(result.error());
  fmt::print("{}", json ? impact_json(policy, *result) : print_impact(policy, *result));
  return exit_of(result->impact);
}

}  // namespace bh::cli
