// Timeouts, holders, joint states, trust, self and other: what `check` says of them.
#include <gtest/gtest.h>

#include "solver/reference/print.h"
#include "tests/solver/policy.h"

namespace bh {
namespace {

using Codes = std::vector<std::string>;

// Alice and Bob may use the door and the bell as far as rules go.
test::Checked door(const std::string& statements) {
  return test::check_text("door.bh", R"(policy door 1.0
interface Door { call open() call use() call close() }
interface Bell { call ring() call hush() }
component Alice { }
component Bob { }
component House { provides door: Door  provides bell: Bell }
allow enter: { Alice, Bob } -> House.door
allow bell: { Alice, Bob } -> House.bell
)" + statements);
}

void expect(const std::string& statements, const Codes& codes) {
  const test::Checked checked = door(statements);
  ASSERT_TRUE(checked.result) << checked.text();
  EXPECT_EQ(checked.codes(), codes) << statements << "\n" << checked.text();
  EXPECT_FALSE(checked.result->internal_error);
}

// ---- timeouts
// --------------------------------------------------------------------------------------

TEST(Timeouts, RescueAStateFromBeingADeadEnd) {
  const std::string body =
      "protocol P on House.door per caller {\n  Shut* -open-> Open\n  Open -use-> Spent\n"
      "  Shut -close-> Shut\n";
  expect(body + "}\n", {"BH3009"});
  expect(body + "  Spent -after 5s-> Shut\n}\n", {});
}

TEST(Timeouts, DoNotRescueWhenNothingIsEverGrantedAgain) {
  expect(
      "protocol P on House.door per caller {\n  Shut* -open-> Open\n  Open -use-> Spent\n"
      "  Shut -close-> Shut\n  Spent -after 5s-> Void\n  Void -after 5s-> Spent\n}\n",
      {"BH3009"});
}

TEST(Timeouts, CanLockUpByThemselves) {
  const test::Checked checked = door(
      "protocol P on House.door shared {\n  Day* -open-> Day\n  Day -use-> Day\n"
      "  Day -close-> Day\n  Day -after 8h-> Night\n}\n");
  ASSERT_EQ(checked.codes(), Codes{"BH3009"}) << checked.text();
  EXPECT_NE(checked.text().find("and then 8h pass"), std::string::npos) << checked.text();
}

TEST(Timeouts, ReachStates) {
  const std::string body =
      "protocol P on House.door per caller {\n  Shut* -open-> Open\n  Open -use-> Open\n"
      "  Open -close-> Shut\n  Late -close-> Shut\n";
  expect(body + "}\n", {"BH3008"});
  expect(body + "  Open -after 10min-> Late\n}\n", {});
}

TEST(Timeouts, ShowInTheWitness) {
  const test::Checked checked = door(
      "protocol P on House.door per caller {\n  Shut* -open-> Open\n  Open -use-> Open\n"
      "  Open -after 10min-> Late\n  Late -close-> Shut\n}\n"
      "never late: Alice -> House.door.close\n");
  ASSERT_EQ(checked.codes(), Codes{"BH4001"}) << checked.text();
  EXPECT_EQ(print(**checked.model, checked.verdict("late").trace),
            "Alice -> House.door.open(); then after 10min: Alice -> House.door.close()");
}

TEST(Timeouts, RenewLimits) {
  const std::string rest =
      "require often: Alice can House.door.open then House.door.use then House.door.use\n";
  const std::string body =
      "protocol P on House.door shared {\n  Free* -open-> Free\n  Free -close-> Free\n"
      "  Free -use-> Free at most 1\n";
  expect(body + "}\n" + rest, {"BH4004"});
  expect(body + "  Free -after 1s-> Free\n}\n" + rest, {});
}

// ---- movers
// ----------------------------------------------------------------------------------------

TEST(Movers, DecideWhoCanBeGranted) {
  const std::string body =
      "protocol P on House.door shared {\n  Shut* -open-> Open\n  Open -use by same-> Open\n"
      "  Open -close by other-> Shut\n}\n";
  expect(body + "never used: House.door.use without House.door.open before\n", {});
  const test::Checked checked =
      door(body + "never alone: House.door.close without House.door.open before\n");
  ASSERT_EQ(checked.codes(), Codes{"BH4003"}) << checked.text();
  EXPECT_EQ(print(**checked.model, checked.verdict("alone").trace),
            "Bob -> House.door.open(); then Alice -> House.door.close()");
}

TEST(Movers, CanMakeARuleThatNeverFires) {
  const std::string body =
      "protocol P on House.door shared {\n  Shut* -open by Alice-> Shut\n  Shut -use by Alice-> "
      "Shut\n"
      "  Shut -close-> Shut\n}\n";
  expect(body, {});
  expect(body + "allow again: Bob -> House.door.{open, use}\n", {"BH3007"});
}

// ---- states at the same time
// -----------------------------------------------------------------------

const char* const Lights =
    "protocol D on House.door shared {\n  Shut* -open-> Open\n  Open -use-> Open\n"
    "  Open -close-> Shut\n}\n"
    "protocol B on House.bell shared {\n  Quiet* -ring-> Loud\n  Loud -hush-> Quiet\n}\n";

TEST(NeverState, IsShownByTheRequestsThatLeadThere) {
  const test::Checked checked = door(std::string(Lights) + "never both: state D.Open and B.Loud\n");
  ASSERT_EQ(checked.codes(), Codes{"BH4007"}) << checked.text();
  EXPECT_EQ(print(**checked.model, checked.verdict("both").trace),
            "Alice -> House.door.open(); then Alice -> House.bell.ring()");
  EXPECT_NE(checked.text().find("'D' can be in state 'Open' while 'B' is in 'Loud'"),
            std::string::npos)
      << checked.text();
}

TEST(NeverState, IsBrokenAtTheStartWhereNothingEverMoves) {
  const std::string still =
      "deny all: any -> House.door\nprotocol P on House.door shared {\n  Shut* -open-> Open\n"
      "  Open -close-> Shut\n}\n";
  const test::Checked start = door(still + "never n: state P.Shut\n");
  EXPECT_EQ(start.verdict("n").verdict, Verdict::Violated) << start.text();
  const test::Checked other = door(still + "never n: state P.Open\n");
  EXPECT_EQ(other.verdict("n").verdict, Verdict::Proved) << other.text();
  EXPECT_TRUE(other.verdict("n").vacuous);
}

TEST(NeverState, IsProvedWhereOneOfTheProtocolsCannot) {
  const std::string twice =
      "protocol D on House.door shared {\n  Shut* -open-> Open\n  Open -use-> Open\n"
      "  Open -close-> Shut\n}\n"
      "protocol E on House.door shared {\n  Still* -open-> Moving\n  Moving -use-> Moving\n"
      "  Moving -close-> Still\n}\n";
  expect(twice + "never torn: state D.Open and E.Still\n", {});
  expect(twice + "never open: state D.Open and E.{Still, Moving}\n", {"BH4007"});
}

TEST(NeverState, OfProtocolsPerCallerIsAsOneCallerSeesIt) {
  const std::string body =
      "protocol D on House.door per caller {\n  Shut* -open-> Open\n  Open -use-> Open\n"
      "  Open -close-> Shut\n}\n"
      "protocol B on House.bell per caller {\n  Quiet* -ring-> Loud\n  Loud -hush-> Quiet\n}\n"
      "deny no_bell: Alice -> House.bell\ndeny no_door: Bob -> House.door\n";
  expect(body + "never both: state D.Open and B.Loud\n", {});
}

TEST(NeverState, WaitsForTimeouts) {
  const test::Checked checked = door(
      "protocol D on House.door shared {\n  Shut* -open-> Open\n  Open -use-> Open\n"
      "  Open -close-> Shut\n  Open -after 5s-> Alarm\n  Alarm -close-> Shut\n}\n"
      "never alarm: state D.Alarm\n");
  ASSERT_EQ(checked.codes(), Codes{"BH4007"}) << checked.text();
  EXPECT_EQ(checked.verdict("alarm").rest_ms, 5000u);
  EXPECT_NE(checked.text().find("and then 5s pass"), std::string::npos) << checked.text();
}

TEST(NeverState, ThatOnlyTheClocksDecideIsNotProved) {
  expect(
      "protocol D on House.door shared {\n  Shut* -open-> Shut\n  Shut -use-> Shut\n"
      "  Shut -close-> Shut\n  Shut -after 5s-> Open\n  Open -open-> Open\n  Open -after 5s-> "
      "Shut\n}\n"
      "protocol B on House.bell shared {\n  Loud* -ring-> Loud\n  Loud -hush-> Loud\n"
      "  Loud -after 5s-> Quiet\n  Quiet -ring-> Quiet\n  Quiet -after 5s-> Loud\n}\n"
      "never both: state D.Open and B.Loud\n",
      {"BH4090"});
}

// ---- trust
// -----------------------------------------------------------------------------------------

test::Checked trust(const std::string& statements) {
  return test::check_text("trust.bh", R"(policy trust 1.0
lattice secrecy { public < secret }
interface Signer { call sign() -> signature: bytes[64] }
component Net { label public }
component Keys { label secret  provides keys: Signer }
allow use: Net -> Keys.keys.sign
release out: Keys.keys.sign.signature  secret => public  because "a signature does not tell the key"
)" + statements);
}

TEST(TrustedBase, MustListWhomTheProofsTrust) {
  const std::string flow = "never leak: flow secret ~> public except via out\n";
  EXPECT_EQ(trust(flow + "tcb t: { Keys }\n").codes(), Codes{});
  const test::Checked missing = trust(flow + "tcb t: { Net }\n");
  ASSERT_EQ(missing.codes(), Codes{"BH4008"}) << missing.text();
  EXPECT_NE(missing.text().find("'t' does not list 'Keys', which is trusted with 'out'"),
            std::string::npos)
      << missing.text();
  EXPECT_EQ(missing.verdict("t").verdict, Verdict::Violated);
}

TEST(TrustedBase, CountsTheProofThatTheLabelsAreKept) {
  const test::Checked missing = trust("tcb t: { Net }\n");
  ASSERT_EQ(missing.codes(), Codes{"BH4008"}) << missing.text();
  EXPECT_NE(missing.text().find("the proof of the labels"), std::string::npos) << missing.text();
}

// ---- whose
// -----------------------------------------------------------------------------------------

test::Checked boxes(const std::string& statements) {
  return test::check_text("boxes.bh", R"(policy boxes 1.0
interface Run { call run() }
component One { provides box: Run }
component Two { provides box: Run }
component Plain { }
group all = { One, Two }
)" + statements);
}

TEST(Whose, SelfAndOtherArePairs) {
  const std::string own = "allow own: all -> self.box.run\n";
  EXPECT_EQ(boxes(own + "never x: all -> other all.box.run\n").codes(), Codes{});
  const test::Checked wide =
      boxes("allow any_box: all -> all.box.run\nnever x: all -> other all.box.run\n");
  ASSERT_EQ(wide.codes(), Codes{"BH4001"}) << wide.text();
  EXPECT_EQ(print(**wide.model, wide.verdict("x").trace), "Two -> One.box.run()");
  EXPECT_EQ(boxes(own + "allow each: all -> all.box.run\n").codes(), Codes{"BH3002"});
  EXPECT_EQ(boxes("allow each: all -> all.box.run\ndeny d: all -> self.box.run\n").codes(),
            Codes{});
  EXPECT_EQ(boxes(own + "deny d: all -> self.box.run\n").codes(), Codes{"BH3004"});
}

}  // namespace
}  // namespace bh
