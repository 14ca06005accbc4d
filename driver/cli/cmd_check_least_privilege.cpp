#include <fmt/format.h>

#include "driver/cli/commands.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/least_privilege.h"
#include "driver/report/check_report.h"
#include "driver/report/least_privilege_report.h"

namespace bh::cli {

static Result<LeastRequest> least_request(const Arguments& arguments) {
  LeastRequest request;
  BH_TRY(const std::vector<std::filesystem::path> files, policy_files(arguments.positional));
  BH_TRY(request.check.threads, read_jobs(arguments.get("--jobs")));
  request.user_files = files.size();
  request.database = arguments.get("--database");
  request.facts = arguments.get("--facts");
  const std::string observed = arguments.get("--observed");
  if (observed == "range") request.observed = Observed::Range;
  if (observed == "each") request.observed = Observed::Each;
  if (observed == "exact") request.observed = Observed::Exact;
  std::string logs = arguments.get("--log");
  while (!logs.empty()) {
    const size_t end = std::min(logs.find(','), logs.size());
    if (end > 0) request.logs.push_back(logs.substr(0, end));
    logs.erase(0, end + 1);
  }
  return request;
}

static Result<void> write_edits(const LeastResult& result) {
  for (const EditedFile& file : result.files) {
    const Result<void> written = rewrite_file(file.path, file.after);
    if (!written.has_value()) return written;
    fmt::print(stderr, "edited {}\n", file.path);
  }
  return {};
}

static void print_result(const LoadedPolicy& policy, const LeastResult& result, bool json) {
  if (json) {
    fmt::print("{}", least_privilege_json(policy, result));
    return;
  }
  print_findings(policy, false);
  fmt::print("{}{}{}", print_properties(policy, result.check.result),
             print_summary(**policy.model, result.check.result, result.check.settings, policy.sink),
             print_least_privilege(policy, result));
}

static Exit conclude(const LoadedPolicy& policy, const CheckResult& result) {
  if (result.internal_error) return Exit::Internal;
  if (result.nothing_to_check) {
    return cannot_run(
        {"nothing to check: the policy has no rules", "add an `allow`, or name the right file"});
  }
  return exit_code(policy.sink);
}

// `edit`: what is found is taken away, and what then remains is reported.
static Exit ask(const Arguments& arguments, const LeastRequest& request, LoadedPolicy& policy,
                bool edit) {
  const bool json = arguments.get("--format") == "json";
  std::optional<Setting> only;
  if (arguments.has("--set")) only = setting_of(**policy.model);
  const Result<LeastResult> result = least_privilege(policy, request, only);
  if (!result.has_value()) return cannot_run(result.error());
  const CheckResult& checked = result->check.result;
  const bool sound = !checked.internal_error && !checked.nothing_to_check;
  if (!edit || !sound || result->files.empty()) {
    print_result(policy, *result, json);
    return conclude(policy, checked);
  }
  if (!json) fmt::print("{}", print_edits(*result));
  const Result<void> written = write_edits(*result);
  if (!written.has_value()) return cannot_run(written.error());
  LoadedPolicy edited = reload_policy(policy, result->texts);
  return ask(arguments, request, edited, false);
}

Exit check_least_privilege(const Arguments& arguments) {
  for (const char* option : {"--recheck", "--certificate"}) {
    if (!arguments.has(option)) continue;
    return cannot_run({fmt::format("{} and --least-privilege do not go together", option),
                       "ask one after the other"});
  }
  const Result<LeastRequest> request = least_request(arguments);
  if (!request.has_value()) return cannot_run(request.error());
  auto opened = open_policy(arguments.positional, arguments.get("--format") == "json",
                            arguments.get("--set"));
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  return ask(arguments, *request, std::get<LoadedPolicy>(opened), arguments.has("--fix"));
}

}  // namespace bh::cli
