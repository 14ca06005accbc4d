#include "solver/queries/least_privilege.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace bh {

std::string_view print(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::Requirement:
      return "requirement";
    case EvidenceKind::Test:
      return "test";
    case EvidenceKind::Code:
      return "code";
    case EvidenceKind::Log:
      return "log";
  }
  BH_CHECK(false);
}

// ---- evidence
// ------------------------------------------------------------------------------------

static Evidence evidence_of(const TestStep& step, const LeastOptions& options) {
  Evidence evidence;
  evidence.kind = EvidenceKind::Test;
  evidence.subject = step.step.request.caller;
  evidence.operation = step.step.request.operation;
  evidence.span = step.span;
  const std::vector<uint64_t>& words = step.step.request.words;
  const auto listed = options.given.find(step.span);
  for (size_t i = 0; i < words.size(); ++i) {
    const bool given = listed == options.given.end() || listed->second[i];
    evidence.words.push_back(given ? std::optional(IntervalSet::single(words[i])) : std::nullopt);
  }
  return evidence;
}

std::vector<Evidence> stated_evidence(const Model& model, const LeastOptions& options,
                                      std::vector<bool>& told) {
  std::vector<Evidence> all;
  for (const Property& property : model.properties) {
    const auto* require = std::get_if<Require>(&property.body);
    if (require == nullptr) continue;
    told[require->subject.value] = true;
    for (const ConditionalOperation& step : require->steps) {
      Evidence evidence;
      evidence.kind = EvidenceKind::Requirement;
      evidence.subject = require->subject;
      evidence.operation = step.operation;
      evidence.when = step.when;
      evidence.span = property.span;
      all.push_back(std::move(evidence));
    }
  }
  for (const Test& test : model.tests) {
    for (const TestStep& step : test.steps) {
      told[step.step.request.caller.value] = true;
      if (step.expect_granted) all.push_back(evidence_of(step, options));
    }
  }
  return all;
}

void LeastPrivilege::add_stated(size_t setting) {
  const Model& model = **settings_[setting];
  std::vector<bool> told(model.components.size());
  std::set<std::tuple<OperationId, ComponentId, Span, smt::ExprId>> known;
  for (const Item& item : items_) {
    if (item.evidence.kind != EvidenceKind::Requirement) continue;
    known.emplace(item.evidence.operation, item.evidence.subject, item.evidence.span, item.when);
  }
  for (Evidence& evidence : stated_evidence(model, options_, told)) {
    const smt::ExprId when = exprs(evidence.operation).import(model.conditions, evidence.when);
    const bool said = setting > 0 && evidence.kind == EvidenceKind::Requirement &&
                      known.contains({evidence.operation, evidence.subject, evidence.span, when});
    if (said) continue;
    ++counts_[evidence.subject.value][static_cast<size_t>(evidence.kind)];
    of_cell_[{evidence.operation, evidence.subject}].push_back(items_.size());
    items_.push_back({std::move(evidence), when});
  }
  for (size_t i = 0; i < told.size(); ++i) {
    if (told[i] && knowledge_[i] == Knowledge::Nothing) knowledge_[i] = Knowledge::Some;
  }
}

void LeastPrivilege::add_seen(const Evidence& evidence) {
  const bool who = evidence.subject.valid();
  const bool what = evidence.operation.valid();
  if (who) {
    ++counts_[evidence.subject.value][static_cast<size_t>(evidence.kind)];
    Knowledge& known = knowledge_[evidence.subject.value];
    if (known == Knowledge::Nothing) known = Knowledge::Some;
  }
  if (who && what) {
    of_cell_[{evidence.operation, evidence.subject}].push_back(items_.size());
  } else if (evidence.rule.valid()) {
    of_rule_[evidence.rule].push_back(items_.size());
  } else if (who) {
    of_subject_[evidence.subject].push_back(items_.size());
  } else if (what) {
    of_operation_[evidence.operation].push_back(items_.size());
  } else {
    return;  // somebody was granted something
  }
  items_.push_back({evidence, smt::Exprs::True});
}

void LeastPrivilege::match(const std::vector<size_t>& list, ComponentId subject,
                           OperationId operation, std::vector<const Item*>& to) const {
  for (const size_t i : list) {
    const Evidence& evidence = items_[i].evidence;
    if (evidence.subject.valid() && evidence.subject != subject) continue;
    if (evidence.operation.valid() && evidence.operation != operation) continue;
    to.push_back(&items_[i]);
  }
}

