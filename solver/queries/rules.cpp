#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <span>

#include "solver/queries/consistency.h"
#include "solver/queries/report.h"

namespace bh {

namespace {

enum class RuleState : uint8_t {
  Fine,
  Dead,
  Conflict,
  Cancelled,
  NeverEnabled,
  Shadowed,
  Undecided
};

// What an allow rule says about one cell.
struct Part {
  const MatrixCell* cell = nullptr;
  smt::ExprId when;
};

struct RuleFinding {
  RuleState state = RuleState::Fine;
  std::vector<RuleId> killers;
  std::string why;
};

void add_unique(std::vector<RuleId>& list, RuleId rule) {
  const auto at = std::lower_bound(list.begin(), list.end(), rule);
  if (at == list.end() || *at != rule) list.insert(at, rule);
}

class RuleCheck {
 public:
  explicit RuleCheck(Engine& engine) : engine_(engine), findings_(engine.model.rules.size()) {
    std::vector<size_t> counts(engine.model.rules.size() + 1);
    for (const MatrixCell& cell : engine.matrix.cells()) {
      for (const Match& match : cell.allows) ++counts[match.rule.value + 1];
    }
    std::partial_sum(counts.begin(), counts.end(), counts.begin());
    first_ = counts;
    parts_.resize(counts.back());
    for (const MatrixCell& cell : engine.matrix.cells()) {
      for (const Match& match : cell.allows)
        parts_[counts[match.rule.value]++] = {&cell, match.when};
    }
  }

  std::vector<RuleFinding> run() {
    for (RuleId id : engine_.model.rules.ids()) findings_[id.value] = first_look(id);
    for (uint32_t i = static_cast<uint32_t>(findings_.size()); i-- > 0;) {
      const bool allow = engine_.model.rules[RuleId(i)].kind == RuleKind::Allow;
      if (allow && findings_[i].state == RuleState::Fine)
        findings_[i] = look_for_shadows(RuleId(i));
    }
    return std::move(findings_);
  }

 private:
  // What the rule says about each of its cells.
  std::span<const Part> parts(RuleId id) const {
    return std::span(parts_).subspan(first_[id.value], first_[id.value + 1] - first_[id.value]);
  }

  RuleFinding first_look(RuleId id) {
    const Rule& rule = engine_.model.rules[id];
    RuleFinding dead = look_for_death(rule);
    if (dead.state != RuleState::Fine || rule.kind == RuleKind::Deny) return dead;
    bool refused = false;
    for (const Part& part : parts(id)) {
      switch (survives_denies(part)) {
        case smt::AnswerKind::Holds:
          continue;
        case smt::AnswerKind::Unknown:
          return undecided();
        case smt::AnswerKind::Violated:
          break;
      }
      switch (engine_.can_be_granted(*part.cell)) {
        case Can::Yes:
          return {};
        case Can::Unknown:
          return undecided();
        case Can::No:
          refused = true;
      }
    }
    if (refused) return {RuleState::NeverEnabled, {}, {}};
    return cancelled(id);
  }

  RuleFinding undecided() const {
    return {RuleState::Undecided, {}, "the solver gave up on one of its conditions or protocols"};
  }

  RuleFinding look_for_death(const Rule& rule) {
    if (rule.subjects.empty()) return {RuleState::Dead, {}, "it names no component that acts"};
    if (rule.targets.empty()) return {RuleState::Dead, {}, "it names no operation"};
    bool meets = false;
    for (const ConditionalOperation& target : rule.targets) {
      if (!speaks_of_somebody(rule, target)) continue;
      meets = true;
      const smt::ExprId when = engine_.import(target.operation, target.when);
      switch (engine_.questions.never(engine_.signature_of(target.operation), when)) {
        case smt::AnswerKind::Holds:
          continue;
        case smt::AnswerKind::Violated:
          return {};
        case smt::AnswerKind::Unknown:
          return undecided();
      }
    }
    if (!meets) return {RuleState::Dead, {}, "its 'self' or 'other' leaves no subject a target"};
    return {RuleState::Dead, {}, "no arguments within their types satisfy its condition"};
  }

  bool speaks_of_somebody(const Rule& rule, const ConditionalOperation& target) const {
    return std::any_of(rule.subjects.begin(), rule.subjects.end(),
                       [&](ComponentId subject) { return covers(engine_.model, target, subject); });
  }

  smt::AnswerKind survives_denies(const Part& part) {
    smt::Exprs& exprs = engine_.questions.exprs(part.cell->signature);
    return engine_.questions.never(part.cell->signature,
                                   exprs.without(part.when, part.cell->denied));
  }

  RuleFinding cancelled(RuleId id) {
    RuleFinding finding{RuleState::Cancelled, {}, {}};
    for (const Part& part : parts(id)) {
      smt::Exprs& exprs = engine_.questions.exprs(part.cell->signature);
      for (const Match& deny : part.cell->denies) {
        const smt::ExprId both = exprs.all_of({part.when, deny.when});
        if (engine_.questions.never(part.cell->signature, both) == smt::AnswerKind::Holds) continue;
        add_unique(finding.killers, deny.rule);
      }
    }
    for (RuleId deny : finding.killers) {
      if (same_extent(id, deny)) return {RuleState::Conflict, {deny}, {}};
    }
    return finding;
  }

