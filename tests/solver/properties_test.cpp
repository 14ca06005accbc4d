// Each kind of property: proved, violated with its shortest witness, vacuous, undecided.
#include <gtest/gtest.h>

#include "solver/reference/print.h"
#include "tests/solver/policy.h"

namespace bh {
namespace {

using Codes = std::vector<std::string>;

constexpr const char* Vocabulary = R"(policy door 1.0
lattice secrecy   { public < secret }
interface Lock {
    call unlock(pin: u16)
    call open(door: u8 in 0..7)
    call shut()
}
interface Lamp {
    call on(room: u8)
    call off()
}
interface Paper {
    call write(text: bytes[..80])
    call read() -> text: bytes[..80]
}
component Guard   { label public }
component Visitor { label public }
component Safe    { label secret  provides paper: Paper }
component House   { label public  provides lock: Lock  provides lamp: Lamp }
object    Board: Paper { label public }
)";

constexpr const char* Session =
    "protocol Session on House.lock per caller {\n"
    "    Shut* -unlock ok-> Ready\n    Ready -open-> Ready at most 3\n    Ready -shut-> Shut\n}\n";

test::Checked door(const std::string& statements, const CheckOptions& options = {}) {
  return test::check_text("door.bh", std::string(Vocabulary) + statements, options);
}

void expect(const std::string& statements, const Codes& codes) {
  const test::Checked checked = door(statements);
  ASSERT_TRUE(checked.result) << checked.text();
  EXPECT_EQ(checked.codes(), codes) << statements << "\n" << checked.text();
  EXPECT_FALSE(checked.result->internal_error);
}

std::string trace_of(const test::Checked& checked, std::string_view property) {
  return print(**checked.model, checked.verdict(property).trace);
}

const std::string Visits = "allow v: Visitor -> House.lock.{unlock, open, shut}\n";

TEST(Never, SpeaksOfTheArgumentsItNames) {
  expect(
      "allow v: Visitor -> House.lock.open when door <= 3\nnever n: Visitor -> House.lock.open "
      "when door = 4\n",
      {});
  const test::Checked checked = door(
      "allow v: Visitor -> House.lock.open when door <= 4\nnever n: Visitor -> House.lock.open "
      "when door >= 4\n");
  EXPECT_EQ(checked.codes(), Codes{"BH4001"}) << checked.text();
  EXPECT_EQ(trace_of(checked, "n"), "Visitor -> House.lock.open(door: 4)");
}

TEST(Never, IsShownFromTheInitialState) {
  const test::Checked checked = door(Visits + Session + "never n: any -> House.lock.open\n");
  ASSERT_EQ(checked.codes(), Codes{"BH4001"}) << checked.text();
  EXPECT_EQ(
      trace_of(checked, "n"),
      "Visitor -> House.lock.unlock(pin: 0) replies ok; then Visitor -> House.lock.open(door: 0)");
}

TEST(Never, HoldsWhereTheProtocolNeverGetsThere) {
  expect(
      "allow v: Visitor -> House.lock.{unlock, shut}\nallow w: Guard -> House.lock.{unlock, open, "
      "shut}\n" +
          std::string(Session) + "never n: Visitor -> House.lock.open\n",
      {});
}

TEST(Before, TheReplyCounts) {
  const std::string loose =
      "protocol Loose on House.lock per caller {\n    Shut* -unlock-> Ready\n    Ready -open-> "
      "Ready\n    Ready -shut-> Shut\n}\n";
  expect(Visits + loose + "never n: House.lock.open without House.lock.unlock before\n", {});
  expect(Visits + loose + "never n: House.lock.open without House.lock.unlock ok before\n",
         {"BH4003"});
  expect(Visits + Session + "never n: House.lock.open without House.lock.unlock ok before\n", {});
}

TEST(Before, SomebodyElsesRequestDoesNotCount) {
  const std::string shared =
      "protocol Door on House.lock shared {\n    Shut* -unlock ok-> Ready\n    Ready -open-> "
      "Ready\n    Ready -shut-> Shut\n}\n";
  const test::Checked checked =
      door(Visits + "allow g: Guard -> House.lock.unlock\n" + shared +
           "never n: House.lock.open without House.lock.unlock ok before\n");
  ASSERT_EQ(checked.codes(), Codes{"BH4003"}) << checked.text();
  EXPECT_EQ(
      trace_of(checked, "n"),
      "Guard -> House.lock.unlock(pin: 0) replies ok; then Visitor -> House.lock.open(door: 0)");
}

TEST(Before, AnotherEndpointsProtocolDoesNotHelp) {
  expect(Visits + Session +
             "allow l: Visitor -> House.lamp.on\nnever n: House.lock.open without House.lamp.on "
             "before\n",
         {"BH4003"});
}

TEST(Before, WhatIsNeverGrantedIsVacuous) {
  const test::Checked checked = door(
      "allow v: Visitor -> House.lock.unlock\nnever n: House.lock.open without House.lock.unlock "
      "before\n");
  EXPECT_EQ(checked.codes(), Codes{"BH4010"});
  EXPECT_TRUE(checked.verdict("n").vacuous);
  EXPECT_EQ(checked.verdict("n").verdict, Verdict::Proved);
}

TEST(Require, CountsLimits) {
  const std::string three =
      "House.lock.unlock then House.lock.open then House.lock.open then House.lock.open";
  expect(Visits + Session + "require r: Visitor can " + three + "\n", {});
  const test::Checked checked =
      door(Visits + Session + "require r: Visitor can " + three + " then House.lock.open\n");
  ASSERT_TRUE(checked.codes().empty()) << checked.text();
  // The fourth needs a new session in between.
  EXPECT_EQ(checked.verdict("r").trace.size(), 7u) << trace_of(checked, "r");
}

TEST(Require, GoesAcrossEndpointsInOrder) {
  const test::Checked checked = door(Visits + Session +
                                     "allow l: Visitor -> House.lamp.on\n"
                                     "require r: Visitor can House.lamp.on then House.lock.open "
                                     "then House.lamp.on with room = 9\n");
  ASSERT_TRUE(checked.codes().empty()) << checked.text();
  EXPECT_EQ(trace_of(checked, "r"),
            "Visitor -> House.lamp.on(room: 0); then Visitor -> House.lock.unlock(pin: 0) replies "
            "ok; then "
            "Visitor -> House.lock.open(door: 0); then Visitor -> House.lamp.on(room: 9)");
}

TEST(Require, OthersMayHelp) {
  const std::string shared =
      "protocol Door on House.lock shared {\n    Shut* -unlock ok-> Ready\n    Ready -open-> "
      "Ready\n    Ready -shut-> Shut\n}\n";
  expect("allow v: Visitor -> House.lock.{open, shut}\nallow g: Guard -> House.lock.unlock\n" +
             shared + "require r: Visitor can House.lock.open\n",
         {});
}

// Each of the others may unlock once only, so it takes both of them.
TEST(Require, EachOfTheOthersHasAnInstanceOfItsOwn) {
  const std::string rules =
      "component Warden { label public }\n"
      "allow v: Visitor -> House.lock.open\nallow g: {Guard, Warden} -> House.lock.{unlock, shut}\n"
      "protocol Door on House.lock shared {\n    Shut* -unlock-> Half\n    Half -unlock-> Ready\n"
      "    Half -shut-> Shut\n    Ready -open-> Ready\n    Ready -shut-> Shut\n}\n"
      "protocol Once on House.lock per caller {\n    Fresh* -unlock-> Used\n    Fresh -open-> "
      "Fresh\n"
      "    Used -open-> Used\n    Used -shut-> Used\n    Fresh -shut-> Fresh\n}\n";
  const test::Checked checked = door(rules + "require r: Visitor can House.lock.open\n");
  ASSERT_TRUE(checked.result) << checked.text();
  EXPECT_EQ(trace_of(checked, "r"),
            "Guard -> House.lock.unlock(pin: 0); then Warden -> House.lock.unlock(pin: 0); then "
            "Visitor -> House.lock.open(door: 0)")
      << checked.text();
}

TEST(Require, FailsWhereADenyTakesTheRest) {
  expect(
      "allow v: Visitor -> House.lock.open\ndeny d: any -> House.lock.open when door >= 6\n"
      "require r: Visitor can House.lock.open with door = 6\n",
      {"BH4004"});
}

TEST(Holds, NamesTheExcess) {
  expect(Visits + "holds h: Visitor within { House.lock.{unlock, open, shut} }\n", {});
  expect(Visits + "holds h: Visitor within { House.lock.{unlock, shut} }\n", {"BH4005"});
  expect(Visits + "holds h: Guard within { House.lock.shut }\n", {"BH4010"});
}

TEST(Separate, NobodyHoldsBoth) {
  expect(
      Visits + "allow g: Guard -> House.lamp.on\nseparate s: { House.lock.open, House.lamp.on }\n",
      {});
  expect(Visits +
             "allow g: Visitor -> House.lamp.on\nseparate s: { House.lock.open, House.lamp.on }\n",
         {"BH4006"});
}

// ---- flow
// ------------------------------------------------------------------------------------------------

const std::string Leak =
    "release r: Board.write.text  secret => public  because \"an announcement\"\n"
    "allow s: Safe -> Board.write\nallow v: Visitor -> Board.read\n";

TEST(Flow, GoesThroughObjects) {
  const test::Checked checked = door(Leak + "never n: flow Safe ~> Visitor\n");
  ASSERT_EQ(checked.codes(), Codes{"BH4002"}) << checked.text();
  ASSERT_EQ(checked.verdict("n").path.size(), 2u);
  EXPECT_EQ(print(**checked.model, checked.verdict("n").path[0]),
            "Safe -> Board (Board.write.text, by s)");
  EXPECT_EQ(print(**checked.model, checked.verdict("n").path[1]),
            "Board -> Visitor (Board.read.text, by v)");
}

TEST(Flow, WhatIsOnBothSidesFlowsAtOnce) {
  const test::Checked checked =
      door("allow v: Visitor -> Board.read\nnever n: flow {Visitor, Guard} ~> Visitor\n");
  EXPECT_EQ(checked.codes(), Codes{"BH4002"}) << checked.text();
  EXPECT_TRUE(checked.verdict("n").path.empty());
}

TEST(Flow, TheExceptedReleaseIsTrusted) {
  const test::Checked checked = door(Leak + "never n: flow Safe ~> Visitor except via r\n");
  ASSERT_TRUE(checked.codes().empty()) << checked.text();
  EXPECT_EQ(checked.verdict("n").trusted,
            std::vector<ComponentId>{(*checked.model)->find_component("Safe")});
}

TEST(Flow, AReleaseThatLeadsNowhereIsNotTrusted) {
  const test::Checked checked = door(Leak + "never n: flow Safe ~> Guard except via r\n");
  ASSERT_TRUE(checked.codes().empty()) << checked.text();
  EXPECT_TRUE(checked.verdict("n").trusted.empty());
}

// ---- undecided
// -------------------------------------------------------------------------------------------

TEST(Undecided, ATooSmallStateLimitNeverPasses) {
  CheckOptions options;
  options.state_limit = 1;
  const test::Checked checked =
      door(Visits + Session +
               "never n: Guard -> House.lock.open\nrequire r: Visitor can House.lock.open\n",
           options);
  EXPECT_EQ(checked.verdict("n").verdict, Verdict::Proved) << "no rule, so no state matters";
  EXPECT_EQ(checked.verdict("r").verdict, Verdict::Unknown);
  EXPECT_GT(checked.sink.count(Severity::Undecided), 0u);
}

TEST(Undecided, AllQuestionsTogetherHaveALimitToo) {
  CheckOptions options;
  options.total_state_limit = 6;
  const test::Checked checked =
      door(Visits + Session +
               "require r: Visitor can House.lock.open\nrequire s: Visitor can House.lock.unlock\n",
           options);
  EXPECT_EQ(checked.verdict("s").verdict, Verdict::Unknown);
  EXPECT_EQ(checked.verdict("s").reason, "the protocols on House.lock have too many states");
}

TEST(Undecided, APolicyThatIsTooLargeNeverPasses) {
  CheckOptions options;
  options.entry_limit = 2;
  const test::Checked checked = door(Visits + "require r: Visitor can House.lock.open\n", options);
  EXPECT_EQ(checked.codes(), Codes{"BH4090"});
  EXPECT_EQ(checked.verdict("r").verdict, Verdict::Unknown);
}

TEST(Undecided, ASolverThatGivesUpNeverPasses) {
  CheckOptions options;
  options.rlimit = 1;
  const std::string hard =
      "allow v: Visitor -> House.lock.open when (door = 1 or door in {3, 5}) and (door != 3 or "
      "door = 5)\n"
      "allow w: Guard -> House.lock.open when door in {1, 2}\n";
  const test::Checked checked = door(hard + "require r: Visitor can House.lock.open\n", options);
  ASSERT_TRUE(checked.result) << checked.text();
  for (const PropertyVerdict& verdict : checked.result->properties) {
    EXPECT_NE(verdict.verdict, Verdict::Violated);
  }
}

// ---- tests of the policy
// -----------------------------------------------------------------------------------

TEST(Tests, ByMeansAnyRuleThatDecidesSo) {
  const std::string rules =
      "allow a: Visitor -> House.lock.open when door <= 5\nallow b: Visitor -> House.lock.open "
      "when door >= 3\n";
  expect(rules + "test \"t\" {\n    allow Visitor -> House.lock.open(door: 4) by b\n}\n", {});
  expect(rules + "test \"t\" {\n    allow Visitor -> House.lock.open(door: 1) by b\n}\n",
         {"BH4020"});
  expect(rules + "test \"t\" {\n    deny Guard -> House.lock.open(door: 1) by default\n}\n", {});
}

}  // namespace
}  // namespace bh