std::vector<const LeastPrivilege::Item*> LeastPrivilege::items(ComponentId subject,
                                                               OperationId operation) const {
  std::vector<const Item*> found;
  const auto look = [&](const auto& map, const auto& key) {
    if (map.empty()) return;
    const auto at = map.find(key);
    if (at != map.end()) match(at->second, subject, operation, found);
  };
  look(of_cell_, std::pair(operation, subject));
  look(of_subject_, subject);
  look(of_operation_, operation);
  if (of_rule_.empty()) return found;
  for (size_t setting = 0; setting < settings_.size(); ++setting) {
    const MatrixCell* cell = matrix(setting).find(subject, operation);
    if (cell == nullptr) continue;
    for (const Match& allow : cell->allows) look(of_rule_, allow.rule);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<const Evidence*> LeastPrivilege::evidence(ComponentId subject,
                                                      OperationId operation) const {
  std::vector<const Evidence*> found;
  for (const Item* item : items(subject, operation)) found.push_back(&item->evidence);
  return found;
}

// ---- what is needed
// ------------------------------------------------------------------------------

// What was seen of one parameter, and what it stands for.
static IntervalSet generalise(std::vector<Interval> seen, bool is_size, Observed observed) {
  if (seen.empty()) return {};
  uint64_t least = UINT64_MAX;
  uint64_t greatest = 0;
  for (const Interval& i : seen) {
    least = std::min(least, i.low);
    greatest = std::max(greatest, i.high);
  }
  if (is_size) return IntervalSet::range(0, greatest);
  if (observed == Observed::Range) return IntervalSet::range(least, greatest);
  return IntervalSet(std::move(seen));
}

// The words that a formula looks at.
static std::vector<bool> named_words(const smt::Exprs& exprs, smt::ExprId formula) {
  std::vector<bool> named(exprs.domains().size());
  std::set<smt::ExprId> seen = {formula};
  std::vector<smt::ExprId> open = {formula};
  while (!open.empty()) {
    const smt::Expr& expr = exprs[open.back()];
    open.pop_back();
    if (expr.kind == ConditionKind::In) named[expr.word] = true;
    for (const smt::ExprId operand : expr.operands) {
      if (seen.insert(operand).second) open.push_back(operand);
    }
  }
  return named;
}

smt::ExprId LeastPrivilege::observed(OperationId operation, const std::vector<ArgumentBox>& boxes,
                                     smt::ExprId granted) {
  smt::Exprs& formulas = exprs(operation);
  const std::vector<Parameter>& parameters = model().method_of(operation).parameters;
  const auto atoms = [&](const ArgumentBox& box) {
    std::vector<smt::ExprId> all;
    for (uint32_t i = 0; i < box.size(); ++i) all.push_back(formulas.in(i, box[i]));
    return formulas.all_of(std::move(all));
  };
  if (boxes.empty()) return smt::Exprs::False;
  std::vector<smt::ExprId> seen;
  if (options_.observed == Observed::Exact) {
    for (const ArgumentBox& box : boxes) seen.push_back(atoms(box));
    return formulas.any_of(std::move(seen));
  }
  const std::vector<bool> named = named_words(formulas, granted);
  ArgumentBox all;
  for (uint32_t i = 0; i < parameters.size(); ++i) {
    if (!named[i] && options_.observed != Observed::Each) {
      all.push_back(IntervalSet::all());
      continue;
    }
    std::vector<Interval> intervals;
    for (const ArgumentBox& box : boxes) {
      intervals.insert(intervals.end(), box[i].intervals().begin(), box[i].intervals().end());
    }
    const TypeKind kind = model().types[parameters[i].type].kind;
    const bool ordered = kind == TypeKind::Integer || kind == TypeKind::Bytes;
    all.push_back(generalise(std::move(intervals), kind == TypeKind::Bytes,
                             ordered ? options_.observed : Observed::Named));
  }
  return atoms(all);
}

smt::ExprId LeastPrivilege::needed(ComponentId subject, OperationId operation) {
  return needed(subject, operation, granted(subject, operation));
}

smt::ExprId LeastPrivilege::needed(ComponentId subject, OperationId operation,
                                   smt::ExprId granted) {
  smt::Exprs& formulas = exprs(operation);
  const size_t parameters = model().method_of(operation).parameters.size();
  std::vector<smt::ExprId> parts;
  std::vector<ArgumentBox> boxes;
  for (const Item* item : items(subject, operation)) {
    const Evidence& evidence = item->evidence;
    if (evidence.kind == EvidenceKind::Requirement) {
      parts.push_back(item->when);
      continue;
    }
    ArgumentBox box;
    bool tells_all = evidence.subject.valid() && evidence.operation.valid();
    for (size_t i = 0; i < parameters; ++i) {
      const bool tells = i < evidence.words.size() && evidence.words[i].has_value();
      tells_all = tells_all && tells;
      box.push_back(tells && evidence.operation.valid() ? *evidence.words[i] : IntervalSet::all());
    }
    // Of a request that is known in part it is at least known which rule granted it.
    if (!tells_all && evidence.rule.valid()) {
      std::vector<smt::ExprId> both = {allowed(evidence.rule, subject, operation)};
      for (uint32_t i = 0; i < box.size(); ++i) both.push_back(formulas.in(i, box[i]));
      parts.push_back(formulas.all_of(std::move(both)));
    } else {
      boxes.push_back(std::move(box));
    }
  }
  parts.push_back(observed(operation, boxes, granted));
  return formulas.any_of(std::move(parts));
}

smt::ExprId LeastPrivilege::granted(ComponentId subject, OperationId operation) {
  std::vector<smt::ExprId> parts;
  for (size_t setting = 0; setting < settings_.size(); ++setting) {
    const MatrixCell* cell = matrix(setting).find(subject, operation);
    if (cell != nullptr) parts.push_back(cell->granted);
  }
  return exprs(operation).any_of(std::move(parts));
}

smt::ExprId LeastPrivilege::allowed(RuleId rule, ComponentId subject, OperationId operation) {
  std::vector<smt::ExprId> parts;
  for (size_t setting = 0; setting < settings_.size(); ++setting) {
    const MatrixCell* cell = matrix(setting).find(subject, operation);
    if (cell == nullptr) continue;
    for (const Match& allow : cell->allows) {
      if (allow.rule == rule) parts.push_back(allow.when);
    }
  }
  return exprs(operation).any_of(std::move(parts));
}

bool LeastPrivilege::can_be_granted(ComponentId subject, OperationId operation) {
  for (const std::unique_ptr<Engine>& engine : engines_) {
    const MatrixCell* cell = engine->matrix.find(subject, operation);
    if (cell != nullptr && engine->can_be_granted(*cell) != Can::No) return true;
  }
  return false;
}

// ---- what is in excess
// ---------------------------------------------------------------------------

LeastPrivilege::LeastPrivilege(const std::vector<const CheckedModel*>& settings,
                               const std::vector<Evidence>& seen,
                               const std::vector<Knowledge>& known, const LeastOptions& options)
    : settings_(settings),
      options_(options),
      knowledge_(known),
      counts_((*settings[0])->components.size()) {
  knowledge_.resize(counts_.size(), Knowledge::Nothing);
  for (const CheckedModel* setting : settings_) {
    engines_.push_back(std::make_unique<Engine>(*setting, options_.check));
    if (engines_.size() > 1) matrices_.emplace_back(**setting, engines_[0]->questions);
  }
  for (size_t i = 0; i < settings_.size(); ++i) add_stated(i);
  for (const Evidence& evidence : seen) add_seen(evidence);
  for (const MatrixCell& cell : engines_[0]->matrix.cells()) judge(cell);
  group_by_rule();
}

void LeastPrivilege::judge(const MatrixCell& cell) {
  const smt::ExprId all =
      settings_.size() == 1 ? cell.granted : granted(cell.subject, cell.operation);
  if (all == smt::Exprs::False) return;
  ++cells_;
  const smt::ExprId need = needed(cell.subject, cell.operation, all);
  const smt::ExprId excess = questions().exprs(cell.signature).without(all, need);
  switch (questions().never(cell.signature, excess)) {
    case smt::AnswerKind::Holds:
      return;
    case smt::AnswerKind::Unknown:
      undecided_.emplace_back(cell.subject, cell.operation);
      return;
    case smt::AnswerKind::Violated:
      break;
  }
  if (!can_be_granted(cell.subject, cell.operation)) return;
  excess_.push_back(
      {cell.subject, cell.operation, cell.signature, knowledge(cell.subject), all, need, excess});
}

void LeastPrivilege::group_by_rule() {
  std::vector<std::vector<ExcessPart>> parts(model().rules.size());
  for (size_t i = 0; i < excess_.size(); ++i) {
    const ExcessCell& cell = excess_[i];
    smt::Exprs& formulas = questions().exprs(cell.signature);
    std::set<RuleId> rules;
    for (size_t setting = 0; setting < settings_.size(); ++setting) {
      const MatrixCell* row = matrix(setting).find(cell.subject, cell.operation);
      if (row == nullptr) continue;
      for (const Match& allow : row->allows) rules.insert(allow.rule);
    }
    for (const RuleId rule : rules) {
      const smt::ExprId region =
          formulas.all_of({allowed(rule, cell.subject, cell.operation), cell.excess});
      if (questions().never(cell.signature, region) == smt::AnswerKind::Holds) continue;
      parts[rule.value].push_back({i, region});
    }
  }
  for (const RuleId id : model().rules.ids()) {
    if (!parts[id.value].empty()) rules_.push_back({id, std::move(parts[id.value])});
  }
}

}  // namespace bh
