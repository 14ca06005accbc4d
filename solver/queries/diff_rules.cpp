#include "solver/queries/diff_rules.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace bh {

namespace {

bool same_condition(const Conditions& a, ConditionId x, const Conditions& b, ConditionId y) {
  const Condition& p = a[x];
  const Condition& q = b[y];
  if (p.kind != q.kind || p.word != q.word || p.operands.size() != q.operands.size()) return false;
  if (p.set != q.set) return false;
  for (size_t i = 0; i < p.operands.size(); ++i) {
    if (!same_condition(a, p.operands[i], b, q.operands[i])) return false;
  }
  return true;
}

class Comparison {
 public:
  explicit Comparison(const Alignment& alignment) : alignment_(alignment) {}

  bool same(const Rule& before, const Rule& after) {
    return before.kind == after.kind && same_components(before.subjects, after.subjects) &&
           same_targets(before.targets, after.targets);
  }

  bool same_components(const std::vector<ComponentId>& before,
                       const std::vector<ComponentId>& after) const {
    if (before.size() != after.size()) return false;
    const auto joint = [&](ComponentId id) { return alignment_.components.of_after[id.value]; };
    size_t i = 0;
    while (i < before.size() && before[i].value == joint(after[i])) ++i;
    if (i == before.size()) return true;
    std::vector<uint32_t> a;
    std::vector<uint32_t> b;
    for (ComponentId id : before) a.push_back(id.value);
    for (ComponentId id : after) b.push_back(joint(id));
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    return a == b;
  }

  bool same_targets(const std::vector<ConditionalOperation>& before,
                    const std::vector<ConditionalOperation>& after) {
    if (before.size() != after.size()) return false;
    size_t i = 0;
    while (i < before.size() && same_target(before[i], after[i])) ++i;
    if (i == before.size()) return true;
    std::vector<const ConditionalOperation*> a;
    std::vector<const ConditionalOperation*> b;
    for (const ConditionalOperation& t : before) a.push_back(&t);
    for (const ConditionalOperation& t : after) b.push_back(&t);
    std::sort(a.begin(), a.end(), [](const auto* x, const auto* y) {
      return std::pair(x->operation.value, x->whose) < std::pair(y->operation.value, y->whose);
    });
    std::sort(b.begin(), b.end(), [&](const auto* x, const auto* y) {
      return std::pair(joint(x->operation), x->whose) < std::pair(joint(y->operation), y->whose);
    });
    return std::equal(a.begin(), a.end(), b.begin(),
                      [&](const auto* x, const auto* y) { return same_target(*x, *y); });
  }

 private:
  uint32_t joint(OperationId id) const { return alignment_.operations.of_after[id.value]; }

  bool same_target(const ConditionalOperation& a, const ConditionalOperation& b) {
    if (a.operation.value != joint(b.operation) || a.whose != b.whose) return false;
    if (!alignment_.words(a.operation.value).same) return false;
    if (a.when == last_before_ && b.when == last_after_) return true;
    const Conditions& ours = alignment_.model(DiffSide::Before).conditions;
    const Conditions& theirs = alignment_.model(DiffSide::After).conditions;
    if (!same_condition(ours, a.when, theirs, b.when)) return false;
    last_before_ = a.when;
    last_after_ = b.when;
    return true;
  }

  const Alignment& alignment_;
  ConditionId last_before_ = Conditions::True;  // known to be the same
  ConditionId last_after_ = Conditions::True;
};

// Equal for rules that say the same.
size_t hash_of(const Alignment& alignment, DiffSide side, const Rule& rule) {
  size_t hash = static_cast<size_t>(rule.kind);
  for (ComponentId id : rule.subjects) {
    hash += 0x9e3779b97f4a7c15u * (alignment.components.joint(side, id) + 1);
  }
  for (const ConditionalOperation& target : rule.targets) {
    hash += 0xbf58476d1ce4e5b9u * (alignment.operations.joint(side, target.operation) + 1);
  }
  return hash;
}

class RuleMatcher {
 public:
  explicit RuleMatcher(const Alignment& alignment)
      : alignment_(alignment),
        before_(alignment.model(DiffSide::Before)),
        after_(alignment.model(DiffSide::After)),
        comparison_(alignment) {
    result_.of[0].resize(before_.rules.size());
    result_.of[1].resize(after_.rules.size());
    result_.equal[0].resize(before_.rules.size(), false);
    result_.equal[1].resize(after_.rules.size(), false);
  }

