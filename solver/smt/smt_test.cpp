#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "solver/smt/expr.h"
#include "solver/smt/solver.h"

namespace bh::smt {
namespace {

constexpr uint64_t Rlimit = 10'000'000;

std::vector<IntervalSet> two_small_words() {
  return {IntervalSet::range(2, 9), IntervalSet::of({1, 3, 7})};
}

// Builds a formula over two words from random numbers, as deep as they last.
ExprId build(Exprs& exprs, const std::vector<uint32_t>& seeds) {
  std::vector<ExprId> pool = {exprs.in(0, IntervalSet::single(4))};
  for (uint32_t seed : seeds) {
    const ExprId a = pool[(seed >> 4) % pool.size()];
    const ExprId b = pool[(seed >> 9) % pool.size()];
    switch (seed % 4) {
      case 0:
        pool.push_back(
            exprs.in((seed >> 2) % 3, IntervalSet::range((seed >> 4) % 11, (seed >> 8) % 11)));
        break;
      case 1:
        pool.push_back(exprs.all_of({a, b}));
        break;
      case 2:
        pool.push_back(exprs.any_of({a, b}));
        break;
      default:
        pool.push_back(exprs.negate(a));
    }
  }
  return pool.back();
}

// The least words that satisfy the formula, found by trying all.
std::vector<uint64_t> least_by_trying(const Exprs& exprs, ExprId formula) {
  for (uint64_t first = 0; first < 12; ++first) {
    for (uint64_t second = 0; second < 12; ++second) {
      if (!exprs.domains()[0].contains(first) || !exprs.domains()[1].contains(second)) continue;
      if (exprs.evaluate(formula, {first, second})) return {first, second};
    }
  }
  return {};
}

TEST(Exprs, EqualFormulasHaveEqualIds) {
  Exprs exprs(two_small_words());
  const ExprId a = exprs.in(0, IntervalSet::range(2, 5));
  const ExprId b = exprs.in(1, IntervalSet::single(3));
  EXPECT_EQ(exprs.all_of({a, b}), exprs.all_of({b, a, a}));
  EXPECT_EQ(exprs.negate(exprs.negate(exprs.any_of({a, b}))), exprs.any_of({a, b}));
  EXPECT_EQ(exprs.in(0, IntervalSet::range(0, 100)), Exprs::True);
  EXPECT_EQ(exprs.in(0, IntervalSet::range(10, 100)), Exprs::False);
  EXPECT_EQ(exprs.in(2, IntervalSet::all()), Exprs::False) << "there is no third word";
  EXPECT_EQ(exprs.all_of({a, exprs.in(0, IntervalSet::range(6, 9))}), Exprs::False);
  EXPECT_EQ(exprs.any_of({a, exprs.in(0, IntervalSet::range(6, 9))}), Exprs::True);
  EXPECT_EQ(exprs.any_of({exprs.any_of({a, b}), exprs.negate(b)}), Exprs::True);
}

TEST(Z3, GivesUpWithinItsBudgetAndSaysSo) {
  std::vector<IntervalSet> domains(12, IntervalSet::all());
  Exprs exprs(domains);
  std::vector<ExprId> clauses;
  for (uint32_t i = 0; i < 60; ++i) {
    std::vector<ExprId> clause;
    for (uint32_t j = 0; j < 3; ++j) {
      const uint64_t low = (i * 37 + j * 11) % 90;
      clause.push_back(exprs.in((i * 5 + j * 7) % 12, IntervalSet::range(low, low + 9)));
    }
    clauses.push_back(exprs.any_of(clause));
  }
  const Answer answer =
      make_z3_solver(1)->prove_never(exprs, exprs.all_of(clauses), Want::LeastWords);
  EXPECT_EQ(answer.kind, AnswerKind::Unknown);
  EXPECT_FALSE(answer.reason.empty());
}

TEST(Z3, FindsTheLeastWordsAtTheEndsOf64Bits) {
  Exprs exprs({IntervalSet::all(), IntervalSet::all()});
  const ExprId top = exprs.in(0, IntervalSet::range(UINT64_MAX - 3, UINT64_MAX));
  const ExprId other = exprs.any_of(
      {exprs.in(0, IntervalSet::single(UINT64_MAX)), exprs.in(1, IntervalSet::single(7))});
  const Answer answer =
      make_z3_solver(Rlimit)->prove_never(exprs, exprs.all_of({top, other}), Want::LeastWords);
  ASSERT_EQ(answer.kind, AnswerKind::Violated);
  EXPECT_EQ(answer.words, (std::vector<uint64_t>{UINT64_MAX - 3, 7}));
}

RC_GTEST_PROP(Solvers, AgreeWithTryingAllWords, (const std::vector<uint32_t>& seeds)) {
  Exprs exprs(two_small_words());
  const ExprId formula = build(exprs, seeds);
  const std::vector<uint64_t> expected = least_by_trying(exprs, formula);
  const auto z3 = make_z3_solver(Rlimit);
  const auto boxes = make_box_solver(*z3, 10'000);
  const auto impatient = make_box_solver(*z3, 3);
  for (Solver* solver : {z3.get(), boxes.get(), impatient.get()}) {
    const Answer answer = solver->prove_never(exprs, formula, Want::LeastWords);
    RC_ASSERT(answer.kind == (expected.empty() ? AnswerKind::Holds : AnswerKind::Violated));
    RC_ASSERT(answer.words == expected);
    RC_ASSERT(solver->prove_never(exprs, formula, Want::Verdict).kind == answer.kind);
  }
}

RC_GTEST_PROP(Exprs, NegationIsTheOppositeEverywhere, (const std::vector<uint32_t>& seeds)) {
  Exprs exprs(two_small_words());
  const ExprId formula = build(exprs, seeds);
  const ExprId negation = exprs.negate(formula);
  for (uint64_t first = 2; first <= 9; ++first) {
    for (uint64_t second : {1u, 3u, 7u}) {
      RC_ASSERT(exprs.evaluate(formula, {first, second}) !=
                exprs.evaluate(negation, {first, second}));
    }
  }
}

// The answer to a question does not depend on those asked before it.
RC_GTEST_PROP(Z3, WitnessesAreCanonical,
              (const std::vector<uint32_t>& before, const std::vector<uint32_t>& seeds)) {
  Exprs exprs(two_small_words());
  const ExprId other = build(exprs, before);
  const ExprId formula = build(exprs, seeds);
  const auto used = make_z3_solver(Rlimit);
  used->prove_never(exprs, other, Want::LeastWords);
  RC_ASSERT(used->prove_never(exprs, formula, Want::LeastWords).words ==
            make_z3_solver(Rlimit)->prove_never(exprs, formula, Want::LeastWords).words);
}

}  // namespace
}  // namespace bh::smt
