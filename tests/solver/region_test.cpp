// Regions: the same set has the same boxes, and none but its own words.
#include "solver/queries/region.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/differential/generate.h"

namespace bh {
namespace {

using smt::ExprId;
using smt::Exprs;

const std::vector<IntervalSet> Domains = {IntervalSet::range(0, 5), IntervalSet::range(0, 3),
                                          IntervalSet::of({1, 7, 9})};

ExprId random_formula(Exprs& exprs, Random& random) {
  std::vector<ExprId> pool;
  for (uint64_t i = 0, n = 2 + random.below(6); i < n; ++i) {
    const auto word = static_cast<uint32_t>(random.below(Domains.size()));
    const uint64_t low = random.below(8);
    pool.push_back(exprs.in(word, IntervalSet::range(low, low + random.below(4))));
  }
  for (int i = 0; i < 6; ++i) {
    const std::vector<ExprId> pair = {random.pick(pool), random.pick(pool)};
    pool.push_back(random.one_in(2) ? exprs.all_of(pair) : exprs.any_of(pair));
    if (random.one_in(3)) pool.push_back(exprs.negate(pool.back()));
  }
  return pool.back();
}

std::vector<std::vector<uint64_t>> all_words() {
  std::vector<std::vector<uint64_t>> result;
  for (uint64_t a = 0; a <= 5; ++a) {
    for (uint64_t b = 0; b <= 3; ++b) {
      for (uint64_t c : {1, 7, 9}) result.push_back({a, b, c});
    }
  }
  return result;
}

bool is_in(const std::vector<Box>& region, const std::vector<uint64_t>& words) {
  for (const Box& box : region) {
    bool inside = true;
    for (size_t i = 0; i < words.size(); ++i) inside = inside && box[i].contains(words[i]);
    if (inside) return true;
  }
  return false;
}

RC_GTEST_PROP(Region, HoldsExactlyTheWordsOfTheFormula, (uint64_t seed)) {
  Exprs exprs(Domains);
  Random random(seed);
  const ExprId formula = random_formula(exprs, random);
  const auto region = region_of(exprs, formula);
  RC_ASSERT(region.has_value());
  for (const auto& words : all_words()) {
    RC_ASSERT(is_in(*region, words) == exprs.evaluate(formula, words));
  }
}

RC_GTEST_PROP(Region, IsTheSameForEqualSets, (uint64_t seed)) {
  Exprs exprs(Domains);
  Random random(seed);
  const ExprId formula = random_formula(exprs, random);
  // The same set, spelled out word by word.
  std::vector<ExprId> points;
  for (const auto& words : all_words()) {
    if (!exprs.evaluate(formula, words)) continue;
    std::vector<ExprId> atoms;
    for (uint32_t i = 0; i < words.size(); ++i) {
      atoms.push_back(exprs.in(i, IntervalSet::single(words[i])));
    }
    points.push_back(exprs.all_of(atoms));
  }
  RC_ASSERT(region_of(exprs, formula) == region_of(exprs, exprs.any_of(points)));
}

TEST(Region, GivesUpAtItsLimit) {
  Exprs exprs(Domains);
  const ExprId formula =
      exprs.all_of({exprs.in(0, IntervalSet::of({1, 3})), exprs.in(1, IntervalSet::of({1}))});
  EXPECT_FALSE(region_of(exprs, formula, 2).has_value());
  EXPECT_TRUE(region_of(exprs, formula).has_value());
}

}  // namespace
}  // namespace bh
