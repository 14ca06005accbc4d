#include "analyzer/checks/view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bh {

std::optional<FunctionId> ComponentView::reached_owner(const std::string& owner) const {
  std::optional<FunctionId> function = program.definition(owner);
  return function && reach.index.contains(*function) ? function : std::nullopt;
}

std::string ComponentView::caller_of(const Step& step) const {
  return step.caller.valid() ? plain(step.caller) : "";
}

Step ComponentView::way_to(FunctionId function) const {
  const auto found = reach.index.find(function);
  if (found != reach.index.end() && reach.functions[found->second].from) {
    return *reach.functions[found->second].from;
  }
  return Step{{}, fact(function).at};
}

void ComponentView::add_path(DiagnosticSink::Builder& report, const Step& last,
                             const std::string& target) const {
  add_path(report, last.at, path_to(program, reach, last), target);
  add_steps(report, steps_to(reach, last));
  report.key_word(caller_of(last));
}

void ComponentView::add_steps(DiagnosticSink::Builder& report,
                              const std::vector<Step>& steps) const {
  for (const Step& step : steps)
    report.step(step.at, fmt::format("in {}, {}", caller_of(step), print(step.certainty)));
}

void ComponentView::add_path(DiagnosticSink::Builder& report, const Place& at,
                             const std::vector<std::string>& path,
                             const std::string& target) const {
  const size_t skipped = path.size() - std::min(path.size(), options.longest_path);
  std::string steps;
  if (skipped > 0) steps = fmt::format("({} steps) -> ", skipped);
  for (size_t i = skipped; i < path.size(); ++i) steps += path[i] + " -> ";
  report.note(fmt::format("at {}", print(at))).note(fmt::format("reached: {}{}", steps, target));
}

}  // namespace bh
