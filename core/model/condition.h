// Conditions on the arguments of a request: finite, total, and in negation normal form by construction.
//
// A request carries one 64-bit *word* per parameter of its method: the value of an integer, the index of an
// enumerator, 0 or 1 for a bool, and the *size* in bytes of a `bytes` parameter. Every atom is
// "word i lies in a set", so the negation of an atom is an atom and no Not node is needed.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/id.h"
#include "core/base/interval_set.h"

namespace bh {

using ConditionId = StrongId<struct ConditionTag>;

enum class ConditionKind : uint8_t { True, False, In, And, Or };

struct Condition {
  ConditionKind kind = ConditionKind::True;
  uint32_t word = 0;                  // In: which parameter
  IntervalSet set;                    // In: neither empty nor all
  std::vector<ConditionId> operands;  // And, Or: two or more, none of the same kind, none True or False
};

// Builds and owns conditions; building simplifies. Depth: And and Or alternate, and the language admits at
// most MaxDepth levels, so walking a condition recursively is safe.
class Conditions {
 public:
  static constexpr uint32_t MaxDepth = 64;
  static constexpr ConditionId True{0};
  static constexpr ConditionId False{1};

  Conditions();
  ConditionId in(uint32_t word, const IntervalSet& set);
  ConditionId all_of(const std::vector<ConditionId>& operands);  // all_of({}) is True
  ConditionId any_of(const std::vector<ConditionId>& operands);  // any_of({}) is False
  ConditionId negate(ConditionId id);

  const Condition& operator[](ConditionId id) const { return store_[id]; }
  size_t size() const { return store_.size(); }

 private:
  ConditionId combine(ConditionKind kind, const std::vector<ConditionId>& operands);
  Store<ConditionId, Condition> store_;
};

}  // namespace bh
