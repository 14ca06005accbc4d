#include <fmt/format.h>

#include "driver/cli/commands.h"
#include "driver/pipeline/check_settings.h"
#include "driver/report/check_report.h"

namespace bh::cli {

Exit check(const Arguments& arguments) {
  const bool json = arguments.get("--format") == "json";
  const std::string setting = arguments.get("--set");
  const Result<unsigned> jobs = read_jobs(arguments.get("--jobs"));
  if (!jobs.has_value()) return cannot_run(jobs.error());
  auto opened = open_policy(arguments.positional, json, setting);
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);

  CheckOptions options;
  options.threads = *jobs;
  std::optional<Setting> only;
  if (!setting.empty()) only = setting_of(**policy.model);
  const auto [result, settings] = check_settings(policy, options, only);
  if (json) {
    fmt::print("{}", check_json(policy, result));
  } else {
    print_findings(policy, false);
    fmt::print("{}{}", print_properties(policy, result),
               print_summary(**policy.model, result, settings, policy.sink));
  }
  if (result.internal_error) return Exit::Internal;
  if (result.nothing_to_check) {
    return cannot_run(
        {"nothing to check: the policy has no rules", "add an `allow`, or name the right file"});
  }
  return exit_code(policy.sink);
}

}  // namespace bh::cli
