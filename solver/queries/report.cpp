#include "solver/queries/report.h"

#include <fmt/format.h>

#include "solver/reference/print.h"

namespace bh {

void add_trace(DiagnosticSink::Builder finding, Engine& engine, const Trace& trace,
               OperationId telling) {
  const std::vector<Decision> decisions = engine.replay(trace);
  std::vector<std::string> texts;
  for (const TraceStep& step : trace) {
    const bool tell = step.request.operation == telling;
    texts.push_back(tell ? print_with_reply(engine.model, step) : print(engine.model, step));
  }
  constexpr size_t Shown = 40;
  std::string path;
  size_t shown = 0;
  for (size_t i = 0; i < trace.size();) {
    if (++shown > Shown) {
      path += fmt::format(", and {} more steps", trace.size() - i);
      break;
    }
    size_t next = i + 1;
    while (next < trace.size() && texts[next] == texts[i]) ++next;
    const std::string times = next - i > 1 ? fmt::format(" ({} times)", next - i) : "";
    finding.label(engine.model.rules[decisions[i].rule].span,
                  fmt::format("step {}: {}{}", i + 1, texts[i], times));
    path += (path.empty() ? "" : ", then ") + texts[i] + times;
    i = next;
  }
  if (!path.empty()) finding.note("path: " + path);
}

void add_rest(DiagnosticSink::Builder finding, uint64_t rest_ms) {
  if (rest_ms > 0) finding.note("and then " + print_milliseconds(rest_ms) + " pass");
}

std::string print_endpoint(const Model& model, EndpointId id) {
  const Endpoint& endpoint = model.endpoints[id];
  const std::string& owner = model.components[endpoint.owner].name;
  return endpoint.name.empty() ? owner : owner + "." + endpoint.name;
}

std::string print_names(const std::vector<std::string>& names) {
  constexpr size_t Shown = 3;
  std::string text;
  for (size_t i = 0; i < names.size() && i < Shown; ++i) {
    const bool last = i + 1 == names.size();
    if (i > 0) text += last ? " and " : ", ";
    text += "'" + names[i] + "'";
  }
  if (names.size() > Shown) text += fmt::format(" and {} more", names.size() - Shown);
  return text;
}

std::string print_rules(const Model& model, const std::vector<RuleId>& rules) {
  std::vector<std::string> names;
  for (RuleId rule : rules) names.push_back(model.rules[rule].name);
  return print_names(names);
}

void report_undecided(DiagnosticSink& sink, Span span, std::string_view what,
                      std::string_view reason) {
  sink.report(span, diag::Undecided, what, reason);
}

}  // namespace bh
