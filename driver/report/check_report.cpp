#include "driver/report/check_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/counted.h"
#include "core/diag/render.h"

namespace bh {

template <class Id, class T>
static void add_names(std::vector<std::string>& names, const Store<Id, T>& store,
                      const std::vector<Id>& ids) {
  for (Id id : ids) {
    if (std::find(names.begin(), names.end(), store[id].name) == names.end())
      names.push_back(store[id].name);
  }
}

// The names of what a verdict rests on.
static std::vector<std::string> names_of(const Model& model, const Grounds& grounds) {
  std::vector<std::string> names;
  add_names(names, model.rules, grounds.rules);
  add_names(names, model.protocols, grounds.protocols);
  add_names(names, model.releases, grounds.releases);
  return names;
}

std::string print_properties(const LoadedPolicy& policy, const CheckResult& result) {
  const Model& model = **policy.model;
  std::string text;
  for (const PropertyVerdict& verdict : result.properties) {
    const Property& property = model.properties[verdict.property];
    text +=
        fmt::format("{:<9} {}\n", print(verdict.verdict), policy.sources.one_line(property.span));
    if (const std::vector<std::string> why = names_of(model, verdict.why); !why.empty())
      text += fmt::format("{:<9}   by {}\n", "", fmt::join(why, ", "));
    std::string trusted;
    for (ComponentId id : verdict.trusted)
      trusted += (trusted.empty() ? "" : ", ") + model.components[id].name;
    if (!trusted.empty()) text += fmt::format("{:<9}   trusts {}\n", "", trusted);
    if (verdict.verdict == Verdict::Unknown)
      text += fmt::format("{:<9}   because {}\n", "", verdict.reason);
  }
  return text;
}

std::string print_summary(const Model& model, const CheckResult& result, size_t settings,
                          const DiagnosticSink& sink) {
  const auto objects =
      std::count_if(model.components.begin(), model.components.end(),
                    [](const Component& c) { return c.kind == ComponentKind::Object; });
  const size_t warnings = sink.count(Severity::Warning);
  const size_t errors = sink.count(Severity::Error);
  std::string tests = "no tests";
  if (result.tests > 0) {
    tests = fmt::format("{} of {} passed", result.tests - result.tests_failed,
                        counted(result.tests, "test", "tests"));
  }
  return fmt::format(
      "policy {} {}: {}, {}, {}{} | {} proved, {} violated, {} undecided | {} | {}, {}\n",
      model.name, model.version,
      counted(model.components.size() - static_cast<size_t>(objects), "component", "components"),
      counted(model.rules.size(), "rule", "rules"),
      counted(model.properties.size(), "property", "properties"),
      settings > 1 ? fmt::format(", {} settings of its variants", settings) : "",
      result.count(Verdict::Proved), result.count(Verdict::Violated),
      result.count(Verdict::Unknown), tests, counted(errors, "error", "errors"),
      counted(warnings, "warning", "warnings"));
}

std::string print(const Recheck& recheck) {
  std::string text;
  for (const std::string& claim : recheck.disagreements)
    text += fmt::format("DISAGREES {}\n", claim);
  for (const std::string& claim : recheck.open) text += fmt::format("unknown   {}\n", claim);
  return text + fmt::format("recheck: cvc5 confirms {} of {} in {}\n", recheck.confirmed,
                            counted(recheck.claims, "answer", "answers"),
                            counted(recheck.scripts, "script", "scripts"));
}

std::string check_json(const LoadedPolicy& policy, const CheckResult& result,
                       const Recheck* recheck) {
  const Model& model = **policy.model;
  nlohmann::ordered_json document = {
      {"version", 1}, {"command", "check"}, {"policy", model.name}, {"release", model.version}};
  document["properties"] = nlohmann::ordered_json::array();
  for (const PropertyVerdict& verdict : result.properties) {
    nlohmann::ordered_json row = {{"name", model.properties[verdict.property].name},
                                  {"verdict", print(verdict.verdict)},
                                  {"vacuous", verdict.vacuous}};
    if (!verdict.reason.empty()) row["reason"] = verdict.reason;
    row["by"] = names_of(model, verdict.why);
    row["trusts"] = nlohmann::ordered_json::array();
    for (ComponentId id : verdict.trusted) row["trusts"].push_back(model.components[id].name);
    row["trace"] = nlohmann::ordered_json::array();
    for (const TraceStep& step : verdict.trace) {
      row["trace"].push_back({{"request", print(model, step.request)},
                              {"reply", step.reply == ReplyStatus::Ok ? "ok" : "error"}});
      if (step.wait_ms > 0) row["trace"].back()["wait_ms"] = step.wait_ms;
    }
    if (verdict.rest_ms > 0) row["rest_ms"] = verdict.rest_ms;
    row["path"] = nlohmann::ordered_json::array();
    for (const FlowStep& step : verdict.path) row["path"].push_back(print(model, step));
    document["properties"].push_back(std::move(row));
  }
  document["summary"] = {{"rules", result.rules},
                         {"cells", result.cells},
                         {"conditional_cells", result.conditional_cells},
                         {"proved", result.count(Verdict::Proved)},
                         {"violated", result.count(Verdict::Violated)},
                         {"undecided", result.count(Verdict::Unknown)},
                         {"tests", result.tests},
                         {"tests_failed", result.tests_failed}};
  if (recheck != nullptr) {
    document["recheck"] = {{"scripts", recheck->scripts},
                           {"claims", recheck->claims},
                           {"confirmed", recheck->confirmed},
                           {"disagreements", recheck->disagreements},
                           {"unknown", recheck->open}};
  }
  document["findings"] = nlohmann::ordered_json::parse(render_json(policy.sink, policy.sources));
  return document.dump(2) + "\n";
}

}  // namespace bh
