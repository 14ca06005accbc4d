#include "solver/mutation/verdicts.h"

namespace bh {

Verdicts::Verdicts(const CheckedModel& original, const CheckOptions& options) : options_(options) {
  DiagnosticSink sink;
  const CheckResult result = check_policy(original, options_, sink);
  for (const PropertyVerdict& property : result.properties) properties_.push_back(property.verdict);
  for (const Diagnostic& d : sink.diagnostics()) {
    if (d.severity == Severity::Error) errors_.insert({d.code, d.span});
  }
}

static bool within(Span part, Span whole) {
  return part.file == whole.file && part.begin >= whole.begin && part.end <= whole.end;
}

std::optional<Notice> Verdicts::noticed(const CheckedModel& mutant,
                                        const Mutation& mutation) const {
  DiagnosticSink sink;
  const CheckResult result = check_policy(mutant, options_, sink);
  for (size_t i = 0; i < result.properties.size(); ++i) {
    const Verdict now = result.properties[i].verdict;
    if (now == properties_[i] || now == Verdict::Unknown || properties_[i] == Verdict::Unknown) {
      continue;
    }
    return Notice{result.properties[i].property, 0};
  }
  const bool rule_removed = mutation.kind == MutationKind::RemoveRule;
  for (const Diagnostic& d : sink.diagnostics()) {
    if (d.severity != Severity::Error || errors_.contains({d.code, d.span})) continue;
    if (rule_removed && d.code == diag::DeadRule.number && within(d.span, mutation.span)) continue;
    // A property's error goes with its verdict; when that is no change, this is none either.
    bool of_property = false;
    for (const Property& property : mutant->properties) of_property |= property.span == d.span;
    if (!of_property) return Notice{{}, d.code};
  }
  return std::nullopt;
}

}  // namespace bh
