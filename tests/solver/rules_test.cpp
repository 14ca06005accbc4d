// The findings about rules, labels and protocols: what is one, and what is not.
#include <gtest/gtest.h>

#include "tests/solver/policy.h"

namespace bh {
namespace {

using Codes = std::vector<std::string>;

// A store that Reader and Writer may be allowed to use; `statements` come last.
test::Checked store(const std::string& statements, const CheckOptions& options = {}) {
  return test::check_text("store.bh", R"(policy store 1.0
interface Store {
    call read(slot: u8 in 0..15)
    call write(slot: u8 in 0..15, data: bytes[..64])
    call close()
}
component Reader { }
component Writer { }
component Disk { provides store: Store }
)" + statements,
                          options);
}

void expect(const std::string& statements, const Codes& codes) {
  const test::Checked checked = store(statements);
  ASSERT_TRUE(checked.result) << checked.text();
  EXPECT_EQ(checked.codes(), codes) << statements << "\n" << checked.text();
  EXPECT_FALSE(checked.result->internal_error);
}

TEST(Rules, AConditionThatNoArgumentSatisfiesIsDead) {
  expect("allow a: Reader -> Disk.store.read when slot = 1 and slot = 2\n", {"BH3001"});
  expect("deny d: Reader -> Disk.store.read when slot = 1 and slot = 2\n", {"BH3001"});
  expect("allow a: Reader -> Disk.store.read when slot = 1 or slot = 2\n", {});
}

TEST(Rules, ADenyThatCancelsNothingIsAGuardRail) {
  expect("allow a: Reader -> Disk.store.read\ndeny d: Writer -> Disk.store.read\n", {});
}

TEST(Rules, CancelledInPartIsFineWhollyIsNot) {
  expect("allow a: Reader -> Disk.store.read\ndeny d: any -> Disk.store.read when slot >= 4\n", {});
  expect(
      "allow a: Reader -> Disk.store.read when slot >= 8\ndeny d: any -> Disk.store.read when slot "
      ">= 4\n",
      {"BH3003"});
}

TEST(Rules, SeveralDeniesTogetherCancel) {
  expect(
      "allow a: Reader -> Disk.store.read\n"
      "deny d: any -> Disk.store.read when slot >= 4\n"
      "deny e: any -> Disk.store.read when slot <= 6\n",
      {"BH3003"});
}

TEST(Rules, AConflictIsExactlyTheSameExtent) {
  expect(
      "allow a: Reader -> Disk.store.read when slot in {1, 2}\ndeny d: Reader -> Disk.store.read "
      "when slot = 1 or slot = 2\n",
      {"BH3004"});
  expect("allow a: Reader -> Disk.store.read\ndeny d: Reader -> Disk.store.{read, write}\n",
         {"BH3003"});
  expect(
      "allow a: Reader -> Disk.store.{read, close}\ndeny d: Reader -> Disk.store.{close, read}\n",
      {"BH3004"});
}

TEST(Rules, OthersTogetherShadow) {
  expect(
      "allow a: Reader -> Disk.store.read when slot <= 8\n"
      "allow b: Reader -> Disk.store.read when slot >= 7\n"
      "allow c: Reader -> Disk.store.read when slot in {3, 12}\n",
      {"BH3002"});
  expect(
      "allow a: Reader -> Disk.store.read when slot <= 8\n"
      "allow c: Reader -> Disk.store.read when slot in {3, 12}\n",
      {});
}

TEST(Rules, OfTwoEqualRulesTheLaterIsReported) {
  const test::Checked checked =
      store("allow a: Reader -> Disk.store.read\nallow b: Reader -> Disk.store.read\n");
  ASSERT_EQ(checked.codes(), Codes{"BH3002"}) << checked.text();
  EXPECT_NE(checked.sink.diagnostics()[0].message.find("'b' adds nothing: 'a'"), std::string::npos);
}

TEST(Rules, WhatADenyLeavesCanBeShadowed) {
  expect(
      "allow a: Reader -> Disk.store.read when slot <= 4\n"
      "allow b: Reader -> Disk.store.read when slot <= 9\n"
      "deny d: Reader -> Disk.store.read when slot >= 5\n",
      {"BH3002"});
}

TEST(Rules, AProtocolCanKeepARuleFromEverFiring) {
  expect(
      "allow a: Reader -> Disk.store.{read, close}\nallow b: Reader -> Disk.store.write\n"
      "protocol P on Disk.store per caller {\n    Idle* -read-> Idle\n    Idle -close-> Idle\n}\n",
      {"BH3007"});
}

TEST(Rules, AStateMayBeOpenedByAnotherCallerOnlyWhenShared) {
  const std::string rules =
      "allow a: Reader -> Disk.store.read\nallow b: Writer -> Disk.store.{write, close}\n";
  const std::string body =
      "{\n    Empty* -write-> Full\n    Full -read-> Full\n    Full -close-> Empty\n}\n";
  expect(rules + "protocol P on Disk.store shared " + body, {});
  expect(rules + "protocol P on Disk.store per caller " + body, {"BH3007"});
}

TEST(Rules, NoRulesIsNothingToCheck) {
  const test::Checked checked = store("");
  ASSERT_TRUE(checked.result) << checked.text();
  EXPECT_TRUE(checked.result->nothing_to_check);
}

TEST(Protocols, AnUnreachableStateIsReported) {
  expect(
      "allow a: Reader -> Disk.store.{read, close}\n"
      "protocol P on Disk.store per caller {\n    Idle* -read-> Idle\n    Idle -close-> Idle\n    "
      "Lost -read-> Idle\n}\n",
      {"BH3008"});
}

TEST(Protocols, AStateThatNobodyIsAllowedToBringAboutIsUnreachable) {
  expect(
      "allow a: Reader -> Disk.store.read\n"
      "protocol P on Disk.store per caller {\n    Idle* -read-> Idle\n    Idle -close-> Closed\n   "
      " Closed -read-> Idle\n}\n",
      {"BH3008"});
}

TEST(Protocols, AFinalStateLocksUp) {
  expect(
      "allow a: Reader -> Disk.store.{read, close}\n"
      "protocol P on Disk.store per caller {\n    Idle* -read-> Idle\n    Idle -close-> "
      "Closed\n}\n",
      {"BH3009"});
}

TEST(Protocols, ALimitThatNothingResetsLocksUp) {
  const test::Checked checked = store(
      "allow a: Reader -> Disk.store.read\n"
      "protocol P on Disk.store per caller {\n    Idle* -read-> Idle at most 5\n}\n");
  ASSERT_EQ(checked.codes(), Codes{"BH3009"}) << checked.text();
  EXPECT_NE(checked.sink.diagnostics()[0].notes[0].find("(5 times)"), std::string::npos)
      << checked.text();
}

TEST(Protocols, ALargeLimitWithAWayOutNeedsNoExploration) {
  expect(
      "allow a: Reader -> Disk.store.{read, close}\n"
      "protocol P on Disk.store per caller {\n    Idle* -read-> Idle at most 4000000000\n    Idle "
      "-close-> Busy\n"
      "    Busy -read-> Idle\n}\n",
      {});
}

TEST(Protocols, ALockUpBeyondTheStateLimitIsUndecidedNotFine) {
  const std::string text =
      "allow a: Reader -> Disk.store.{read, close}\n"
      "protocol P on Disk.store per caller {\n    Idle* -read-> Idle at most 100000\n    Idle "
      "-close-> Idle at most 100000\n}\n";
  CheckOptions options;
  options.state_limit = 10'000;
  const test::Checked checked = store(text, options);
  EXPECT_EQ(checked.codes(), Codes{"BH4090"}) << checked.text();
  EXPECT_EQ(checked.sink.count(Severity::Undecided), 1u);
}

TEST(Protocols, ALongWitnessIsShownInPart) {
  const test::Checked checked = store(
      "allow a: Reader -> Disk.store.{read, close}\n"
      "protocol P on Disk.store per caller {\n    Idle* -read-> Idle\n    Idle -close-> Idle\n}\n"
      "protocol Q on Disk.store per caller {\n    A* -read-> B\n    B -close-> A\n}\n"
      "protocol R on Disk.store per caller {\n    C* -read-> C at most 30\n    C -close-> C\n}\n");
  ASSERT_EQ(checked.codes(), Codes{"BH3009"}) << checked.text();
  EXPECT_EQ(checked.sink.diagnostics()[0].labels.size(), 40u);
  EXPECT_NE(checked.sink.diagnostics()[0].notes[0].find("and 20 more steps"), std::string::npos)
      << checked.text();
}

TEST(Protocols, ASharedOneLocksUpOnlyWhenNobodyCanMoveIt) {
  const std::string body =
      "protocol P on Disk.store shared {\n    Idle* -read-> Full\n    Full -close-> Idle\n}\n";
  expect("allow a: Reader -> Disk.store.read\nallow b: Writer -> Disk.store.close\n" + body, {});
  expect("allow a: Reader -> Disk.store.read\n" + body, {"BH3009"});
}

TEST(Protocols, TwoOnOneEndpointCanLockEachOtherUp) {
  expect(
      "allow a: Reader -> Disk.store.{read, close}\n"
      "protocol P on Disk.store per caller {\n    A* -read-> B\n    B -close-> A\n}\n"
      "protocol Q on Disk.store per caller {\n    C* -read-> C at most 2\n    C -close-> C at most "
      "1\n}\n",
      {"BH3009"});
}

// ---- labels
// ----------------------------------------------------------------------------------------------

test::Checked labelled(const std::string& statements) {
  return test::check_text("labels.bh", R"(policy labels 1.0
lattice secrecy   { public < secret }
lattice integrity { tainted < trusted }
interface Box {
    call put(data: bytes[..64])
    call get() -> data: bytes[..64]
    call ring()
    event changed(what: u8)
}
component Low  { label public, tainted   provides box: Box   handles inbox: Box }
component High { label secret, trusted   provides box: Box   handles inbox: Box }
)" + statements);
}

void expect_labels(const std::string& statements, const Codes& codes) {
  const test::Checked checked = labelled(statements);
  ASSERT_TRUE(checked.result) << checked.text();
  EXPECT_EQ(checked.codes(), codes) << statements << "\n" << checked.text();
}

TEST(Labels, ArgumentsGoUpResultsGoDown) {
  expect_labels("allow a: Low -> High.box.put\n", {"BH3006"});
  expect_labels("allow a: High -> Low.box.put\n", {"BH3005"});
  expect_labels("allow a: Low -> High.box.get\n", {"BH3005"});
  expect_labels("allow a: High -> Low.box.get\n", {"BH3006"});
  expect_labels("allow a: Low -> High.box.ring\nallow b: High -> Low.box.ring\n", {});
}

TEST(Labels, EventsGoFromTheProviderToTheHandler) {
  expect_labels("allow a: High -> Low.inbox.changed\n", {"BH3005"});
  expect_labels("allow a: Low -> High.inbox.changed\n", {"BH3006"});
}

TEST(Labels, AReleaseCoversItsItemAlone) {
  const std::string release =
      "release r: High.box.get.data  secret => public  because \"it is a rumour\"\n";
  expect_labels("allow a: Low -> High.box.get\n" + release, {});
  expect_labels("allow a: High -> Low.box.put\nallow b: Low -> High.box.get\n" + release,
                {"BH3005"});
  expect_labels(
      "allow a: Low -> High.box.put\nendorse e: High.box.put.data  tainted => trusted  because "
      "\"checked\"\n",
      {});
}

TEST(Labels, AnEdgeThatIsNeverGrantedBreaksNothing) {
  expect_labels(
      "allow a: Low -> High.box.get\nallow r: Low -> High.box.ring\ndeny d: any -> High.box.get\n",
      {"BH3003"});
}

}  // namespace
}  // namespace bh
