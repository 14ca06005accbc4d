#include <fmt/format.h>

#include <algorithm>

#include "solver/queries/properties.h"
#include "solver/queries/report.h"

namespace bh {

bool confirm(PropertyContext& context, const Property& property, const Trace& trace) {
  if (context.engine.replays(trace)) return true;
  does_not_replay(context, property);
  return false;
}

void does_not_replay(PropertyContext& context, const Property& property) {
  context.result.internal_error = true;
  context.sink.report(property.span, diag::WitnessDoesNotReplay, "'" + property.name + "'");
}

PropertyVerdict undecided(PropertyContext& context, PropertyId id, std::string reason) {
  const Property& property = context.engine.model.properties[id];
  report_undecided(context.sink, property.span, "'" + property.name + "'", reason);
  PropertyVerdict verdict;
  verdict.property = id;
  verdict.reason = std::move(reason);
  return verdict;
}

PropertyVerdict vacuous(PropertyContext& context, PropertyId id, std::string_view because) {
  const Property& property = context.engine.model.properties[id];
  context.sink.report(property.span, diag::VacuousProperty, property.name, because);
  PropertyVerdict verdict;
  verdict.property = id;
  verdict.verdict = Verdict::Proved;
  verdict.vacuous = true;
  return verdict;
}

static PropertyVerdict proved(PropertyId id) {
  PropertyVerdict verdict;
  verdict.property = id;
  verdict.verdict = Verdict::Proved;
  return verdict;
}

static PropertyVerdict violated(PropertyId id, Trace trace) {
  PropertyVerdict verdict;
  verdict.property = id;
  verdict.verdict = Verdict::Violated;
  verdict.trace = std::move(trace);
  return verdict;
}

PropertyVerdict check_never(PropertyContext& context, PropertyId id, const NeverRequest& never) {
  Engine& engine = context.engine;
  const Property& property = engine.model.properties[id];
  if (never.subjects.empty()) return vacuous(context, id, "it names no component that acts");
  if (never.targets.empty()) return vacuous(context, id, "it names no operation");
  std::string open;
  bool possible = false;
  bool meets = false;
  for (const ConditionalOperation& target : never.targets) {
    const smt::ExprId when = engine.import(target.operation, target.when);
    possible = possible || engine.questions.never(engine.signature_of(target.operation), when) !=
                               smt::AnswerKind::Holds;
    for (ComponentId subject : never.subjects) {
      if (!covers(engine.model, target, subject)) continue;
      meets = true;
      Reachability reach = engine.reach(subject, {{target.operation, when}});
      switch (reach.can) {
        case Can::No:
          continue;
        case Can::Unknown:
          if (open.empty()) open = reach.reason;
          continue;
        case Can::Yes:
          break;
      }
      if (!confirm(context, property, reach.trace))
        return undecided(context, id, "its witness does not replay");
      auto finding = context.sink.report(property.span, diag::NeverViolated, property.name,
                                         print(engine.model, reach.trace.back().request));
      add_trace(finding, engine, reach.trace);
      finding.note("breaks: " + property.name);
      return violated(id, std::move(reach.trace));
    }
  }
  if (!open.empty()) return undecided(context, id, open);
  if (!meets) return vacuous(context, id, "its 'self' or 'other' leaves no subject a target");
  if (!possible)
    return vacuous(context, id, "no arguments within their types satisfy its condition");
  return proved(id);
}

PropertyVerdict check_holds(PropertyContext& context, PropertyId id, const Holds& holds) {
  Engine& engine = context.engine;
  const Property& property = engine.model.properties[id];
  const std::set<OperationId> within(holds.within.begin(), holds.within.end());
  const std::set<ComponentId> subjects(holds.subjects.begin(), holds.subjects.end());
  if (subjects.empty()) return vacuous(context, id, "it names no component that acts");
  bool holds_something = false;
  std::string open;
  std::vector<std::string> excess;
  Trace witness;
  for (const MatrixCell& cell : engine.matrix.cells()) {
    if (!subjects.contains(cell.subject)) continue;
    const Can can = engine.can_be_granted(cell);
    holds_something = holds_something || can != Can::No;
    if (can == Can::No || within.contains(cell.operation)) continue;
    Reachability reach = engine.reach(cell.subject, {{cell.operation, smt::Exprs::True}});
    if (reach.can == Can::Unknown && open.empty()) open = reach.reason;
    if (reach.can != Can::Yes) continue;
    excess.push_back(print(engine.model, cell.operation));
    if (witness.empty()) witness = std::move(reach.trace);
  }
  if (!witness.empty()) {
    if (!confirm(context, property, witness))
      return undecided(context, id, "its witness does not replay");
    const std::string& subject = engine.model.components[witness.back().request.caller].name;
    auto finding = context.sink.report(property.span, diag::HoldsExceeded, property.name, subject,
                                       excess.front());
    add_trace(finding, engine, witness);
    if (excess.size() > 1) finding.note("in all it exceeds the set by " + print_names(excess));
    finding.note("breaks: " + property.name);
    return violated(id, std::move(witness));
  }
  if (!open.empty()) return undecided(context, id, open);
  if (!holds_something) return vacuous(context, id, "nothing at all is granted to it");
  return proved(id);
}

namespace {

// What a component may be granted of one duty: the shortest way to the first operation.
struct Held {
  Can can = Can::No;
  Trace trace;
  std::string reason;
};

Held look_for(Engine& engine, ComponentId component, const Separate::Duty& duty) {
  Held held;
  for (OperationId operation : duty.operations) {
    Reachability reach = engine.reach(component, {{operation, smt::Exprs::True}});
    if (reach.can == Can::Yes) return {Can::Yes, std::move(reach.trace), {}};
    if (reach.can == Can::Unknown) held = {Can::Unknown, {}, reach.reason};
  }
  return held;
}

}  // namespace

PropertyVerdict check_separate(PropertyContext& context, PropertyId id, const Separate& separate) {
  Engine& engine = context.engine;
  const Property& property = engine.model.properties[id];
  std::string open;
  for (ComponentId component : engine.model.components.ids()) {
    const Separate::Duty* first = nullptr;
    Trace trace;
    size_t maybe = 0;
    std::string reason;
    for (const Separate::Duty& duty : separate.duties) {
      Held held = look_for(engine, component, duty);
      if (held.can == Can::Unknown) reason = held.reason;
      if (held.can != Can::No) ++maybe;
      if (held.can != Can::Yes) continue;
      if (!first) {
        first = &duty;
        trace = std::move(held.trace);
        continue;
      }
      if (!confirm(context, property, trace) || !confirm(context, property, held.trace)) {
        return undecided(context, id, "its witness does not replay");
      }
      auto finding =
          context.sink.report(property.span, diag::SeparationBroken, property.name,
                              engine.model.components[component].name, first->text, duty.text);
      add_trace(finding, engine, trace);
      add_trace(finding, engine, held.trace);
      finding.note("breaks: " + property.name);
      return violated(id, std::move(held.trace));
    }
    if (maybe > 1 && open.empty()) open = reason;
  }
  if (!open.empty()) return undecided(context, id, open);
  const auto empty =
      std::find_if(separate.duties.begin(), separate.duties.end(),
                   [](const Separate::Duty& duty) { return duty.operations.empty(); });
  if (empty != separate.duties.end())
    return vacuous(context, id, "'" + empty->text + "' names no operation");
  return proved(id);
}

}  // namespace bh
