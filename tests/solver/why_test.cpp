// What a verdict rests on: enough for the proof, and nothing that could be left out.
#include <gtest/gtest.h>

#include "tests/solver/policy.h"

namespace bh {
namespace {

using Names = std::vector<std::string>;

Names grounds(const test::Checked& checked, std::string_view property) {
  const Model& model = **checked.model;
  const Grounds& why = checked.verdict(property).why;
  Names names;
  for (RuleId id : why.rules) names.push_back(model.rules[id].name);
  for (ProtocolId id : why.protocols) names.push_back(model.protocols[id].name);
  for (ReleaseId id : why.releases) names.push_back(model.releases[id].name);
  return names;
}

constexpr const char* Head = R"(policy p 1.0
interface I { call m(x: u8)  call n()  call o() }
component A {}
component B {}
component S { provides e: I }
)";

TEST(Why, OfSeveralDeniesThoseThatAreNeeded) {
  const test::Checked checked = test::check_text("p.bh", std::string(Head) + R"(
allow all: A -> S.e
deny low: A -> S.e.m when x < 100
deny middle: A -> S.e.m when x in 50..150
deny high: A -> S.e.m when x >= 100
never m: A -> S.e.m
never middling: A -> S.e.m when x in 60..70
never b: B -> S.e.m
)");
  EXPECT_EQ(grounds(checked, "m"), (Names{"low", "high"}));
  EXPECT_EQ(grounds(checked, "middling"), Names{"low"});
  EXPECT_EQ(grounds(checked, "b"), Names{}) << "nothing allows it";
}

TEST(Why, OfSeveralProtocolsThoseThatAreNeeded) {
  const test::Checked checked = test::check_text("p.bh", std::string(Head) + R"(
allow all: A -> S.e
protocol Order on S.e per caller { Idle* -n-> Busy  Busy -m-> Busy  Busy -o-> Idle }
protocol Free on S.e per caller { On* -n-> On  On -m-> On  On -o-> On }
never early: S.e.m without S.e.n before
holds within: A within S.e
)");
  EXPECT_EQ(grounds(checked, "early"), Names{"Order"});
  EXPECT_EQ(grounds(checked, "within"), Names{});
}

TEST(Why, OfAWitnessItsRules) {
  const test::Checked checked = test::check_text("p.bh", std::string(Head) + R"(
allow first: A -> S.e.n
allow second: A -> S.e.m
protocol Order on S.e per caller { Idle* -n-> Busy  Busy -m-> Busy }
never m: A -> S.e.m
require can: A can S.e.m
)");
  EXPECT_EQ(grounds(checked, "m"), (Names{"first", "second"}));
  EXPECT_EQ(grounds(checked, "can"), (Names{"first", "second"}));
}

TEST(Why, OfAFlowTheReleasesThatCutIt) {
  const test::Checked checked = test::check_text("p.bh", R"(policy p 1.0
lattice secrecy { low < high }
interface I { call put(x: u8)  call get() -> y: u8 }
component Out { label low  provides o: I }
component Mid { label high  provides e: I }
component Other { label high }
release one: Out.o.put.x  high => low  because "checked"
release two: Mid.e.get.y  high => low  because "never asked for"
allow send: Mid -> Out.o.put
allow fill: Other -> Mid.e.put
never leak: flow Other ~> Out except via one, two
)");
  EXPECT_EQ(grounds(checked, "leak"), Names{"one"});
}

TEST(Why, NamesTheRulesWithoutWhichAFlowIsClosed) {
  const std::string policy = R"(policy p 1.0
interface I { call put(x: u8)  call tell(x: u8) }
component A {}
component B { provides e: I }
component C { provides e: I }
component D { provides e: I }
allow enter: A -> B.e.put
allow over: B -> C.e
allow out: C -> D.e.put
never n: flow A ~> D
)";
  const test::Checked one_way = test::check_text("p.bh", policy);
  ASSERT_EQ(one_way.sink.diagnostics().size(), 1u);
  EXPECT_EQ(one_way.sink.diagnostics()[0].helps,
            Names{"removing any one of the rules 'enter', 'over' and 'out' closes every path"});
  const test::Checked two_ways =
      test::check_text("p.bh", policy + "allow again: B -> C.e.tell\nallow past: A -> C.e.put\n");
  ASSERT_EQ(two_ways.codes().back(), "BH4002") << two_ways.text();
  EXPECT_EQ(two_ways.sink.diagnostics().back().helps,
            Names{"removing rule 'out' closes every path"});
}

}  // namespace
}  // namespace bh
