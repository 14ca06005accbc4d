#include "driver/report/test_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/diag/render.h"

namespace bh {

// "gateway.bh:53"
static std::string line_of(const LoadedPolicy& policy, Span span) {
  if (!span.valid()) return "";
  const SourceFile& file = policy.sources[span.file];
  return fmt::format("{}:{}", file.path(), file.position(span.begin).line);
}

std::string print_coverage(const LoadedPolicy& policy, const TestCounts& counts,
                           const Coverage& coverage) {
  std::string text = fmt::format("tests {} of {} passed", counts.run - counts.failed, counts.run);
  for (const CoverageKind kind : all_coverage_kinds()) {
    const size_t count = coverage.count(kind);
    if (count > 0)
      text += fmt::format("   {} {} of {}", print_plural(kind), coverage.covered(kind), count);
  }
  text += fmt::format("   covered {} %\n", coverage.percent());
  for (const CoverageItem& item : coverage.items) {
    if (!item.covered())
      text += fmt::format("not covered  {}  {}\n", line_of(policy, item.span), item.text);
  }
  if (coverage.unasked > 0) {
    text += fmt::format("{} of them were not held against the properties: too many\n",
                        coverage.unasked);
  }
  return text;
}

static std::string indented(const std::string& text) {
  std::string result = "    ";
  for (size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (text[i] == '\n' && i + 1 < text.size()) result += "    ";
  }
  return result;
}

std::string print_mutation(const LoadedPolicy& policy, const MutationReport& report) {
  std::string text;
  std::set<std::string> shown;
  for (const ReportedMutant& result : report.mutants) {
    if (result.fate != Fate::Survived && result.fate != Fate::Undecided) continue;
    text += fmt::format("{:<9}  {}  {}\n", print(result.fate), line_of(policy, result.span),
                        result.text);
    if (result.fate == Fate::Undecided) {
      text += fmt::format("    whether that matters is not known: {}\n", result.reason);
      continue;
    }
    if (shown.insert(result.test).second) {
      text += indented(result.test);
    } else {
      text +=
          fmt::format("    notices it too: {}\n", result.test.substr(0, result.test.find(" {\n")));
    }
  }
  const MutationScore& s = report.score;
  text += fmt::format(
      "mutants {}: {} killed ({} by tests, {} by properties, {} by check)   {} equivalent   {} "
      "survived   "
      "{} undecided   score {} %\n",
      s.all(), s.killed(), s.killed_by_test, s.killed_by_property, s.killed_by_check, s.equivalent,
      s.survived, s.undecided, s.percent());
  if (!report.complete) {
    text += fmt::format("tried {} of {} mutants, evenly spread; --mutants {} tries all\n",
                        report.mutants.size(), report.possible, report.possible);
  }
  return text;
}

static nlohmann::ordered_json place(const LoadedPolicy& policy, Span span) {
  if (!span.valid()) return nullptr;
  const SourceFile& file = policy.sources[span.file];
  const LineColumn at = file.position(span.begin);
  return {{"file", file.path()}, {"line", at.line}, {"column", at.column}};
}

static nlohmann::ordered_json coverage_json(const LoadedPolicy& policy, const Coverage& coverage) {
  nlohmann::ordered_json document = {{"percent", coverage.percent()}};
  for (const CoverageKind kind : all_coverage_kinds()) {
    document[std::string(print_plural(kind))] = {{"covered", coverage.covered(kind)},
                                                 {"all", coverage.count(kind)}};
  }
  document["unasked"] = coverage.unasked;
  document["not_covered"] = nlohmann::ordered_json::array();
  for (const CoverageItem& item : coverage.items) {
    if (item.covered()) continue;
    document["not_covered"].push_back({{"of", print_plural(item.kind)},
                                       {"text", item.text},
                                       {"place", place(policy, item.span)}});
  }
  return document;
}

static nlohmann::ordered_json mutation_json(const LoadedPolicy& policy,
                                            const MutationReport& report) {
  const MutationScore& s = report.score;
  nlohmann::ordered_json document = {{"score", s.percent()},
                                     {"possible", report.possible},
                                     {"tried", report.mutants.size()},
                                     {"complete", report.complete},
                                     {"killed_by_tests", s.killed_by_test},
                                     {"killed_by_properties", s.killed_by_property},
                                     {"killed_by_check", s.killed_by_check},
                                     {"equivalent", s.equivalent},
                                     {"survived", s.survived},
                                     {"undecided", s.undecided}};
  document["mutants"] = nlohmann::ordered_json::array();
  for (const ReportedMutant& result : report.mutants) {
    nlohmann::ordered_json row = {{"kind", print(result.kind)},
                                  {"text", result.text},
                                  {"place", place(policy, result.span)},
                                  {"fate", print(result.fate)}};
    if (!result.killer.empty()) row["killer"] = result.killer;
    if (!result.reason.empty()) row["reason"] = result.reason;
    if (result.fate == Fate::Survived) row["test"] = result.test;
    document["mutants"].push_back(std::move(row));
  }
  return document;
}

std::string test_json(const LoadedPolicy& policy, const TestCounts& counts,
                      const Coverage& coverage, const std::optional<MutationReport>& mutation) {
  const Model& model = **policy.model;
  nlohmann::ordered_json document = {{"version", 1},         {"command", "test"},
                                     {"policy", model.name}, {"release", model.version},
                                     {"tests", counts.run},  {"tests_failed", counts.failed}};
  document["coverage"] = coverage_json(policy, coverage);
  if (mutation) document["mutation"] = mutation_json(policy, *mutation);
  document["findings"] = nlohmann::ordered_json::parse(render_json(policy.sink, policy.sources));
  // The names of tests are the user's bytes.
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace bh
