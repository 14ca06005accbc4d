// Properties about order: `never X without Y before` and `require A can X then Y`.
#include <fmt/format.h>

#include "solver/queries/properties.h"
#include "solver/queries/report.h"
#include "solver/reference/evaluator.h"

namespace bh {

static std::string print_first(const Model& model, const NeverBefore& before) {
  const std::string operation = print(model, before.first);
  switch (before.first_outcome) {
    case Outcome::Granted:
      return operation;
    case Outcome::Ok:
      return operation + " ok";
    case Outcome::Error:
      return operation + " error";
  }
  BH_CHECK(false);
}

// Only requests to the same endpoint matter (see Space), so to be granted X without Y is to be
// granted X while every move that counts as Y is taken away.
PropertyVerdict check_before(PropertyContext& context, PropertyId id, const NeverBefore& before) {
  Engine& engine = context.engine;
  const Property& property = engine.model.properties[id];
  const Forbidden forbidden{before.first, before.first_outcome, before.by_anyone};
  std::string open;
  bool granted_at_all = false;
  PropertyVerdict verdict;
  verdict.property = id;
  for (OperationId operation : before.operations) {
    for (const MatrixCell* cell = engine.matrix.begin_of(operation);
         cell != engine.matrix.end_of(operation); ++cell) {
      const Can can = engine.can_be_granted(*cell);
      if (can == Can::No) continue;
      granted_at_all = true;
      Reachability reach = engine.reach(cell->subject, {{operation, smt::Exprs::True}}, forbidden);
      if (reach.can == Can::Unknown && open.empty()) open = reach.reason;
      if (reach.can != Can::Yes) continue;
      if (!confirm(context, property, reach.trace))
        return undecided(context, id, "its witness does not replay");
      auto finding = context.sink.report(property.span, diag::OrderViolated, property.name,
                                         print(engine.model, reach.trace.back().request),
                                         print_first(engine.model, before),
                                         before.by_anyone ? "anyone" : "the same caller");
      const bool reply_counts = before.first_outcome != Outcome::Granted;
      add_trace(finding, engine, reach.trace, reply_counts ? before.first : OperationId());
      finding.note("breaks: " + property.name);
      verdict.verdict = Verdict::Violated;
      verdict.trace = std::move(reach.trace);
      return verdict;
    }
  }
  if (!open.empty()) return undecided(context, id, open);
  if (!granted_at_all) return vacuous(context, id, "what it speaks of is never granted to anyone");
  verdict.verdict = Verdict::Proved;
  return verdict;
}

// Why the last of the wishes cannot be fulfilled, as notes and labels.
static void explain(DiagnosticSink::Builder finding, Engine& engine, ComponentId subject,
                    const Wish& wish, bool first) {
  const Model& model = engine.model;
  const MatrixCell* cell = engine.matrix.find(subject, wish.operation);
  if (!cell) {
    finding.note(fmt::format("no allow covers {} -> {}", model.components[subject].name,
                             print(model, wish.operation)));
    return;
  }
  smt::Exprs& exprs = engine.questions.exprs(cell->signature);
  const smt::ExprId wished = exprs.all_of({cell->granted, wish.when});
  if (engine.questions.never(cell->signature, wished) == smt::AnswerKind::Holds) {
    for (const Match& match : cell->allows)
      finding.label(model.rules[match.rule].span, "allows it, but not so");
    for (const Match& match : cell->denies)
      finding.label(model.rules[match.rule].span, "denies it");
    return;
  }
  for (ProtocolId id : engine.protocols[model.operations[wish.operation].endpoint.value]) {
    finding.label(model.protocols[id].span, first ? "refuses it in every state that can be reached"
                                                  : "refuses it after the steps before");
  }
}

PropertyVerdict check_require(PropertyContext& context, PropertyId id, const Require& require) {
  Engine& engine = context.engine;
  const Model& model = engine.model;
  const Property& property = model.properties[id];
  PropertyVerdict verdict;
  verdict.property = id;
  std::vector<Wish> wishes;
  for (const ConditionalOperation& step : require.steps) {
    const bool speaks = covers(model, step, require.subject);
    wishes.push_back(
        {step.operation, speaks ? engine.import(step.operation, step.when) : smt::Exprs::False});
    Reachability reach = engine.reach(require.subject, wishes);
    switch (reach.can) {
      case Can::Yes:
        verdict.trace = std::move(reach.trace);
        continue;
      case Can::Unknown:
        return undecided(context, id, reach.reason);
      case Can::No:
        break;
    }
    const std::string condition =
        step.when == Conditions::True
            ? ""
            : " with " + print(model, model.conditions, step.operation, step.when);
    auto finding = context.sink.report(property.span, diag::RequireUnreachable, property.name,
                                       model.components[require.subject].name,
                                       print(model, step.operation), condition);
    if (confirm(context, property, verdict.trace)) add_trace(finding, engine, verdict.trace);
    explain(finding, engine, require.subject, wishes.back(), wishes.size() == 1);
    finding.note("breaks: " + property.name);
    verdict.verdict = Verdict::Violated;
    verdict.trace.clear();
    return verdict;
  }
  if (!confirm(context, property, verdict.trace))
    return undecided(context, id, "its witness does not replay");
  verdict.verdict = Verdict::Proved;
  return verdict;
}

}  // namespace bh
