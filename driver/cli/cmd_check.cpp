#include <fmt/format.h>

#include "driver/cli/commands.h"
#include "driver/cli/selinux_commands.h"
#include "driver/pipeline/certificate.h"
#include "driver/pipeline/check_settings.h"
#include "driver/pipeline/recheck.h"
#include "driver/report/check_report.h"

namespace bh::cli {

// What would do nothing must not look as if it did.
static const char* option_of_least_privilege(const Arguments& arguments) {
  for (const char* option : {"--fix", "--database", "--facts", "--log"}) {
    if (arguments.has(option)) return option;
  }
  return nullptr;
}

Exit check(const Arguments& arguments) {
  if (about_selinux(arguments)) return check_selinux(arguments);
  if (arguments.has("--least-privilege")) return check_least_privilege(arguments);
  if (const char* option = option_of_least_privilege(arguments)) {
    return cannot_run({fmt::format("{} means nothing without --least-privilege", option),
                       "bulkhead check --least-privilege, and the same again"});
  }
  const bool json = arguments.get("--format") == "json";
  const std::string setting = arguments.get("--set");
  const Result<unsigned> jobs = read_jobs(arguments.get("--jobs"));
  if (!jobs.has_value()) return cannot_run(jobs.error());
  auto opened = open_policy(arguments.positional, json, setting);
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);

  CheckOptions options;
  options.threads = *jobs;
  options.obligations = arguments.has("--recheck") || arguments.has("--certificate");
  std::optional<Setting> only;
  if (!setting.empty()) only = setting_of(**policy.model);
  const auto [result, settings] = check_settings(policy, options, only);
  std::optional<Recheck> second;
  if (arguments.has("--recheck")) {
    Result<Recheck> answers = recheck(result, "bulkhead-disagreement");
    if (!answers.has_value()) return cannot_run(answers.error());
    second = std::move(*answers);
  }
  if (json) {
    fmt::print("{}", check_json(policy, result, second ? &*second : nullptr));
  } else {
    print_findings(policy, false);
    fmt::print("{}{}{}", print_properties(policy, result),
               print_summary(**policy.model, result, settings, policy.sink),
               second ? print(*second) : "");
  }
  if (result.internal_error) return Exit::Internal;
  if (second && !second->disagreements.empty()) {
    fmt::print(
        stderr,
        "bulkhead: two solvers disagree: one of them, or bulkhead, is wrong\n"
        "  = help: the questions and answers are in bulkhead-disagreement/; please report them\n");
    return Exit::Internal;
  }
  if (result.nothing_to_check) {
    return cannot_run(
        {"nothing to check: the policy has no rules", "add an `allow`, or name the right file"});
  }
  if (const std::string folder = arguments.get("--certificate"); !folder.empty()) {
    const Result<void> written =
        write_certificate(folder, "bulkhead " BH_VERSION, policy, result, settings);
    if (!written.has_value()) return cannot_run(written.error());
  }
  const Exit code = exit_code(policy.sink);
  return code == Exit::Clean && second && !second->open.empty() ? Exit::Undecided : code;
}

}  // namespace bh::cli
