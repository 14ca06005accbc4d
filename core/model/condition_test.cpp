#include "core/model/condition.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>

namespace bh {
namespace {

using Words = std::array<uint64_t, 2>;

bool value(const Conditions& conditions, ConditionId id, const Words& words) {
  const Condition& c = conditions[id];
  const auto of = [&](ConditionId operand) { return value(conditions, operand, words); };
  switch (c.kind) {
    case ConditionKind::True:
      return true;
    case ConditionKind::False:
      return false;
    case ConditionKind::In:
      return c.set.contains(words[c.word]);
    case ConditionKind::And:
      return std::all_of(c.operands.begin(), c.operands.end(), of);
    case ConditionKind::Or:
      return std::any_of(c.operands.begin(), c.operands.end(), of);
  }
  return false;
}

ConditionId arbitrary(Conditions& conditions, int depth) {
  const int pick = *rc::gen::inRange(0, depth == 0 ? 3 : 6);
  if (pick == 0) return Conditions::True;
  if (pick == 1) return Conditions::False;
  if (pick == 2) {
    const auto low = *rc::gen::inRange<uint64_t>(0, 4);
    return conditions.in(*rc::gen::inRange<uint32_t>(0, 2), IntervalSet::range(low, low + 1));
  }
  std::vector<ConditionId> operands;
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) operands.push_back(arbitrary(conditions, depth - 1));
  return pick == 3 ? conditions.all_of(operands) : conditions.any_of(operands);
}

TEST(Conditions, NegationFlipsEveryValue) {
  EXPECT_TRUE(rc::check([] {
    Conditions conditions;
    const ConditionId id = arbitrary(conditions, 3);
    const ConditionId negated = conditions.negate(id);
    for (uint64_t a = 0; a < 6; ++a) {
      for (uint64_t b = 0; b < 6; ++b) {
        RC_ASSERT(value(conditions, id, {a, b}) != value(conditions, negated, {a, b}));
      }
    }
  }));
}

TEST(Conditions, OperandsAreNeverConstantsNorOfTheSameKind) {
  EXPECT_TRUE(rc::check([] {
    Conditions conditions;
    arbitrary(conditions, 4);
    for (uint32_t i = 2; i < conditions.size(); ++i) {
      const Condition& c = conditions[ConditionId(i)];
      if (c.kind == ConditionKind::In) continue;
      RC_ASSERT(c.operands.size() >= 2);
      for (ConditionId operand : c.operands) {
        const ConditionKind inner = conditions[operand].kind;
        RC_ASSERT(inner != c.kind && inner != ConditionKind::True && inner != ConditionKind::False);
      }
    }
  }));
}

TEST(Conditions, EmptyCombinationsAreNeutral) {
  Conditions conditions;
  EXPECT_EQ(conditions.all_of({}), Conditions::True);
  EXPECT_EQ(conditions.any_of({}), Conditions::False);
  EXPECT_EQ(conditions.in(0, IntervalSet()), Conditions::False);
  EXPECT_EQ(conditions.in(0, IntervalSet::all()), Conditions::True);
}

}  // namespace
}  // namespace bh
