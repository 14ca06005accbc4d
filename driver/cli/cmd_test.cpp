#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "driver/cli/commands.h"
#include "driver/pipeline/boot_tests.h"
#include "driver/report/test_report.h"

namespace bh::cli {

// How far it is, on a terminal only: a line that is written over.
static void show_progress(size_t done, size_t all) {
  if (isatty(STDERR_FILENO) == 0) return;
  fmt::print(stderr, "\r{} of {} mutants", done, all);
  if (done == all) fmt::print(stderr, "\r\033[K");
}

static Exit exit_of(const MutationReport& report, bool limit_chosen) {
  if (report.score.survived > 0) return Exit::Findings;
  const bool all_tried = limit_chosen || report.complete;
  return report.score.undecided > 0 || !all_tried ? Exit::Undecided : Exit::Clean;
}

static Result<void> boot_settings(const std::vector<CheckedModel>& models, bool json,
                                  DiagnosticSink& sink) {
  BootTestsOptions options;
  if (!json) {
    options.line = [](std::string_view line) { fmt::print("on the machine: {}\n", line); };
  }
  for (const CheckedModel& model : models) {
    if (auto played = boot_tests(model, options, sink); !played.has_value()) {
      return tl::unexpected(played.error());
    }
  }
  return {};
}

Exit test(const Arguments& arguments) {
  const bool json = arguments.get("--format") == "json";
  size_t fail_under = 0;
  std::optional<size_t> most;
  if (arguments.has("--fail-under")) {
    const Result<size_t> percent = read_number(arguments, "--fail-under", 0, 100);
    if (!percent.has_value()) return cannot_run(percent.error());
    fail_under = *percent;
  }
  if (arguments.has("--mutants")) {
    const Result<size_t> number = read_number(arguments, "--mutants", 1, 10'000'000);
    if (!number.has_value()) return cannot_run(number.error());
    most = *number;
  }
  const std::string setting = arguments.get("--set");
  auto opened = open_policy(arguments.positional, json, setting);
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  Result<std::vector<CheckedModel>> all =
      setting.empty() ? all_settings(policy) : std::vector<CheckedModel>{*policy.model};
  if (!all.has_value()) return cannot_run(all.error());
  const std::vector<CheckedModel>& models = *all;

  const TestCounts counts = test_settings(models, policy.sink);
  if (arguments.has("--boot")) {
    const Result<void> played = boot_settings(models, json, policy.sink);
    if (!played.has_value()) return cannot_run(played.error());
  }
  if (counts.run == 0) {
    return cannot_run(
        {"nothing to check: the policy has no tests", "add a `test \"...\" { ... }` statement"});
  }
  const Coverage coverage = cover_settings(models, CoverageOptions{});
  std::optional<MutationReport> mutation;
  const bool wanted = arguments.has("--mutate") || most;
  if (wanted && counts.failed == 0) {
    MutationOptions options;
    if (most) options.most = *most;
    mutation = mutate_settings(models, options, show_progress);
  }
  if (json) {
    fmt::print("{}", test_json(policy, counts, coverage, mutation));
  } else {
    print_findings(policy, false);
    fmt::print("{}", print_coverage(policy, counts, coverage));
    if (mutation) fmt::print("{}", print_mutation(policy, *mutation));
    if (wanted && !mutation)
      fmt::print("no mutants were tried: the policy's own tests must pass first\n");
  }
  if (counts.failed > 0 || coverage.percent() < fail_under) return Exit::Findings;
  if (mutation) {
    const Exit exit = exit_of(*mutation, most.has_value());
    if (exit != Exit::Clean) return exit;
  }
  return exit_code(policy.sink);
}

}  // namespace bh::cli