  RuleMatching run() {
    by_names();
    by_meaning();
    return std::move(result_);
  }

 private:
  void pair(RuleId before, RuleId after, bool equal) {
    result_.of[0][before.value] = after;
    result_.of[1][after.value] = before;
    result_.equal[0][before.value] = equal;
    result_.equal[1][after.value] = equal;
  }

  // Most rules stand where they stood, or a little further down: names are looked up only when
  // they do not.
  void by_names() {
    constexpr uint32_t Near = 8;
    std::vector<RuleId> elsewhere;
    uint32_t next = 0;
    for (RuleId id : after_.rules.ids()) {
      const std::string& name = after_.rules[id].name;
      const auto end = std::min<uint32_t>(next + Near, static_cast<uint32_t>(before_.rules.size()));
      uint32_t at = next;
      while (at < end && before_.rules[RuleId(at)].name != name) ++at;
      if (at >= end) {
        elsewhere.push_back(id);
        continue;
      }
      next = at + 1;
      pair_same_name(RuleId(at), id);
    }
    if (elsewhere.empty()) return;
    std::unordered_map<std::string_view, RuleId> names;
    for (RuleId id : before_.rules.ids()) {
      if (!result_.of[0][id.value].valid()) names.emplace(before_.rules[id].name, id);
    }
    for (RuleId id : elsewhere) {
      const auto found = names.find(after_.rules[id].name);
      if (found != names.end()) pair_same_name(found->second, id);
    }
  }

  void pair_same_name(RuleId before, RuleId after) {
    pair(before, after, comparison_.same(before_.rules[before], after_.rules[after]));
  }

  // What only one side names may be there under another name.
  void by_meaning() {
    std::unordered_multimap<size_t, RuleId> left;
    for (RuleId id : before_.rules.ids()) {
      if (result_.of[0][id.value].valid()) continue;
      left.emplace(hash_of(alignment_, DiffSide::Before, before_.rules[id]), id);
    }
    if (left.empty()) return;
    for (RuleId id : after_.rules.ids()) {
      if (result_.of[1][id.value].valid()) continue;
      const Rule& rule = after_.rules[id];
      const auto [first, last] = left.equal_range(hash_of(alignment_, DiffSide::After, rule));
      auto best = last;  // the first in declaration order
      for (auto it = first; it != last; ++it) {
        if (!comparison_.same(before_.rules[it->second], rule)) continue;
        if (best == last || it->second < best->second) best = it;
      }
      if (best == last) continue;
      pair(best->second, id, true);
      result_.renamed.push_back({RenamedKind::Rule, before_.rules[best->second].name, rule.name});
      left.erase(best);
    }
  }

  const Alignment& alignment_;
  const Model& before_;
  const Model& after_;
  Comparison comparison_;
  RuleMatching result_;
};

}  // namespace

RuleMatching match_rules(const Alignment& alignment) { return RuleMatcher(alignment).run(); }

bool same_targets(const Alignment& alignment, const std::vector<ConditionalOperation>& before,
                  const std::vector<ConditionalOperation>& after) {
  return Comparison(alignment).same_targets(before, after);
}

bool same_components(const Alignment& alignment, const std::vector<ComponentId>& before,
                     const std::vector<ComponentId>& after) {
  return Comparison(alignment).same_components(before, after);
}

std::vector<JointCell> touched_cells(const Alignment& alignment, const RuleMatching& rules) {
  std::vector<JointCell> cells;
  for (const DiffSide side : {DiffSide::Before, DiffSide::After}) {
    const Model& model = alignment.model(side);
    for (RuleId id : model.rules.ids()) {
      if (rules.is_equal(side, id)) continue;
      const Rule& rule = model.rules[id];
      for (const ConditionalOperation& target : rule.targets) {
        const uint32_t operation = alignment.operations.joint(side, target.operation);
        for (ComponentId subject : rule.subjects) {
          if (!covers(model, target, subject)) continue;
          cells.push_back({operation, alignment.components.joint(side, subject)});
        }
      }
    }
  }
  std::sort(cells.begin(), cells.end());
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
  return cells;
}

}  // namespace bh
