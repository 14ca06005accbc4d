#include <fmt/format.h>

#include "analyzer/checks/checks.h"
#include "analyzer/crossings.h"

namespace bh {
namespace {

// The way to the call: by the wrapper's call that makes it this request, where there is one.
void add_way(const ComponentView& v, DiagnosticSink::Builder& report, const ReachedCall& reached,
             const ReachedCall* wrapper) {
  const std::string target = plain_name(reached.callee);
  if (!wrapper) return v.add_path(report, reached.step, target);
  std::vector<std::string> path = path_to(v.program, v.reach, wrapper->step);
  path.push_back(fmt::format("{} ({})", v.plain(reached.step.caller), print(reached.step.at)));
  v.add_path(report, reached.step.at, path, target);
  std::vector<Step> steps = steps_to(v.reach, wrapper->step);
  steps.push_back(reached.step);
  v.add_steps(report, steps);
  report.key_word(v.caller_of(reached.step));
}

void report_refused(const ComponentView& v, const Crossing& crossing, const ReachedCall& reached,
                    const ReachedCall* wrapper) {
  auto report = v.sink
                    .report(v.code.span, diag::CrossingRefused, v.name(),
                            print(v.model, crossing.operation), crossing.at)
                    .key_word(crossing.function);
  if (crossing.rule.valid())
    report.label(v.model.rules[crossing.rule].span, "this deny matches");
  else
    report.note("no allow matches");
  add_way(v, report, reached, wrapper);
}

void report_undeclared(const ComponentView& v, const UndeclaredRequest& request,
                       const ReachedCall& reached) {
  const std::string function = plain_name(reached.callee);
  auto report = v.sink
                    .report(v.code.span, diag::UndeclaredMessage, v.name(), function,
                            request.arguments, reached.step.at)
                    .key({v.name(), function, request.told});
  add_way(v, report, reached, request.wrapper);
}

void report_undecided(const ComponentView& v, const UndeclaredRequest& request,
                      const ReachedCall& reached) {
  const std::string function = plain_name(reached.callee);
  auto report = v.sink.report(v.code.span, diag::UndecidedMessage, function, reached.step.at)
                    .key({v.name(), function});
  add_way(v, report, reached, request.wrapper);
}

}  // namespace

void check_requests(const ComponentView& v) {
  const CrossingCheck check(v.model, v.code, v.program, v.reach);
  for (const ReachedCall& reached : v.reach.calls) {
    const std::optional<CrossingFinding> finding = check.look_at(reached);
    if (!finding) continue;
    for (size_t i = 0; i < finding->crossings.size(); ++i) {
      Crossing crossing = finding->crossings[i];
      crossing.caller = v.plain(reached.step.caller);
      if (crossing.verdict == CrossingVerdict::Refused)
        report_refused(v, crossing, reached, finding->wrappers[i]);
      v.result.crossings.push_back(std::move(crossing));
    }
    for (const UndeclaredRequest& request : finding->undeclared)
      report_undeclared(v, request, reached);
    if (!finding->undecided) continue;
    ++v.result.undecided_requests;
    report_undecided(v, *finding->undecided, reached);
  }
}

}  // namespace bh
