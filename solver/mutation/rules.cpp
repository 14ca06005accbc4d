#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "solver/mutation/collector.h"

namespace bh {

namespace {

// A set of at most this many words is taken as a list of values, a larger one as a range.
constexpr uint64_t MostValues = 16;

// One word put into or taken out of the set of one atom.
struct AtomEdit {
  uint32_t atom;  // in the order in which the condition is written
  uint64_t word;
  bool widen;
  auto operator<=>(const AtomEdit&) const = default;
};

struct Atom {
  uint32_t parameter;
  IntervalSet set;
};

// Conditions are at most Conditions::MaxDepth deep.
// NOLINTNEXTLINE(misc-no-recursion)
void list_atoms(const Conditions& conditions, ConditionId id, std::vector<Atom>& atoms) {
  const Condition& condition = conditions[id];
  if (condition.kind == ConditionKind::In) atoms.push_back({condition.word, condition.set});
  for (ConditionId operand : condition.operands) list_atoms(conditions, operand, atoms);
}

std::vector<Atom> atoms_of(const Conditions& conditions, ConditionId id) {
  std::vector<Atom> atoms;
  list_atoms(conditions, id, atoms);
  return atoms;
}

// The condition with one atom's set changed; `at` counts the atoms passed.
// NOLINTNEXTLINE(misc-no-recursion)
ConditionId rebuilt(Conditions& conditions, ConditionId id, const AtomEdit& edit, uint32_t& at) {
  const Condition condition = conditions[id];
  switch (condition.kind) {
    case ConditionKind::True:
    case ConditionKind::False:
      return id;
    case ConditionKind::In: {
      if (at++ != edit.atom) return id;
      const IntervalSet word = IntervalSet::single(edit.word);
      return conditions.in(condition.word,
                           edit.widen ? condition.set | word : condition.set - word);
    }
    case ConditionKind::And:
    case ConditionKind::Or: {
      std::vector<ConditionId> operands;
      for (ConditionId operand : condition.operands) {
        operands.push_back(rebuilt(conditions, operand, edit, at));
      }
      return condition.kind == ConditionKind::And ? conditions.all_of(operands)
                                                  : conditions.any_of(operands);
    }
  }
  BH_CHECK(false);
}

bool is_short(const IntervalSet& set) {
  uint64_t words = 0;
  for (const Interval& i : set.intervals()) {
    if (i.high - i.low >= MostValues) return false;
    words += i.high - i.low + 1;
  }
  return words <= MostValues;
}

void add_words(const IntervalSet& set, uint32_t atom, bool widen, std::set<AtomEdit>& edits) {
  for (const Interval& i : set.intervals()) {
    for (uint64_t k = 0; k <= i.high - i.low; ++k) edits.insert({atom, i.low + k, widen});
  }
}

// The words that the type has next to the set, and those that begin and end it. "Next" is meant
// among the words of the type: of {53, 443, 8443} the word after 53 is 443.
void edit_bounds(const IntervalSet& set, const IntervalSet& domain, uint32_t atom,
                 std::set<AtomEdit>& edits) {
  const IntervalSet outside = domain - set;
  const IntervalSet inside = domain & set;
  for (const Interval& i : inside.intervals()) {
    edits.insert({atom, i.low, false});
    edits.insert({atom, i.high, false});
    if (i.low > 0) {
      const IntervalSet below = domain & IntervalSet::range(0, i.low - 1);
      if (!below.empty()) {
        const uint64_t word = below.intervals().back().high;
        if (outside.contains(word)) edits.insert({atom, word, true});
      }
    }
    if (i.high == UINT64_MAX) continue;
    const IntervalSet above = domain & IntervalSet::range(i.high + 1, UINT64_MAX);
    if (!above.empty() && outside.contains(*above.least())) {
      edits.insert({atom, *above.least(), true});
    }
  }
}

void edit_atom(const Type& type, const IntervalSet& set, uint32_t atom, std::set<AtomEdit>& edits) {
  edit_bounds(set, type.domain, atom, edits);
  const IntervalSet within = type.domain & set;
  if (is_short(within)) add_words(within, atom, false, edits);
  // Enumerators have no order that means something: each is a neighbour of each.
  const IntervalSet outside = type.domain - set;
  if (type.kind == TypeKind::Enum && is_short(outside)) add_words(outside, atom, true, edits);
}

// The rule's condition is one text for all of its targets, so it is changed in all of them at once.
std::set<AtomEdit> atom_edits(const Model& model, const Rule& rule) {
  std::set<AtomEdit> edits;
  for (const ConditionalOperation& target : rule.targets) {
    const std::vector<Parameter>& parameters = model.method_of(target.operation).parameters;
    const std::vector<Atom> atoms = atoms_of(model.conditions, target.when);
    for (uint32_t i = 0; i < atoms.size(); ++i) {
      edit_atom(model.types[parameters[atoms[i].parameter].type], atoms[i].set, i, edits);
    }
  }
  return edits;
}

void edit_conditions(Model& model, RuleId id, const AtomEdit& edit) {
  for (ConditionalOperation& target : model.rules[id].targets) {
    uint32_t at = 0;
    target.when = rebuilt(model.conditions, target.when, edit, at);
  }
}

// "also where slot = 3"; in the words of the first target that has the atom.
std::string print_edit(const Model& model, const Rule& rule, const AtomEdit& edit) {
  for (const ConditionalOperation& target : rule.targets) {
    const std::vector<Atom> atoms = atoms_of(model.conditions, target.when);
    if (edit.atom >= atoms.size()) continue;
    const Parameter& p = model.method_of(target.operation).parameters[atoms[edit.atom].parameter];
    const bool bytes = model.types[p.type].kind == TypeKind::Bytes;
    const std::string word = print_word(model, p.type, edit.word);
    return fmt::format("{} where {} = {}", edit.widen ? "also" : "no longer",
                       bytes ? "size(" + p.name + ")" : p.name,
                       bytes ? fmt::format("{}", edit.word) : word);
  }
  BH_CHECK(false);
}

// ---- who and what
// --------------------------------------------------------------------------------

std::string paths(const Model& model, const std::vector<ConditionalOperation>& targets) {
  std::string text = print(model, targets[0].operation);
  if (targets.size() > 1) text += fmt::format(" and {} more", targets.size() - 1);
  return text;
}

// The operations of one method beside the rule's targets, one at each endpoint that the rule speaks
// of; by method, in declaration order.
std::vector<std::vector<ConditionalOperation>> siblings(const Model& model, const Rule& rule) {
  std::set<OperationId> own;
  for (const ConditionalOperation& target : rule.targets) own.insert(target.operation);
  std::vector<std::vector<ConditionalOperation>> result;
  std::set<EndpointId> endpoints;
  std::map<MethodId, std::vector<ConditionalOperation>> by_method;
  for (const ConditionalOperation& target : rule.targets) {
    const EndpointId endpoint = model.operations[target.operation].endpoint;
    if (!endpoints.insert(endpoint).second) continue;
    for (OperationId operation : model.endpoints[endpoint].operations) {
      if (own.contains(operation)) continue;
      by_method[model.operations[operation].method].push_back(
          {operation, Conditions::True, target.whose});
    }
  }
  for (auto& [method, targets] : by_method) result.push_back(std::move(targets));
  return result;
}

std::vector<std::vector<ConditionalOperation>> targets_by_method(const Model& model,
                                                                 const Rule& rule) {
  std::map<MethodId, std::vector<ConditionalOperation>> by_method;
  for (const ConditionalOperation& target : rule.targets) {
    by_method[model.operations[target.operation].method].push_back(target);
  }
  std::vector<std::vector<ConditionalOperation>> result;
  for (auto& [method, targets] : by_method) result.push_back(std::move(targets));
  return result;
}

class RuleMutations {
 public:
  RuleMutations(const Model& model, RuleId id, MutationCollector& to)
      : model_(model), id_(id), rule_(model.rules[id]), to_(to) {}

