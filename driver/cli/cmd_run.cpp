#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "driver/cli/commands.h"
#include "driver/pipeline/boot.h"

namespace bh::cli {

static void print_report(const BootReport& report) {
  for (const std::string& difference : report.differences)
    fmt::print("NOT THE POLICY'S: {}\n", difference);
  fmt::print(
      "{} granted, {} refused, {} stopped; {} differ from the reference evaluator; ended: {} (exit "
      "code {})\n",
      report.granted, report.refused, report.stopped, report.differences.size(), report.end,
      report.exit_code);
}

Exit run(const Arguments& arguments) {
  const std::filesystem::path given =
      arguments.positional.empty() ? "." : arguments.positional.front();
  auto opened = open_policy({given.string()}, false, arguments.get("--set"));
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  if ((*policy.model)->rules.empty()) {
    return cannot_run(
        {"nothing to run: the policy has no rules", "add an `allow`, or name the right folder"});
  }
  BootOptions options;
  options.sources = std::filesystem::is_directory(given) ? given : given.parent_path();
  options.line = [](std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  };
  const Result<std::optional<BootReport>> report =
      boot_policy(*policy.model, options, policy.sink);
  if (!report.has_value()) return cannot_run(report.error());
  print_findings(policy, false);
  if (!*report) return exit_code(policy.sink);
  print_report(**report);
  if ((*report)->sound()) return exit_code(policy.sink);
  return Exit::Findings;
}

}  // namespace bh::cli
