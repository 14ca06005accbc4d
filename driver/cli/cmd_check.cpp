#include <fmt/format.h>

#include "driver/cli/commands.h"
#include "driver/pipeline/check_settings.h"
#include "driver/report/check_report.h"

namespace bh::cli {

Exit check(const Arguments& arguments) {
  const bool json = arguments.get("--format") == "json";
  const std::string setting = arguments.get("--set");
  auto opened = open_policy(arguments.positional, json, setting);
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);

  const std::vector<CheckedModel> models = all_settings(policy);
  std::optional<size_t> only;
  if (!setting.empty()) only = place_of(*policy.model, models);
  const CheckResult result = check_settings(policy, models, CheckOptions{}, only);
  if (json) {
    fmt::print("{}", check_json(policy, result));
  } else {
    print_findings(policy, false);
    fmt::print("{}{}", print_properties(policy, result),
               print_summary(**policy.model, result, only ? 1 : models.size(), policy.sink));
  }
  if (result.internal_error) return Exit::Internal;
  if (result.nothing_to_check) {
    return cannot_run({"nothing to check: the policy has no rules", "add an `allow`, or name the right file"});
  }
  return exit_code(policy.sink);
}

}  // namespace bh::cli
