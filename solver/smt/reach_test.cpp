#include "solver/smt/reach.h"

#include <gtest/gtest.h>

namespace bh::smt {
namespace {

constexpr uint64_t Rlimit = 10'000'000;
constexpr uint32_t Huge = 4'000'000'000;

Automata::Step step(uint32_t from, uint32_t to) {
  Automata::Step made;
  made.from = from;
  made.to = to;
  return made;
}

// Stays where it is and counts; refused once the counter is at its limit.
Automata::Step counted(uint32_t from, uint32_t counter) {
  Automata::Step made = step(from, from);
  made.below = made.counts = counter;
  return made;
}

// Two counters in one automaton; a move for each.
Automata two_quotas(uint32_t limit) {
  Automata automata;
  automata.automata = {{1, 0, {limit, limit}}};
  automata.moves = {{{{0, {counted(0, 0)}}}}, {{{0, {counted(0, 1)}}}}};
  return automata;
}

const StateSet BothUsedUp = {{{0, 1, 0}}, {{0, 1, 1}}};

TEST(FindPath, CountsToAnyLimitInOneRun) {
  for (uint32_t limit : {1u, 1000u, Huge}) {
    const Path path = find_path(two_quotas(limit), BothUsedUp, 5, Rlimit);
    ASSERT_TRUE(path.found) << limit;
    ASSERT_EQ(path.runs.size(), 2u);
    EXPECT_EQ(path.runs[0].times, limit);
    EXPECT_EQ(path.runs[1].times, limit);
  }
}

TEST(FindPath, IsAsShortAsPossible) {
  // A row of rooms with a short cut from the second to the last but one.
  Automata automata;
  automata.automata = {{10, 0, {}}};
  for (uint32_t l = 0; l + 1 < 10; ++l) automata.moves.push_back({{{0, {step(l, l + 1)}}}});
  automata.moves.push_back({{{0, {step(1, 8)}}}});
  const Path path = find_path(automata, {{{0, 1u << 9}}}, 20, Rlimit);
  ASSERT_TRUE(path.found);
  EXPECT_EQ(path.runs, (std::vector<smt::Run>{{0, 1}, {9, 1}, {8, 1}}));
  EXPECT_FALSE(find_path(automata, {{{0, 1u << 9}}}, 2, Rlimit).found);
}

TEST(FindPath, FindsNothingWhereNothingIs) {
  Automata automata;
  automata.automata = {{2, 0, {}}};
  EXPECT_FALSE(find_path(automata, {{{0, 2}}}, 5, Rlimit).found);
  EXPECT_TRUE(find_path(automata, {{{0, 1}}}, 5, Rlimit).found);
}

// Entering the second location clears the quota of the first: it is never used up there.
TEST(ProveUnreachable, KnowsThatEnteringClears) {
  Automata automata;
  automata.automata = {{2, 0, {Huge}}};
  Automata::Step enter = step(0, 1);
  enter.clears = true;
  automata.moves = {{{{0, {counted(0, 0)}}}}, {{{0, {enter}}}}};
  EXPECT_EQ(prove_unreachable(automata, {{{0, 2, 0}}}, Rlimit), AnswerKind::Holds);
  EXPECT_EQ(prove_unreachable(automata, {{{0, 2}}}, Rlimit), AnswerKind::Unknown);
  EXPECT_TRUE(find_path(automata, {{{0, 1, 0}}}, 3, Rlimit).found);
}

// Each use of the first quota is followed by one of the larger second: that is never used up.
Automata one_after_the_other() {
  Automata automata;
  automata.automata = {{1, 0, {Huge - 1}}, {1, 0, {Huge}}, {2, 0, {}}};
  automata.moves = {{{{0, {counted(0, 0)}}, {2, {step(0, 1)}}}},
                    {{{1, {counted(0, 0)}}, {2, {step(1, 0)}}}}};
  return automata;
}

// A client's quota is renewed only after the server has rested: at most so many in a row.
TEST(ProveUnreachable, HandlesAQuotaOfEachClient) {
  Automata automata;
  for (uint32_t client = 0; client < 6; ++client) automata.automata.push_back({1, 0, {1000}});
  automata.automata.push_back({3, 0, {}});
  for (uint32_t client = 0; client < 6; ++client)
    automata.moves.push_back({{{client, {counted(0, 0)}}, {6, {step(0, 0)}}}});
  Automata::Move rest;
  for (uint32_t client = 0; client < 6; ++client) {
    Automata::Step renew = step(0, 0);
    renew.clears = true;
    rest.parts.push_back({client, {renew}});
  }
  rest.parts.push_back({6, {step(0, 1)}});
  automata.moves.push_back(rest);
  for (uint32_t client = 0; client < 6; ++client)
    EXPECT_EQ(prove_unreachable(automata, {{{client, 1, 0}}, {{6, 2}}}, Rlimit), AnswerKind::Holds);
  EXPECT_TRUE(find_path(automata, {{{3, 1, 0}}, {{4, 1, 0}}}, 3, Rlimit).found);
}

TEST(ProveUnreachable, NeverClaimsWhatCanBeReached) {
  EXPECT_EQ(prove_unreachable(two_quotas(3), BothUsedUp, Rlimit), AnswerKind::Unknown);
  EXPECT_EQ(prove_unreachable(two_quotas(Huge), BothUsedUp, 100'000), AnswerKind::Unknown);
}

TEST(Budgets, EndTheSearch) {
  EXPECT_FALSE(find_path(two_quotas(Huge), BothUsedUp, 5, 1).found);
  EXPECT_EQ(prove_unreachable(one_after_the_other(), {{{1, 1, 0}}}, 200'000), AnswerKind::Unknown);
}

}  // namespace
}  // namespace bh::smt
