#include "targets/selinux/cells.h"

#include <algorithm>
#include <tuple>

namespace bh {
namespace {

constexpr size_t SearchBudget = 20'000;  // boxes and conditions looked at for one question

// A condition that must hold or, negated, must not.
struct Literal {
  ConditionId condition;
  bool negated = false;
};

// For each parameter, the values still possible.
using Box = std::vector<IntervalSet>;

Box domain_of(const Model& model, OperationId operation) {
  Box box;
  for (const Parameter& parameter : model.method_of(operation).parameters) {
    box.push_back(model.types[parameter.type].domain);
  }
  return box;
}

// Whether some arguments of the operation satisfy every literal. Splits on each disjunction and
// narrows a box by each atom. Says yes when the budget runs out: for each caller that is the side
// which grants nothing without an approximation.
class ArgumentSearch {
 public:
  ArgumentSearch(const Model& model, OperationId operation, std::vector<Literal> literals)
      : conditions_(model.conditions) {
    branches_.push_back({domain_of(model, operation), std::move(literals)});
  }

  bool satisfiable() {
    while (!branches_.empty()) {
      Branch branch = std::move(branches_.back());
      branches_.pop_back();
      if (follow(branch) || spent_ > SearchBudget) return true;
    }
    return false;
  }

 private:
  struct Branch {
    Box box;
    std::vector<Literal> pending;
  };

  // True when every pending literal held; a disjunction hands over to new branches.
  bool follow(Branch& branch) {
    while (!branch.pending.empty()) {
      if (++spent_ > SearchBudget) return true;
      const Literal literal = branch.pending.back();
      branch.pending.pop_back();
      if (!apply(branch, literal)) return false;
    }
    return true;
  }

  bool apply(Branch& branch, Literal literal) {
    const Condition& condition = conditions_[literal.condition];
    switch (condition.kind) {
      case ConditionKind::True:
        return !literal.negated;
      case ConditionKind::False:
        return literal.negated;
      case ConditionKind::In: {
        IntervalSet& values = branch.box[condition.word];
        values = literal.negated ? values - condition.set : values & condition.set;
        return !values.empty();
      }
      case ConditionKind::And:
        return literal.negated ? split(branch, condition, true) : require(branch, condition, false);
      case ConditionKind::Or:
        return literal.negated ? require(branch, condition, true) : split(branch, condition, false);
    }
    BH_CHECK(false);
  }

  bool require(Branch& branch, const Condition& condition, bool negated) {
    for (ConditionId operand : condition.operands) branch.pending.push_back({operand, negated});
    return true;
  }

  bool split(const Branch& branch, const Condition& condition, bool negated) {
    for (ConditionId operand : condition.operands) {
      if (++spent_ > SearchBudget) return false;
      branches_.push_back(branch);
      branches_.back().pending.push_back({operand, negated});
    }
    return false;
  }

  const Conditions& conditions_;
  std::vector<Branch> branches_;
  size_t spent_ = 0;
};

bool satisfiable(const Model& model, OperationId operation, std::vector<Literal> literals) {
  return ArgumentSearch(model, operation, std::move(literals)).satisfiable();
}

// One rule speaking of one cell.
struct Mention {
  ComponentId subject;
  OperationId operation;
  RuleId rule;
  ConditionId when;
  auto key() const { return std::tuple(subject, operation, rule, when); }
};

std::vector<Mention> mentions_by_cell(const Model& model) {
  std::vector<Mention> mentions;
  for (RuleId id : model.rules.ids()) {
    const Rule& rule = model.rules[id];
    for (ComponentId subject : rule.subjects) {
      for (const ConditionalOperation& target : rule.targets) {
        if (!covers(model, target, subject)) continue;
        mentions.push_back({subject, target.operation, id, target.when});
      }
    }
  }
  std::sort(mentions.begin(), mentions.end(),
            [](const Mention& a, const Mention& b) { return a.key() < b.key(); });
  return mentions;
}

// The rules about one cell, and the questions about them.
class CellRules {
 public:
  CellRules(const Model& model, const Mention* begin, const Mention* end)
      : model_(model), operation_(begin->operation) {
    for (const Mention* mention = begin; mention != end; ++mention) {
      const bool allows = model.rules[mention->rule].kind == RuleKind::Allow;
      (allows ? allows_ : denies_).push_back(*mention);
    }
  }

  const std::vector<Mention>& allows() const { return allows_; }

  bool granted_sometimes() const {
    return std::any_of(allows_.begin(), allows_.end(),
                       [&](const Mention& allow) { return grants(allow); });
  }

