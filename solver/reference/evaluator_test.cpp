// The parts of the meaning that are easily got wrong: time, holders, and whose endpoint it is.
#include "solver/reference/evaluator.h"

#include <gtest/gtest.h>

#include "solver/one_endpoint.h"
#include "solver/reference/policy_tests.h"
#include "solver/reference/print.h"

namespace bh {
namespace {

constexpr uint64_t Millisecond = NanosecondsPerMillisecond;
constexpr uint64_t Year = 365ull * 24 * 3600 * 1000;  // in milliseconds

CheckedModel sealed(const Model& model) { return *seal(model, DiagnosticSink()); }

// ---- time
// ------------------------------------------------------------------------------------------

// A -open-> B -after 5s-> A; what is asked in B is `use`.
OneEndpoint session() {
  OneEndpoint e({"open", "use"});
  Protocol& p = e.protocol(InstanceKind::PerCaller, 2);
  p.transitions = {e.step(0, 0, 1), e.step(1, 1, 1)};
  p.states[1].timeout = Timeout{5000, 0, {}};
  return e;
}

TEST(Time, ARequestAtTheVeryMomentOfATimeoutFindsTheNewState) {
  const OneEndpoint e = session();
  const CheckedModel model = sealed(e.model);
  Evaluator evaluator(model);
  ASSERT_TRUE(evaluator.step(e.ask(e.alice, 0), ReplyStatus::Ok).granted());
  evaluator.wait(5000 * Millisecond - 1);
  EXPECT_TRUE(evaluator.decide(e.ask(e.alice, 1)).granted());
  EXPECT_EQ(evaluator.until_timeout(ProtocolId(0), e.alice), 1u);
  evaluator.wait(1);
  const Decision late = evaluator.decide(e.ask(e.alice, 1));
  EXPECT_EQ(late.reason, Reason::Protocol);
  EXPECT_EQ(late.protocol, ProtocolId(0));
  EXPECT_EQ(evaluator.until_timeout(ProtocolId(0), e.alice), std::nullopt);
}

TEST(Time, StayingInAStateByARequestDoesNotRenewIt) {
  const OneEndpoint e = session();
  const CheckedModel model = sealed(e.model);
  Evaluator evaluator(model);
  evaluator.step(e.ask(e.alice, 0), ReplyStatus::Ok);
  evaluator.wait_ms(4000);
  ASSERT_TRUE(evaluator.step(e.ask(e.alice, 1), ReplyStatus::Ok).granted());
  evaluator.wait_ms(1000);
  EXPECT_EQ(evaluator.state(ProtocolId(0), e.alice), 0u);
}

TEST(Time, EachCallerHasAClockOfItsOwn) {
  const OneEndpoint e = session();
  const CheckedModel model = sealed(e.model);
  Evaluator evaluator(model);
  evaluator.step(e.ask(e.alice, 0), ReplyStatus::Ok);
  evaluator.wait_ms(3000);
  evaluator.step(e.ask(e.bob, 0), ReplyStatus::Ok);
  evaluator.wait_ms(2000);
  EXPECT_EQ(evaluator.state(ProtocolId(0), e.alice), 0u);
  EXPECT_EQ(evaluator.state(ProtocolId(0), e.bob), 1u);
}

TEST(Time, ATimeoutThatNobodyNoticedStillHappenedWhenItWasDue) {
  OneEndpoint e({"go"});
  Protocol& p = e.protocol(InstanceKind::Shared, 4);
  p.transitions = {e.step(0, 0, 1)};
  p.states[1].timeout = Timeout{1, 2, {}};
  p.states[2].timeout = Timeout{10, 3, {}};
  const CheckedModel model = sealed(e.model);
  Evaluator evaluator(model);
  evaluator.step(e.ask(e.alice, 0), ReplyStatus::Ok);
  evaluator.wait(11 * Millisecond - 1);
  EXPECT_EQ(evaluator.state(ProtocolId(0), e.bob), 2u);
  EXPECT_EQ(evaluator.until_timeout(ProtocolId(0), e.bob), 1u);
  evaluator.wait(1);
  EXPECT_EQ(evaluator.state(ProtocolId(0), e.bob), 3u);
}

TEST(Time, TheInitialStateBeginsWithTheClock) {
  OneEndpoint e({"go"});
  Protocol& p = e.protocol(InstanceKind::PerCaller, 2);
  p.transitions = {e.step(0, 0, 0)};
  p.states[0].timeout = Timeout{7, 1, {}};
  const CheckedModel model = sealed(e.model);
  Evaluator evaluator(model);
  evaluator.wait_ms(6);
  EXPECT_TRUE(evaluator.step(e.ask(e.alice, 0), ReplyStatus::Ok).granted());
  evaluator.wait_ms(1);
  EXPECT_FALSE(evaluator.decide(e.ask(e.alice, 0)).granted());
  EXPECT_FALSE(evaluator.decide(e.ask(e.bob, 0)).granted());
}

TEST(Time, YearsOfShortTimeoutsTakeAMoment) {
  OneEndpoint e({"go"});
  Protocol& p = e.protocol(InstanceKind::Shared, 4);
  p.states[0].timeout = Timeout{3, 1, {}};  // a tail, then the round B C D of 5 ms
  p.states[1].timeout = Timeout{1, 2, {}};
  p.states[2].timeout = Timeout{2, 3, {}};
  p.states[3].timeout = Timeout{2, 1, {}};
  const CheckedModel model = sealed(e.model);
  const uint64_t rounds = Year / 5;
  const std::vector<std::pair<uint64_t, uint32_t>> expected = {
      {3 * Millisecond - 1, 0}, {3 * Millisecond, 1},     {4 * Millisecond, 2},
      {6 * Millisecond, 3},     {8 * Millisecond - 1, 3}, {8 * Millisecond, 1}};
  for (const auto& [time, state] : expected) {
    Evaluator soon(model);
    soon.advance_to(time);
    EXPECT_EQ(soon.state(ProtocolId(0), e.alice), state) << time;
    if (state == 0) continue;
    Evaluator late(model);
    late.advance_to(time + 500 * rounds * 5 * Millisecond);
    EXPECT_EQ(late.state(ProtocolId(0), e.alice), state) << time;
    EXPECT_EQ(late.until_timeout(ProtocolId(0), e.alice),
              soon.until_timeout(ProtocolId(0), e.alice));
  }
  Evaluator end(model);
  end.wait_ms(UINT64_MAX);
  end.wait_ms(1);
  EXPECT_EQ(end.now(), UINT64_MAX);
  EXPECT_EQ(end.state(ProtocolId(0), e.alice),
            2u);  // 3 ms, then rounds of 5 ms, then 1 ms and a bit
}

TEST(Time, ALookNowAndThenChangesNothing) {
  OneEndpoint e({"go"});
  Protocol& p = e.protocol(InstanceKind::Shared, 2);
  p.transitions = {e.step(0, 0, 1)};
  p.states[0].timeout = Timeout{3, 1, {}};
  p.states[1].timeout = Timeout{4, 0, {}};
  const CheckedModel model = sealed(e.model);
  Evaluator often(model);
  for (uint64_t ms = 0; ms < 40; ++ms) {
    Evaluator once(model);
    once.wait_ms(ms);
    EXPECT_EQ(often.snapshot(), once.snapshot()) << ms;
    often.wait_ms(1);
  }
}

TEST(Time, ATimeoutIntoTheSameStateRenewsItsLimits) {
  OneEndpoint e({"use"});
  Protocol& p = e.protocol(InstanceKind::PerCaller, 1);
  p.transitions = {at_most(e.step(0, 0, 0), 2)};
  p.states[0].timeout = Timeout{1000, 0, {}};
  const CheckedModel model = sealed(e.model);
  const TraceStep use{e.ask(e.alice, 0), ReplyStatus::Ok, 0};
  TraceStep later = use;
  later.wait_ms = 1000;
  const std::vector<Decision> decisions = replay(model, {use, use, use, later, use, use, later});
  std::vector<bool> granted;
  for (const Decision& decision : decisions) granted.push_back(decision.granted());
  EXPECT_EQ(granted, (std::vector<bool>{true, true, false, true, true, false, true}));
}

// ---- who moves
// -------------------------------------------------------------------------------------

// A -take-> B, B -free by same-> A, B -steal by other-> C.
OneEndpoint lock(Outcome take = Outcome::Granted) {
  OneEndpoint e({"take", "free", "steal", "use"});
  Protocol& p = e.protocol(InstanceKind::Shared, 3);
  p.transitions = {e.step(0, 0, 1, take), moved_by(e.step(1, 1, 0), Mover::Same),
                   moved_by(e.step(1, 2, 2), Mover::Other), e.step(1, 3, 1)};
  return e;
}

TEST(Holder, IsTheCallerWhoseRequestLedIntoTheState) {
  const OneEndpoint e = lock();
  const CheckedModel model = sealed(e.model);
  Evaluator evaluator(model);
  EXPECT_FALSE(evaluator.holder(ProtocolId(0)).valid());
  ASSERT_TRUE(evaluator.step(e.ask(e.alice, 0), ReplyStatus::Ok).granted());
  EXPECT_EQ(evaluator.holder(ProtocolId(0)), e.alice);
  EXPECT_EQ(evaluator.decide(e.ask(e.bob, 1)).reason, Reason::Protocol);
  EXPECT_TRUE(evaluator.decide(e.ask(e.bob, 2)).granted());
  EXPECT_EQ(evaluator.decide(e.ask(e.alice, 2)).reason, Reason::Protocol);
  ASSERT_TRUE(evaluator.step(e.ask(e.alice, 1), ReplyStatus::Ok).granted());
  EXPECT_EQ(evaluator.holder(ProtocolId(0)), e.alice);
}

TEST(Holder, StaysWhenARequestStaysInTheState) {
  const OneEndpoint e = lock();
  const CheckedModel model = sealed(e.model);
  Evaluator evaluator(model);
  evaluator.step(e.ask(e.alice, 0), ReplyStatus::Ok);
  ASSERT_TRUE(evaluator.step(e.ask(e.bob, 3), ReplyStatus::Ok).granted());
  EXPECT_EQ(evaluator.holder(ProtocolId(0)), e.alice);
}

TEST(Holder, OfAReplyIsTheCallerOfItsRequest) {
  const OneEndpoint e = lock(Outcome::Ok);
  const CheckedModel model = sealed(e.model);
  Evaluator evaluator(model);
  ASSERT_TRUE(evaluator.call(e.ask(e.alice, 0)).granted());
  ASSERT_TRUE(evaluator.call(e.ask(e.bob, 0)).granted());
  EXPECT_FALSE(evaluator.holder(ProtocolId(0)).valid());
  evaluator.reply(e.ask(e.alice, 0), ReplyStatus::Ok);
  EXPECT_EQ(evaluator.holder(ProtocolId(0)), e.alice);
  evaluator.reply(e.ask(e.bob, 0), ReplyStatus::Ok);
  EXPECT_EQ(evaluator.holder(ProtocolId(0)), e.alice);
}

TEST(Holder, NobodyIsBeforeTheFirstMoveAndAfterATimeout) {
  OneEndpoint e({"same", "other", "go"});
  Protocol& p = e.protocol(InstanceKind::Shared, 2);
  for (uint32_t state : {0u, 1u}) {
    p.transitions.push_back(moved_by(e.step(state, 0, state), Mover::Same));
    p.transitions.push_back(moved_by(e.step(state, 1, state), Mover::Other));
  }
  p.transitions.push_back(e.step(0, 2, 1));
  p.states[1].timeout = Timeout{5, 1, {}};
  const CheckedModel model = sealed(e.model);
  Evaluator evaluator(model);
  const auto nobody = [&] {
    EXPECT_FALSE(evaluator.holder(ProtocolId(0)).valid());
    EXPECT_FALSE(evaluator.decide(e.ask(e.alice, 0)).granted());
    EXPECT_TRUE(evaluator.decide(e.ask(e.alice, 1)).granted());
  };
  nobody();
  ASSERT_TRUE(evaluator.step(e.ask(e.alice, 2), ReplyStatus::Ok).granted());
  EXPECT_TRUE(evaluator.decide(e.ask(e.alice, 0)).granted());
  EXPECT_FALSE(evaluator.decide(e.ask(e.alice, 1)).granted());
  evaluator.wait_ms(5);
  nobody();
}

TEST(Movers, AListedCallerAloneMayTakeTheTransition) {
  OneEndpoint e({"go"});
  Protocol& p = e.protocol(InstanceKind::Shared, 2);
  p.transitions = {moved_by(e.step(0, 0, 1), {e.alice, e.bob})};
  const CheckedModel model = sealed(e.model);
  const Evaluator evaluator(model);
  EXPECT_TRUE(evaluator.decide(e.ask(e.bob, 0)).granted());
  EXPECT_EQ(evaluator.decide(e.ask(e.carol, 0)).reason, Reason::Protocol);
}

// Whoever asks, then somebody else agrees: a person cannot be both.
TEST(Movers, FourEyes) {
  OneEndpoint e({"ask", "agree", "act"});
  Protocol& p = e.protocol(InstanceKind::Shared, 3);
  p.transitions = {e.step(0, 0, 1), moved_by(e.step(1, 1, 2, Outcome::Ok), Mover::Other),
                   e.step(2, 2, 0)};
  const CheckedModel model = sealed(e.model);
  Evaluator evaluator(model);
  evaluator.step(e.ask(e.alice, 0), ReplyStatus::Ok);
  EXPECT_FALSE(evaluator.step(e.ask(e.alice, 1), ReplyStatus::Ok).granted());
  EXPECT_TRUE(evaluator.step(e.ask(e.bob, 1), ReplyStatus::Error).granted());
  EXPECT_EQ(evaluator.state(ProtocolId(0), e.bob), 1u);
  EXPECT_TRUE(evaluator.step(e.ask(e.bob, 1), ReplyStatus::Ok).granted());
  EXPECT_TRUE(evaluator.decide(e.ask(e.carol, 2)).granted());
}

// ---- snapshots
// -------------------------------------------------------------------------------------

TEST(Snapshot, TellsHoldersAndTimesWhereTheyMatter) {
  const OneEndpoint e = lock();
  const CheckedModel model = sealed(e.model);
  Evaluator by_alice(model);
  by_alice.step(e.ask(e.alice, 0), ReplyStatus::Ok);
  Evaluator by_bob(model);
  by_bob.step(e.ask(e.bob, 0), ReplyStatus::Ok);
  EXPECT_NE(by_alice.snapshot(), by_bob.snapshot());
  const std::vector<uint32_t> before = by_alice.snapshot();
  by_alice.wait_ms(1);
  EXPECT_EQ(by_alice.snapshot(), before);

  OneEndpoint anyone = e;
  for (Transition& t : anyone.model.protocols[ProtocolId(0)].transitions) t.mover = Mover::Anyone;
  anyone.model.protocols[ProtocolId(0)].states[1].timeout = Timeout{10, 0, {}};
  const CheckedModel timed = sealed(anyone.model);
  Evaluator first(timed);
  first.step(e.ask(e.alice, 0), ReplyStatus::Ok);
  Evaluator second(timed);
  second.wait_ms(3);
  second.step(e.ask(e.bob, 0), ReplyStatus::Ok);
  EXPECT_EQ(first.snapshot(), second.snapshot());
  second.wait_ms(1);
  EXPECT_NE(first.snapshot(), second.snapshot());
  first.wait_ms(10);
  second.wait_ms(9);
  EXPECT_EQ(first.snapshot(), second.snapshot());
  EXPECT_EQ(first.snapshot(), Evaluator(timed).snapshot());
}

// ---- whose
// -----------------------------------------------------------------------------------------

TEST(Whose, SelfAndOtherTellTheOwnerFromTheRest) {
  OneEndpoint e({"run"});
  Rule& rule = e.model.rules[e.all];
  rule.subjects = {e.server, e.alice};
  rule.targets[0].whose = Whose::Own;
  const CheckedModel own = sealed(e.model);
  EXPECT_TRUE(Evaluator(own).decide(e.ask(e.server, 0)).granted());
  EXPECT_EQ(Evaluator(own).decide(e.ask(e.alice, 0)).reason, Reason::NoRule);
  rule.targets[0].whose = Whose::Others;
  const CheckedModel others = sealed(e.model);
  EXPECT_FALSE(Evaluator(others).decide(e.ask(e.server, 0)).granted());
  EXPECT_TRUE(Evaluator(others).decide(e.ask(e.alice, 0)).granted());
}

// ---- tests and texts
// -------------------------------------------------------------------------------

TEST(Tests, WaitBeforeTheirRequests) {
  OneEndpoint e = session();
  bh::Test test{"late", {}, {}};
  test.steps.push_back({{e.ask(e.alice, 0), ReplyStatus::Ok, 0}, true, {}, {}, false, {}});
  test.steps.push_back({{e.ask(e.alice, 1), ReplyStatus::Ok, 4999}, true, {}, {}, false, {}});
  test.steps.push_back(
      {{e.ask(e.alice, 1), ReplyStatus::Ok, 1}, false, {}, ProtocolId(0), false, {}});
  e.model.tests.add(test);
  test.steps.back().step.wait_ms = 0;
  e.model.tests.add(test);
  DiagnosticSink sink;
  const TestCounts counts = run_tests(sealed(e.model), sink);
  EXPECT_EQ(counts.run, 2u);
  EXPECT_EQ(counts.failed, 1u);
  ASSERT_EQ(sink.diagnostics().size(), 1u);
  EXPECT_EQ(sink.diagnostics()[0].code, diag::TestFailed.number);
}

TEST(Print, AStepTellsItsWait) {
  const OneEndpoint e = session();
  TraceStep step{e.ask(e.alice, 0), ReplyStatus::Ok, 0};
  EXPECT_EQ(print(e.model, step), "Alice -> Server.door.open()");
  const std::vector<std::pair<uint64_t, std::string>> waits = {
      {1, "1ms"},      {1500, "1500ms"},   {5000, "5s"},
      {90'000, "90s"}, {600'000, "10min"}, {7'200'000, "2h"}};
  for (const auto& [ms, text] : waits) {
    step.wait_ms = ms;
    EXPECT_EQ(print(e.model, step), "after " + text + ": Alice -> Server.door.open()");
  }
}

}  // namespace
}  // namespace bh
