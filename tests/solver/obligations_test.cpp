// What a check exports for other solvers.
#include <gtest/gtest.h>

#include <algorithm>

#include "solver/smt/smt2.h"
#include "tests/solver/policy.h"

namespace bh {
namespace {

CheckOptions exporting() {
  CheckOptions options;
  options.obligations = true;
  return options;
}

const Obligation* find(const test::Checked& checked, const std::string& name) {
  const auto& all = checked.result->obligations;
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const Obligation& o) { return o.name == name; });
  return at == all.end() ? nullptr : &*at;
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

constexpr const char* Policy = R"(policy p 1.0
interface I { call m(x: u8)  call n() }
component A {}
component S { provides e: I }
allow some: A -> S.e.m when x < 100
allow more: A -> S.e.n
deny less: A -> S.e.m when x < 50 or x > 60
protocol Order on S.e per caller { Idle* -n-> Busy  Busy -m-> Idle }
never early: S.e.m without S.e.n before
never high: A -> S.e.m when x = 61
never back: flow S ~> A
)";

TEST(Obligations, EachCheckHasAClaim) {
  const test::Checked checked = test::check_text("p.bh", Policy, exporting());
  ASSERT_TRUE(checked.sink.diagnostics().empty()) << checked.text();
  EXPECT_GE(checked.result->obligations.size(), 4u);
  EXPECT_TRUE(checked.result->not_exported.empty());
  for (const Obligation& obligation : checked.result->obligations) {
    EXPECT_EQ(count(obligation.script, "(check-sat)"), obligation.claims.size()) << obligation.name;
    EXPECT_EQ(count(obligation.script, "("), count(obligation.script, ")")) << obligation.name;
  }
}

TEST(Obligations, SayWhatTheRulesAndProtocolsRefuse) {
  const test::Checked checked = test::check_text("p.bh", Policy, exporting());
  const Obligation* cells = find(checked, "what the rules grant: their conditions");
  ASSERT_NE(cells, nullptr);
  ASSERT_EQ(cells->claims.size(), 1u);
  EXPECT_EQ(cells->claims[0].what, "A -> S.e.m");
  EXPECT_FALSE(cells->claims[0].satisfiable);
  const Obligation* order = find(checked, "early: what the protocols on S.e never let happen");
  ASSERT_NE(order, nullptr);
  EXPECT_TRUE(std::none_of(order->claims.begin(), order->claims.end(),
                           [](const Obligation::Claim& claim) { return claim.satisfiable; }));
  const Obligation* flow = find(checked, "back: where data comes to");
  ASSERT_NE(flow, nullptr);
  EXPECT_TRUE(flow->claims.at(0).satisfiable);
}

TEST(Obligations, AreNotKeptUnlessAskedFor) {
  EXPECT_TRUE(test::check_text("p.bh", Policy).result->obligations.empty());
}

// Two automata that take turns, one with a counter.
smt::Automata turns() {
  smt::Automata automata;
  automata.automata = {{2, 0, {}}, {2, 0, {3}}};
  smt::Automata::Step there{0, 1, 0, false, 0};
  automata.moves = {
      {{{0, {{0, 1, smt::Automata::None, false, smt::Automata::None}}}, {1, {there}}}},
      {{{0, {{1, 0, smt::Automata::None, false, smt::Automata::None}}},
        {1, {{1, 0, smt::Automata::None, false, smt::Automata::None}}}}}};
  return automata;
}

TEST(ExplicitProof, ListsWhatIsReachedAndRefusesWhatIsNotSo) {
  const smt::StateSet apart = {{{0, 1}}, {{1, 2}}};     // the first at 0, the second at 1
  const smt::StateSet together = {{{0, 2}}, {{1, 2}}};  // both at 1
  const auto proof = smt::prove_explicitly(turns(), {apart}, 100);
  ASSERT_TRUE(proof.has_value());
  EXPECT_EQ(proof->claims.size(), 4u) << "the first state, two moves, the set";
  EXPECT_EQ(count(proof->script, "(and true (= s"), 7u)
      << "no count from 0 to 3 twice but the last";
  EXPECT_FALSE(smt::prove_explicitly(turns(), {together}, 100).has_value()) << "it is reached";
  EXPECT_FALSE(smt::prove_explicitly(turns(), {apart}, 6).has_value()) << "too many states";
}

}  // namespace
}  // namespace bh
