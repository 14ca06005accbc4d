#include "solver/smt/automata.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace bh::smt {
namespace {

constexpr uint64_t Rlimit = 10'000'000;

Automata::Step step(uint32_t from, uint32_t to) {
  Automata::Step made;
  made.from = from;
  made.to = to;
  return made;
}

// A token that is handed from each automaton to the next; the first has it: location 1.
Automata token_ring(uint32_t count) {
  Automata ring;
  for (uint32_t a = 0; a < count; ++a) ring.automata.push_back({2, a == 0 ? 1u : 0u, {}});
  for (uint32_t a = 0; a < count; ++a) {
    const uint32_t next = (a + 1) % count;
    std::vector<Automata::Part> parts = {{a, {step(1, 0)}}, {next, {step(0, 1)}}};
    std::sort(parts.begin(), parts.end());
    ring.moves.push_back({std::move(parts)});
  }
  return ring;
}

AnswerKind never_both(const Automata& automata, uint32_t a, uint32_t b) {
  const auto solver = make_z3_claim_solver(Rlimit);
  const AnswerKind inductive = prove(make_proof(automata, PairInvariant(automata)), *solver);
  if (inductive != AnswerKind::Holds) return inductive;
  return solver->prove(keeps_out_of(automata, {{{a, 2}}, {{b, 2}}}));
}

TEST(PairInvariant, KnowsThatATokenIsNeverInTwoPlaces) {
  for (uint32_t count : {2u, 3u, 8u, 40u}) {
    const Automata ring = token_ring(count);
    const PairInvariant pairs(ring);
    for (uint32_t a = 0; a < count; ++a) {
      EXPECT_TRUE(pairs.may(a, 0));
      EXPECT_TRUE(pairs.may(a, 1));
      for (uint32_t b = 0; b < count; ++b) EXPECT_EQ(pairs.with(a, 1, b), a == b ? 2u : 1u);
    }
    EXPECT_EQ(never_both(ring, 0, count - 1), AnswerKind::Holds);
  }
}

TEST(PairInvariant, DoesNotPromiseWhatIsNotSo) {
  Automata ring = token_ring(5);
  ring.moves.push_back({{{3, {step(0, 1)}}}});  // a token out of nowhere
  EXPECT_TRUE(PairInvariant(ring).with(2, 1, 3) & 2);
  EXPECT_EQ(never_both(ring, 2, 3), AnswerKind::Violated);
}

TEST(PairInvariant, AMoveThatNeedsThreeAutomataIsNotMadeByTwo) {
  // The third automaton would have to be where it is only while the first is elsewhere.
  Automata automata;
  automata.automata = {{2, 0, {}}, {2, 0, {}}, {2, 0, {}}};
  automata.moves.push_back({{{0, {step(0, 1)}}, {2, {step(0, 1)}}}});
  automata.moves.push_back({{{0, {step(0, 0)}}, {1, {step(0, 1)}}, {2, {step(1, 1)}}}});
  const PairInvariant pairs(automata);
  EXPECT_TRUE(pairs.may(2, 1));
  EXPECT_FALSE(pairs.may(1, 1));
}

TEST(InvariantProof, FailsForWhatIsNoInvariant) {
  const Automata ring = token_ring(4);
  Automata stuck = ring;
  stuck.moves.clear();
  const InvariantProof wrong_start = make_proof(token_ring(4), PairInvariant([&] {
                                                  Automata other = ring;
                                                  std::swap(other.automata[0], other.automata[1]);
                                                  other.moves.clear();
                                                  return other;
                                                }()));
  EXPECT_EQ(prove(wrong_start, *make_z3_claim_solver(Rlimit)), AnswerKind::Violated);
  // Of the ring without moves the first state is all there is; with them it is not closed.
  const InvariantProof not_closed = make_proof(ring, PairInvariant(stuck));
  EXPECT_EQ(prove(not_closed, *make_z3_claim_solver(Rlimit)), AnswerKind::Violated);
}

TEST(InvariantProof, IsNotBelievedWithinTooSmallABudget) {
  const Automata ring = token_ring(30);
  EXPECT_EQ(prove(make_proof(ring, PairInvariant(ring)), *make_z3_claim_solver(1)),
            AnswerKind::Unknown);
}

TEST(InvariantProof, PrintsAsSmtLib) {
  const Automata ring = token_ring(2);
  const std::string text =
      print_smt2(make_proof(ring, PairInvariant(ring)), {keeps_out_of(ring, {{{0, 2}}, {{1, 2}}})});
  EXPECT_NE(text.find("(declare-const v4 Bool)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("(push 1) ; the first state\n"), std::string::npos);
  EXPECT_NE(text.find("(push 1) ; move 2\n"), std::string::npos);
  EXPECT_NE(text.find("(push 1) ; the goal\n(assert (or false v2))\n(assert (or false v4))\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace bh::smt