  bool granted_always() const {
    for (const Mention& deny : denies_) {
      if (sat({{deny.when}})) return false;
    }
    std::vector<Literal> no_allow;
    for (const Mention& allow : allows_) no_allow.push_back({allow.when, true});
    return !sat(std::move(no_allow));
  }

  // The rules whose condition makes a difference, for a cell that is neither always nor never
  // granted.
  std::vector<RuleId> conditional() const {
    std::vector<RuleId> rules;
    for (const Mention& allow : allows_) {
      if (sat({{allow.when, true}}) && grants(allow)) rules.push_back(allow.rule);
    }
    for (const Mention& deny : denies_) {
      if (sat({{deny.when, true}}) && cancels(deny)) rules.push_back(deny.rule);
    }
    if (rules.empty()) {  // the budget ran out on all of them: each may matter
      for (const Mention& mention : allows_) rules.push_back(mention.rule);
      for (const Mention& mention : denies_) rules.push_back(mention.rule);
    }
    std::sort(rules.begin(), rules.end());
    rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
    return rules;
  }

 private:
  bool sat(std::vector<Literal> literals) const {
    return satisfiable(model_, operation_, std::move(literals));
  }
  bool grants(const Mention& allow) const {
    std::vector<Literal> literals{{allow.when}};
    for (const Mention& deny : denies_) literals.push_back({deny.when, true});
    return sat(std::move(literals));
  }
  bool cancels(const Mention& deny) const {
    return std::any_of(allows_.begin(), allows_.end(),
                       [&](const Mention& allow) { return sat({{allow.when}, {deny.when}}); });
  }

  const Model& model_;
  OperationId operation_;
  std::vector<Mention> allows_;
  std::vector<Mention> denies_;
};

enum class Restriction { None, SomeStates, AllStates };

Restriction restriction(const Protocol& protocol, MethodId method) {
  size_t open_states = 0;
  bool limited = false;
  for (uint32_t state = 0; state < protocol.states.size(); ++state) {
    bool open = false;
    for (const Transition& transition : protocol.transitions) {
      if (transition.from != state || transition.method != method) continue;
      open = true;
      limited |= transition.at_most.has_value();
    }
    open_states += open;
  }
  if (open_states == 0) return Restriction::AllStates;
  return limited || open_states < protocol.states.size() ? Restriction::SomeStates
                                                         : Restriction::None;
}

// The protocols that refuse the operation in some state; nothing when one refuses it in every
// state.
std::optional<std::vector<ProtocolId>> restricting_protocols(const Model& model, OperationId id) {
  const Operation& operation = model.operations[id];
  std::vector<ProtocolId> restricting;
  for (ProtocolId protocol : model.protocols.ids()) {
    if (model.protocols[protocol].endpoint != operation.endpoint) continue;
    switch (restriction(model.protocols[protocol], operation.method)) {
      case Restriction::None:
        break;
      case Restriction::SomeStates:
        restricting.push_back(protocol);
        break;
      case Restriction::AllStates:
        return std::nullopt;
    }
  }
  return restricting;
}

std::optional<Cell> decide(const Model& model, const Mention* begin, const Mention* end) {
  const CellRules rules(model, begin, end);
  if (rules.allows().empty() || !rules.granted_sometimes()) return std::nullopt;
  std::optional<std::vector<ProtocolId>> protocols = restricting_protocols(model, begin->operation);
  if (!protocols) return std::nullopt;
  Cell cell{begin->subject, begin->operation, {}, {}, std::move(*protocols)};
  for (const Mention& allow : rules.allows()) cell.allowed_by.push_back(allow.rule);
  cell.allowed_by.erase(std::unique(cell.allowed_by.begin(), cell.allowed_by.end()),
                        cell.allowed_by.end());
  if (!rules.granted_always()) cell.conditional = rules.conditional();
  return cell;
}

}  // namespace

std::vector<Cell> grantable_cells(const CheckedModel& checked) {
  const Model& model = *checked;
  const std::vector<Mention> mentions = mentions_by_cell(model);
  std::vector<Cell> cells;
  const Mention* const end = mentions.data() + mentions.size();
  for (const Mention* begin = mentions.data(); begin != end;) {
    const Mention* next = begin;
    while (next != end && next->subject == begin->subject && next->operation == begin->operation)
      ++next;
    if (std::optional<Cell> cell = decide(model, begin, next)) cells.push_back(std::move(*cell));
    begin = next;
  }
  return cells;
}

bool always_holds(const Model& model, const ConditionalOperation& target) {
  return !satisfiable(model, target.operation, {{target.when, true}});
}

}  // namespace bh
