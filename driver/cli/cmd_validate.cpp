#include <fmt/format.h>

#include "analyzer/validate.h"
#include "driver/cli/commands.h"
#include "driver/pipeline/baseline.h"
#include "driver/pipeline/extract.h"
#include "driver/pipeline/files.h"
#include "driver/report/validate_report.h"

namespace bh::cli {

namespace fs = std::filesystem;

static Result<Baseline> read_baseline(const std::string& path) {
  BH_TRY(const std::string text, read_file(path));
  return parse_baseline(text, path);
}

// Writes the baseline that accepts what was found, from the one that is there.
static Result<Baseline> write_baseline(const std::string& path, const Arguments& arguments,
                                       const DiagnosticSink& findings) {
  std::optional<Date> expires;
  if (const std::string day = arguments.get("--expires"); !day.empty()) {
    expires = parse_date(day);
    if (!expires) return fail(fmt::format("'{}' is no date", day), "write 2026-12-31");
  }
  const std::string before = arguments.has("--baseline") ? arguments.get("--baseline") : path;
  std::error_code error;
  const bool exists = fs::exists(path, error);
  Baseline old;
  if (exists || before != path) {
    BH_TRY(old, read_baseline(before));
  }
  BH_TRY(Baseline renewed, renew(old, findings, arguments.get("--reason"), expires));
  const std::string text = print_json(renewed);
  const Result<void> written = exists ? rewrite_file(path, text) : write_file(path, text);
  if (!written.has_value()) return tl::unexpected(written.error());
  return renewed;
}

// Takes what the baseline accepts out of the sink. Nothing when no baseline was asked for.
static Result<std::optional<std::vector<AcceptedFinding>>> accept(const Arguments& arguments,
                                                                  DiagnosticSink& sink) {
  const std::string to = arguments.get("--write-baseline");
  const std::string from = arguments.get("--baseline");
  if (to.empty() && from.empty()) return std::nullopt;
  Baseline baseline;
  if (to.empty()) {
    BH_TRY(baseline, read_baseline(from));
  } else {
    BH_TRY(baseline, write_baseline(to, arguments, sink));
  }
  BH_TRY(const Date now, today());
  Baselined result = apply(baseline, sink, now);
  sink = std::move(result.remaining);
  return std::move(result.accepted);
}

static void print_text(const ValidationReport& report, Detail detail) {
  print_findings(report.policy, false);
  fmt::print("{}", print(report.result, **report.policy.model, detail));
  if (report.accepted != nullptr) fmt::print("{}", print_accepted(*report.accepted, detail));
}

static void print_as(const std::string& format, const ValidationReport& report, Detail detail) {
  if (format == "json") return fmt::print("{}", validation_json(report));
  if (format == "sarif") return fmt::print("{}", validation_sarif(report));
  if (format == "github") return fmt::print("{}", validation_github(report));
  print_text(report, detail);
}

Exit validate(const Arguments& arguments) {
  const std::string format = arguments.get("--format");
  const Result<unsigned> jobs = read_jobs(arguments.get("--jobs"));
  if (!jobs.has_value()) return cannot_run(jobs.error());
  const ExtractRequest request{arguments.get("--database"), arguments.get("--facts"), *jobs,
                               arguments.get("--launcher")};
  if (arguments.has("--ninja")) {
    const Result<void> written = write_extraction_graph(request, arguments.get("--ninja"));
    return written.has_value() ? Exit::Clean : cannot_run(written.error());
  }
  if (arguments.has("--export-facts")) return validate_export_facts(arguments);
  if (arguments.has("--suggest")) return validate_suggest(arguments);
  auto opened = open_policy(arguments.positional, format == "json");
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  if ((*policy.model)->code.empty()) {
    return cannot_run(
        {"nothing to check: the policy has no `code` statements",
         "say which sources belong to a component: code NAME { sources \"src/**\" entry main }"});
  }
  const Result<Facts> facts = extract_facts(request);
  if (!facts.has_value()) return cannot_run(facts.error());

  ValidateOptions options;
  options.threads = *jobs;
  const ValidationResult result = bh::validate(*policy.model, *facts, options, policy.sink);
  const auto accepted = accept(arguments, policy.sink);
  if (!accepted.has_value()) return cannot_run(accepted.error());
  print_as(format, {policy, result, *accepted ? &**accepted : nullptr},
           arguments.has("--verbose") ? Detail::Everything : Detail::Brief);
  return exit_code(policy.sink);
}

}  // namespace bh::cli
