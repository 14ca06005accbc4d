#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "driver/cli/commands.h"
#include "driver/pipeline/boot.h"

namespace bh::cli {

static void print_report(const BootReport& report, const std::string& log) {
  for (const std::string& difference : report.differences)
    fmt::print("NOT THE POLICY'S: {}\n", difference);
  if (report.log) {
    fmt::print("{}: {} records, {} lost, chain {}\n", log, report.log->records, report.log->lost,
               bh::print(report.log->chain));
  }
  fmt::print(
      "{} granted, {} refused, {} stopped; {} differ from the reference evaluator; ended: {}",
      report.granted, report.refused, report.stopped, report.differences.size(), report.end);
  if (!report.interrupted) fmt::print(" (exit code {})", report.exit_code);
  fmt::print("\n");
}

// On a terminal alone: what is done is overwritten by what follows.
static void show_progress(size_t number, size_t all, std::string_view name) {
  if (isatty(STDERR_FILENO) == 0) return;
  fmt::print(stderr, "\r\033[Kcompiling {} ({} of {})", name, number, all);
  if (number == all) fmt::print(stderr, "\r\033[K");
}

static Result<BootOptions> read_options(const Arguments& arguments,
                                        const std::filesystem::path& given) {
  BootOptions options;
  options.sources = std::filesystem::is_directory(given) ? given : given.parent_path();
  options.log = arguments.get("--log");
  options.trace = arguments.has("--trace");
  options.colour = colour_wanted();
  options.progress = show_progress;
  options.line = [](std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  };
  if (arguments.has("--gdb")) {
    BH_TRY(const size_t port, read_number(arguments, "--gdb", 1, 65535));
    options.gdb_port = static_cast<uint16_t>(port);
  }
  if (arguments.has("--limit-ms")) {
    BH_TRY(const size_t limit, read_number(arguments, "--limit-ms", 1, 86'400'000));
    options.run_limit_ms = static_cast<uint32_t>(limit);
  }
  return options;
}

static Exit exit_of(const BootReport& report, Exit of_policies) {
  if (!report.differences.empty()) return Exit::Findings;
  if (report.interrupted) return Exit::Undecided;
  return report.sound() ? of_policies : Exit::Findings;
}

static std::variant<std::optional<LoadedPolicy>, Exit> open_next(const Arguments& arguments) {
  if (!arguments.has("--reload")) return std::nullopt;
  auto opened = open_policy({arguments.get("--reload")}, false, arguments.get("--set"));
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  return std::move(std::get<LoadedPolicy>(opened));
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
  auto opened_next = open_next(arguments);
  if (const Exit* exit = std::get_if<Exit>(&opened_next)) return *exit;
  std::optional<LoadedPolicy>& next = std::get<std::optional<LoadedPolicy>>(opened_next);
  Result<BootOptions> options = read_options(arguments, given);
  if (!options.has_value()) return cannot_run(options.error());
  if (next) options->next = &*next;
  const Result<std::optional<BootReport>> report =
      boot_policy(*policy.model, *options, policy.sink);
  if (!report.has_value()) return cannot_run(report.error());
  print_findings(policy, false);
  if (next) print_findings(*next, false);
  Exit of_policies = exit_code(policy.sink);
  if (next && of_policies == Exit::Clean) of_policies = exit_code(next->sink);
  if (!*report) return of_policies;
  print_report(**report, arguments.get("--log"));
  return exit_of(**report, of_policies);
}

}  // namespace bh::cli