  // Every cell of the allow has the deny with the same meaning, and the deny has no further cell.
  bool same_extent(RuleId allow, RuleId deny) {
    const Rule& a = engine_.model.rules[allow];
    const Rule& d = engine_.model.rules[deny];
    if (a.subjects != d.subjects) return false;
    std::set<std::pair<ComponentId, OperationId>> allowed;
    for (const Part& part : parts(allow)) {
      const auto match = std::find_if(part.cell->denies.begin(), part.cell->denies.end(),
                                      [&](const Match& m) { return m.rule == deny; });
      smt::Exprs& exprs = engine_.questions.exprs(part.cell->signature);
      const smt::ExprId denied = match == part.cell->denies.end() ? smt::Exprs::False : match->when;
      const smt::ExprId differ = exprs.differ(part.when, denied);
      if (engine_.questions.never(part.cell->signature, differ) != smt::AnswerKind::Holds)
        return false;
      allowed.insert({part.cell->subject, part.cell->operation});
    }
    return std::all_of(d.targets.begin(), d.targets.end(), [&](const ConditionalOperation& target) {
      return std::all_of(d.subjects.begin(), d.subjects.end(), [&](ComponentId subject) {
        return !covers(engine_.model, target, subject) ||
               allowed.contains({subject, target.operation});
      });
    });
  }

  RuleFinding look_for_shadows(RuleId id) {
    RuleFinding finding{RuleState::Shadowed, {}, {}};
    for (const Part& part : parts(id)) {
      smt::Exprs& exprs = engine_.questions.exprs(part.cell->signature);
      std::vector<smt::ExprId> others = {part.cell->denied};
      for (const Match& other : part.cell->allows) {
        if (other.rule == id || findings_[other.rule.value].state == RuleState::Shadowed) continue;
        others.push_back(other.when);
        const smt::ExprId both = exprs.all_of({part.when, other.when});
        if (engine_.questions.never(part.cell->signature, both) != smt::AnswerKind::Holds) {
          add_unique(finding.killers, other.rule);
        }
      }
      const smt::ExprId own = exprs.without(part.when, exprs.any_of(std::move(others)));
      switch (engine_.questions.never(part.cell->signature, own)) {
        case smt::AnswerKind::Holds:
          continue;
        case smt::AnswerKind::Unknown:
          return undecided();
        case smt::AnswerKind::Violated:
          if (engine_.can_be_granted(*part.cell) != Can::No) return {};
      }
    }
    return finding;
  }

  Engine& engine_;
  std::vector<Part> parts_;            // by rule
  std::vector<size_t> first_;          // by rule: its first part; and one past the last
  std::vector<RuleFinding> findings_;  // by rule
};

// The protocols on the endpoints of the rule.
std::vector<ProtocolId> protocols_of(const Engine& engine, const Rule& rule) {
  std::vector<ProtocolId> result;
  for (const ConditionalOperation& target : rule.targets) {
    for (ProtocolId id :
         engine.protocols[engine.model.operations[target.operation].endpoint.value]) {
      if (std::find(result.begin(), result.end(), id) == result.end()) result.push_back(id);
    }
  }
  return result;
}

void report(const Engine& engine, const Rule& rule, const RuleFinding& finding,
            DiagnosticSink& sink) {
  const Model& model = engine.model;
  const Span condition = rule.condition_span.valid() ? rule.condition_span : rule.span;
  const auto label_killers = [&](DiagnosticSink::Builder built, std::string_view text) {
    for (RuleId killer : finding.killers) built.label(model.rules[killer].span, std::string(text));
  };
  switch (finding.state) {
    case RuleState::Fine:
      return;
    case RuleState::Dead:
      sink.report(condition, diag::DeadRule, rule.name, finding.why);
      return;
    case RuleState::Conflict: {
      const std::string& deny = model.rules[finding.killers[0]].name;
      label_killers(sink.report(rule.span, diag::ConflictingRules, rule.name, deny)
                        .note("a deny always wins, so the allow has no effect")
                        .help("remove one of the two, or narrow one by a condition"),
                    "denies the same requests");
      return;
    }
    case RuleState::Cancelled:
      label_killers(sink.report(rule.span, diag::CancelledRule, rule.name,
                                print_rules(model, finding.killers)),
                    "cancels it");
      return;
    case RuleState::NeverEnabled: {
      std::vector<std::string> names;
      for (ProtocolId id : protocols_of(engine, rule)) names.push_back(model.protocols[id].name);
      auto built = sink.report(rule.span, diag::RuleNeverEnabled, rule.name,
                               "protocol " + print_names(names));
      for (ProtocolId id : protocols_of(engine, rule))
        built.label(model.protocols[id].span, "refuses it");
      return;
    }
    case RuleState::Shadowed:
      label_killers(sink.report(rule.span, diag::ShadowedRule, rule.name,
                                print_rules(model, finding.killers)),
                    "already allows it");
      return;
    case RuleState::Undecided:
      report_undecided(sink, rule.span, "whether rule '" + rule.name + "' can fire", finding.why);
      return;
  }
}

}  // namespace

void check_rules(Engine& engine, DiagnosticSink& sink) {
  const std::vector<RuleFinding> findings = RuleCheck(engine).run();
  for (RuleId id : engine.model.rules.ids())
    report(engine, engine.model.rules[id], findings[id.value], sink);
}

}  // namespace bh