  void collect() {
    if (to_.wants_next())
      add(MutationKind::RemoveRule, "is gone", [id = id_](Model& m) { remove_rule(m, id); });
    conditions();
    methods();
    subjects();
    whose();
  }

 private:
  void add(MutationKind kind, std::string text, std::function<void(Model&)> edit) {
    to_.add({kind, rule_.span, rule_.name, std::move(text), std::move(edit)});
  }

  void conditions() {
    const bool conditional =
        std::any_of(rule_.targets.begin(), rule_.targets.end(),
                    [](const ConditionalOperation& t) { return t.when != Conditions::True; });
    if (!conditional) return;
    if (to_.wants_next()) {
      add(MutationKind::DropCondition, "without its condition", [id = id_](Model& m) {
        for (ConditionalOperation& target : m.rules[id].targets) target.when = Conditions::True;
      });
    }
    for (const AtomEdit& edit : atom_edits(model_, rule_)) {
      if (!to_.wants_next()) continue;
      add(edit.widen ? MutationKind::WidenCondition : MutationKind::NarrowCondition,
          print_edit(model_, rule_, edit),
          [id = id_, edit](Model& m) { edit_conditions(m, id, edit); });
    }
  }

  void methods() {
    for (const std::vector<ConditionalOperation>& more : siblings(model_, rule_)) {
      if (!to_.wants_next()) continue;
      add(MutationKind::AddMethod, "also for " + paths(model_, more), [id = id_, more](Model& m) {
        std::vector<ConditionalOperation>& targets = m.rules[id].targets;
        targets.insert(targets.end(), more.begin(), more.end());
      });
    }
    const auto own = targets_by_method(model_, rule_);
    if (own.size() < 2) return;
    for (const std::vector<ConditionalOperation>& less : own) {
      if (!to_.wants_next()) continue;
      const MethodId method = model_.operations[less[0].operation].method;
      add(MutationKind::DropMethod, "no longer for " + paths(model_, less),
          [id = id_, method](Model& m) {
            std::erase_if(m.rules[id].targets, [&](const ConditionalOperation& target) {
              return m.operations[target.operation].method == method;
            });
          });
    }
  }

