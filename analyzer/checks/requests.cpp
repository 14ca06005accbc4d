#include "analyzer/checks/checks.h"
#include "analyzer/crossings.h"

namespace bh {
namespace {

void report_refused(const ComponentView& v, const Crossing& crossing, const ReachedCall& reached) {
  auto report = v.sink
                    .report(v.code.span, diag::CrossingRefused, v.name(),
                            print(v.model, crossing.operation), crossing.at)
                    .key_word(crossing.function);
  if (crossing.rule.valid())
    report.label(v.model.rules[crossing.rule].span, "this deny matches");
  else
    report.note("no allow matches");
  v.add_path(report, reached.step, crossing.function);
}

void report_undeclared(const ComponentView& v, const CrossingFinding& finding,
                       const ReachedCall& reached) {
  const std::string function = plain_name(reached.callee);
  auto report = finding.decided
                    ? v.sink.report(v.code.span, diag::UndeclaredMessage, v.name(), function,
                                    finding.undeclared, reached.step.at)
                    : v.sink.report(v.code.span, diag::UndecidedMessage, function, reached.step.at)
                          .key({v.name(), function});
  v.add_path(report, reached.step, function);
}

}  // namespace

void check_requests(const ComponentView& v) {
  const CrossingCheck check(v.model, v.code);
  for (const ReachedCall& reached : v.reach.calls) {
    const std::optional<CrossingFinding> finding = check.look_at(reached);
    if (!finding) continue;
    for (Crossing crossing : finding->crossings) {
      crossing.caller = v.plain(reached.step.caller);
      if (crossing.verdict == CrossingVerdict::Refused) report_refused(v, crossing, reached);
      v.result.crossings.push_back(std::move(crossing));
    }
    if (finding->undeclared.empty()) continue;
    if (!finding->decided) ++v.result.undecided_requests;
    report_undeclared(v, *finding, reached);
  }
}

}  // namespace bh
