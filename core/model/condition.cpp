#include "core/model/condition.h"

#include <algorithm>

namespace bh {

Conditions::Conditions() {
  store_.add({ConditionKind::True, 0, {}, {}});
  store_.add({ConditionKind::False, 0, {}, {}});
}

ConditionId Conditions::in(uint32_t word, const IntervalSet& set) {
  if (set.empty()) return False;
  if (set.is_all()) return True;
  return store_.add({ConditionKind::In, word, set, {}});
}

ConditionId Conditions::all_of(const std::vector<ConditionId>& operands) {
  return combine(ConditionKind::And, operands);
}

ConditionId Conditions::any_of(const std::vector<ConditionId>& operands) {
  return combine(ConditionKind::Or, operands);
}

ConditionId Conditions::combine(ConditionKind kind, const std::vector<ConditionId>& operands) {
  const ConditionId neutral = kind == ConditionKind::And ? True : False;
  const ConditionId absorbing = kind == ConditionKind::And ? False : True;
  std::vector<ConditionId> flat;
  for (ConditionId id : operands) {
    if (id == absorbing) return absorbing;
    if (id == neutral) continue;
    if (store_[id].kind == kind) {
      const std::vector<ConditionId>& inner = store_[id].operands;
      flat.insert(flat.end(), inner.begin(), inner.end());
    } else {
      flat.push_back(id);
    }
  }
  if (flat.empty()) return neutral;
  if (flat.size() == 1) return flat[0];
  return store_.add({kind, 0, {}, std::move(flat)});
}

ConditionId Conditions::negate(ConditionId id) {
  const Condition condition = store_[id];
  switch (condition.kind) {
    case ConditionKind::True:
      return False;
    case ConditionKind::False:
      return True;
    case ConditionKind::In:
      return in(condition.word, condition.set.complement());
    case ConditionKind::And:
    case ConditionKind::Or: {
      std::vector<ConditionId> negated;
      for (ConditionId operand : condition.operands) negated.push_back(negate(operand));
      return condition.kind == ConditionKind::And ? any_of(negated) : all_of(negated);
    }
  }
  BH_CHECK(false);
}

}  // namespace bh