  void subjects() {
    const std::set<ComponentId> own(rule_.subjects.begin(), rule_.subjects.end());
    for (ComponentId who : model_.components.ids()) {
      const Component& component = model_.components[who];
      const bool is_own = own.contains(who);
      if (component.kind == ComponentKind::Object || (is_own && own.size() == 1)) continue;
      if (!to_.wants_next()) continue;
      if (is_own) {
        add(MutationKind::DropSubject, "no longer from " + component.name,
            [id = id_, who](Model& m) { std::erase(m.rules[id].subjects, who); });
      } else {
        add(MutationKind::AddSubject, "also from " + component.name, [id = id_, who](Model& m) {
          std::vector<ComponentId>& list = m.rules[id].subjects;
          list.insert(std::lower_bound(list.begin(), list.end(), who), who);
        });
      }
    }
  }

  void whose() {
    const bool told =
        std::any_of(rule_.targets.begin(), rule_.targets.end(),
                    [](const ConditionalOperation& t) { return t.whose != Whose::Anyones; });
    if (!told || !to_.wants_next()) return;
    add(MutationKind::ForgetWhose, "no matter whose it is", [id = id_](Model& m) {
      for (ConditionalOperation& target : m.rules[id].targets) target.whose = Whose::Anyones;
    });
  }

  const Model& model_;
  RuleId id_;
  const Rule& rule_;
  MutationCollector& to_;
};

}  // namespace

void remove_rule(Model& model, RuleId rule) {
  model.rules[rule].subjects.clear();
  model.rules[rule].targets.clear();
}

void collect_rules(const Model& model, MutationCollector& to) {
  for (RuleId id : model.rules.ids()) RuleMutations(model, id, to).collect();
}

}  // namespace bh
