// Answers do not depend on how many threads they are found on, nor on what was asked before.
#include <gtest/gtest.h>

#include <algorithm>

#include "solver/queries/questions.h"

namespace bh {
namespace {

// A few thousand questions, some of them too hard for the box search.
std::vector<Question> many(Questions& questions) {
  const SignatureId signature =
      questions.signature(std::vector<IntervalSet>(6, IntervalSet::range(0, 63)));
  smt::Exprs& exprs = questions.exprs(signature);
  std::vector<Question> result;
  for (uint32_t i = 0; i < 3000; ++i) {
    std::vector<smt::ExprId> clauses;
    const uint32_t count = i % 97 == 0 ? 40 : 3;
    for (uint32_t c = 0; c < count; ++c) {
      std::vector<smt::ExprId> clause;
      for (uint32_t j = 0; j < 3; ++j) {
        const uint64_t low = (i * 31 + c * 17 + j * 13) % 60;
        clause.push_back(exprs.in((i + c * 5 + j * 2) % 6, IntervalSet::range(low, low + 3)));
      }
      clauses.push_back(exprs.any_of(std::move(clause)));
    }
    result.push_back({signature, exprs.all_of(std::move(clauses))});
  }
  return result;
}

std::vector<smt::AnswerKind> answers(unsigned threads, bool backwards) {
  Questions questions(2'000'000);
  std::vector<Question> list = many(questions);
  if (threads > 0) questions.prepare(list, threads);
  if (backwards) std::reverse(list.begin(), list.end());
  std::vector<smt::AnswerKind> kinds;
  for (const Question& q : list) kinds.push_back(questions.never(q.signature, q.formula));
  if (backwards) std::reverse(kinds.begin(), kinds.end());
  return kinds;
}

TEST(Questions, AnswersAreTheSameOnAnyNumberOfThreadsAndInAnyOrder) {
  const std::vector<smt::AnswerKind> one = answers(1, false);
  EXPECT_TRUE(std::count(one.begin(), one.end(), smt::AnswerKind::Holds) > 0);
  EXPECT_TRUE(std::count(one.begin(), one.end(), smt::AnswerKind::Violated) > 0);
  EXPECT_EQ(answers(2, false), one);
  EXPECT_EQ(answers(7, true), one);
  EXPECT_EQ(answers(0, true), one) << "without asking ahead";
}

}  // namespace
}  // namespace bh
