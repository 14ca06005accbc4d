#include "targets/microkernel/monitor/decide.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "targets/microkernel/testing/built.h"
#include "targets/microkernel/testing/sample_system.h"

namespace bh::kernel {
namespace {

using namespace bh::kernel::testing;

SystemSpec one_edge(MethodSpec method, EdgeSpec edge, std::vector<ProtocolSpec> protocols = {}) {
  SystemSpec system;
  system.components = {{{edge}, 0, {}}, {}};
  system.endpoints = {{1, {method, method, method}, std::move(protocols)}};
  return system;
}

TEST(Decide, DefaultIsDeny) {
  Built b(one_edge({1, 0, 0, 0, false, {}}, {0, 2, 0, {}}));
  EXPECT_EQ(b.ask(0, 0, 0).refusal.reason, BH_REASON_DEFAULT);
  EXPECT_TRUE(b.ask(0, 0, 1).refusal.none());
  EXPECT_EQ(b.ask(0, 0, 3).refusal.reason, BH_REASON_METHOD);
  EXPECT_EQ(b.ask(0, 0, 33).refusal.reason, BH_REASON_METHOD);
  EXPECT_EQ(b.ask(0, 0, uint64_t{1} << 32 | 1).refusal.reason, BH_REASON_METHOD);
  EXPECT_EQ(b.ask(0, 1, 1).refusal.reason, BH_REASON_CHANNEL);
  EXPECT_EQ(b.ask(0, uint64_t{1} << 32, 1).refusal.reason, BH_REASON_CHANNEL);
  EXPECT_EQ(b.ask(1, 0, 1).refusal.reason, BH_REASON_CHANNEL);
}

TEST(Decide, EachConditionalMethodHasItsOwnCondition) {
  Built b(one_edge({1, 0, 0, 0, false, {}}, {0, 7, 0, {{0, {{{0, 1, 1}}}}, {2, {{{0, 5, 5}}}}}}));
  EXPECT_TRUE(b.ask(0, 0, 0, {1}).refusal.none());
  EXPECT_EQ(b.ask(0, 0, 0, {5}).refusal.reason, BH_REASON_CONDITION);
  EXPECT_EQ(b.ask(0, 0, 0, {5}).refusal.rule, 0u);
  EXPECT_TRUE(b.ask(0, 0, 1, {77}).refusal.none());
  EXPECT_TRUE(b.ask(0, 0, 2, {5}).refusal.none());
  EXPECT_EQ(b.ask(0, 0, 2, {1}).refusal.rule, 1u);
}

TEST(Decide, ConditionsEqualTheirFormulaOnRandomWords) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    Condition condition(1 + random() % 3);
    for (auto& clause : condition) {
      clause.resize(1 + random() % 3);
      for (WordTest& t : clause)
        t = {static_cast<uint8_t>(random() % 6), random() % 4, random() % 8, random() % 16};
    }
    Built b(one_edge({6, 0, 0, 0, false, {}}, {0, 1, 0, {{0, condition}}}));
    for (int sample = 0; sample < 50; ++sample) {
      std::vector<uint64_t> words(6);
      for (uint64_t& word : words) word = random() % 16;
      bool expected = std::any_of(condition.begin(), condition.end(), [&](const auto& clause) {
        return std::all_of(clause.begin(), clause.end(), [&](const WordTest& t) {
          return t.low <= (words[t.word] & t.mask) && (words[t.word] & t.mask) <= t.high;
        });
      });
      EXPECT_EQ(b.ask(0, 0, 0, words).refusal.none(), expected);
    }
  }
}

TEST(Decide, BytesMustFitTheBufferTogether) {
  Built b(one_edge({3, 5, 0, 0, false, {}}, {0, 1, 0, {}}));
  EXPECT_EQ(b.ask(0, 0, 0, {96, 9999, 4000}).bytes, 4096u);
  EXPECT_EQ(b.ask(0, 0, 0, {97, 0, 4000}).refusal.reason, BH_REASON_TOO_LONG);
  EXPECT_EQ(b.ask(0, 0, 0, {~uint64_t{0}, 0, 1}).refusal.reason, BH_REASON_TOO_LONG);
}

TEST(Decide, PlainMethodsNeedNothingButTheirBitAndTheirCondition) {
  Built b(sample_system());
  std::vector<std::string> plain_found;
  for (uint32_t c = 0; c < b.table.count(BH_SECTION_COMPONENTS); ++c) {
    for (uint32_t channel = 0; channel < b.table.components[c].edge_count; ++channel) {
      const bh_edge& edge = b.table.edges[b.table.components[c].edge_first + channel];
      const bh_right& right = b.table.right(edge);
      uint32_t plain =
          b.table.endpoint(edge).protocol_count == 0 ? plain_methods(b.table, right) : 0;
      for (uint32_t method = 0; method < BH_METHODS; ++method) {
        if ((plain >> method & 1) == 0) continue;
        plain_found.push_back(std::to_string(c) + "." + std::to_string(edge.endpoint) + "." +
                              std::to_string(method));
        for (uint64_t word : {0, 4, 9}) {
          Grant grant = b.ask(c, channel, method, {word, word});
          const std::vector<uint64_t> words{word, word, 0, 0, 0, 0};
          EXPECT_EQ(grant.refusal.none(), condition_holds(b.table, right, method, words.data()));
          EXPECT_EQ(grant.bytes, 0u);
        }
      }
    }
  }
  // Not those of endpoint 0 (protocols), of 1 (an event) or method 0 of 2 (bytes).
  EXPECT_EQ(plain_found, (std::vector<std::string>{"0.2.1", "1.2.1"}));
}

// ---- protocols
// ---------------------------------------------------------------------------------------

struct Session {
  explicit Session(std::vector<ProtocolSpec> protocols)
      : built(one_edge({0, 0, 0, 0, false, {}}, {0, 7, 0, {}}, std::move(protocols))),
        states(std::make_unique<ProtocolStates>()) {
    states->reset(built.table, now, 10);
  }
  // Whether the call passed; if so its reply is `outcome`.
  bool call(uint32_t subject, uint32_t method, bh_outcome outcome = BH_OUTCOME_OK) {
    const ProtocolCall asked{0, subject, method, now};
    if (states->refusing(built.table, asked) != BH_NONE32) return false;
    states->advance(built.table, asked, BH_OUTCOME_CALL);
    states->advance(built.table, asked, outcome);
    return true;
  }
  uint8_t state(uint32_t subject, uint32_t protocol = 0) const {
    return states->of(built.table.protocols[protocol], subject).state;
  }
  Built built;
  std::unique_ptr<ProtocolStates> states;
  uint64_t now = 1000;  // ten ticks a millisecond
};

TEST(Protocol, MethodsThatAStateDoesNotMentionAreRefused) {
  Session s({{BH_INSTANCE_PER_CALLER, 2, 1, {{1, 0, BH_OUTCOME_CALL, 0, 0}}}});
  EXPECT_EQ(s.state(0), 1);
  EXPECT_FALSE(s.call(0, 1));
  EXPECT_TRUE(s.call(0, 0));
  EXPECT_EQ(s.state(0), 0);
  EXPECT_FALSE(s.call(0, 0));
}

TEST(Protocol, AReplyTakesTheStepOfItsStatusOrStays) {
  Session s({{BH_INSTANCE_PER_CALLER, 2, 0, {{0, 0, BH_OUTCOME_OK, 1, 0}}}});
  EXPECT_TRUE(s.call(0, 0, BH_OUTCOME_ERROR));
  EXPECT_EQ(s.state(0), 0);
  EXPECT_TRUE(s.call(0, 0, BH_OUTCOME_OK));
  EXPECT_EQ(s.state(0), 1);
}

TEST(Protocol, InstancesAreTheCallersOwnUnlessShared) {
  Session per_caller({{BH_INSTANCE_PER_CALLER, 2, 0, {{0, 0, BH_OUTCOME_CALL, 1, 0}}}});
  EXPECT_TRUE(per_caller.call(0, 0));
  EXPECT_FALSE(per_caller.call(0, 0));
  EXPECT_TRUE(per_caller.call(1, 0));
  Session shared({{BH_INSTANCE_SHARED, 2, 0, {{0, 0, BH_OUTCOME_CALL, 1, 0}}}});
  EXPECT_TRUE(shared.call(0, 0));
  EXPECT_FALSE(shared.call(1, 0));
}

TEST(Protocol, LimitsCountTakenStepsAndStartAnewWithTheState) {
  // in 0: method 0 at most 2 (call), method 1 at most 1 (ok), method 2 goes to 1; in 1: method 2
  // comes back
  Session s({{BH_INSTANCE_PER_CALLER,
              2,
              0,
              {{0, 0, BH_OUTCOME_CALL, 0, 2},
               {0, 1, BH_OUTCOME_OK, 0, 1},
               {0, 2, BH_OUTCOME_CALL, 1, 0},
               {1, 2, BH_OUTCOME_CALL, 0, 0}}}});
  EXPECT_TRUE(s.call(0, 0));
  EXPECT_TRUE(s.call(0, 0));
  EXPECT_FALSE(s.call(0, 0));
  EXPECT_TRUE(s.call(0, 1, BH_OUTCOME_ERROR));  // not taken, so not counted
  EXPECT_TRUE(s.call(0, 1, BH_OUTCOME_OK));
  EXPECT_FALSE(s.call(0, 1, BH_OUTCOME_OK));
  EXPECT_TRUE(s.call(0, 2));
  EXPECT_TRUE(s.call(0, 2));
  EXPECT_TRUE(s.call(0, 0));
  EXPECT_TRUE(s.call(0, 1));
}

TEST(Protocol, AUsedUpLimitRefusesTheCallWhateverItsReplyWouldBe) {
  Session s({{BH_INSTANCE_PER_CALLER,
              2,
              0,
              {{0, 0, BH_OUTCOME_OK, 0, 1}, {0, 0, BH_OUTCOME_ERROR, 1, 0}}}});
  EXPECT_TRUE(s.call(0, 0, BH_OUTCOME_OK));
  EXPECT_FALSE(s.call(0, 0, BH_OUTCOME_OK));
  EXPECT_FALSE(s.call(0, 0, BH_OUTCOME_ERROR));
  EXPECT_EQ(s.state(0), 0);
}

TEST(Protocol, AllProtocolsOfAnEndpointMustAgreeAndARefusalMovesNone) {
  Session s({{BH_INSTANCE_PER_CALLER,
              2,
              0,
              {{0, 0, BH_OUTCOME_CALL, 1, 0}, {1, 0, BH_OUTCOME_CALL, 0, 0}}},
             {BH_INSTANCE_PER_CALLER, 1, 0, {{0, 0, BH_OUTCOME_CALL, 0, 1}}}});
  EXPECT_TRUE(s.call(0, 0));
  EXPECT_EQ(s.states->refusing(s.built.table, {0, 0, 0, s.now}), 1u);
  EXPECT_FALSE(s.call(0, 0));
  EXPECT_EQ(s.state(0, 0), 1);
}

TEST(Protocol, ListedCallersAloneTakeAStep) {
  Session s({{BH_INSTANCE_SHARED, 1, 0, {{0, 0, BH_OUTCOME_CALL, 0, 0, BH_MOVER_ANYONE, {{1}}}}}});
  EXPECT_FALSE(s.call(0, 0));
  EXPECT_TRUE(s.call(1, 0));
}

TEST(Protocol, TheHolderIsWhoLedIntoTheState) {
  // In 0: method 0 leads to 1. In 1: method 0 stays, for the holder; method 1 leads back, for
  // others.
  Session s({{BH_INSTANCE_SHARED,
              2,
              0,
              {{0, 0, BH_OUTCOME_OK, 1, 0, BH_MOVER_OTHER},
               {1, 0, BH_OUTCOME_CALL, 1, 0, BH_MOVER_SAME},
               {1, 1, BH_OUTCOME_CALL, 0, 0, BH_MOVER_OTHER}}}});
  EXPECT_TRUE(s.call(0, 0)) << "nobody holds the initial state, so anyone is another";
  EXPECT_EQ(s.state(0), 1);
  EXPECT_FALSE(s.call(1, 0));
  EXPECT_TRUE(s.call(0, 0)) << "a self-loop has no influence on who holds the state";
  EXPECT_FALSE(s.call(0, 1));
  EXPECT_TRUE(s.call(1, 1));
  EXPECT_EQ(s.state(0), 0);
  EXPECT_FALSE(s.call(1, 0)) << "it led into the initial state";
  EXPECT_TRUE(s.call(0, 0));
}

TEST(Protocol, TimeoutsFireAtTheirMomentAndAfterwardsNobodyHolds) {
  Session s({{BH_INSTANCE_SHARED,
              2,
              0,
              {{0, 0, BH_OUTCOME_CALL, 1, 0, BH_MOVER_OTHER}, {1, 1, BH_OUTCOME_CALL, 1, 1}},
              {{1, 5, 0}}}});
  EXPECT_TRUE(s.call(0, 0));
  s.now += 49;
  EXPECT_TRUE(s.call(0, 1));
  EXPECT_FALSE(s.call(0, 1)) << "at most once";
  s.now += 1;
  EXPECT_FALSE(s.call(0, 1));
  EXPECT_EQ(s.state(0), 0);
  EXPECT_TRUE(s.call(0, 0)) << "it holds the state no longer";
}

TEST(Protocol, YearsOfTimeoutsTakeNoLongerThanAMoment) {
  // A start that is on no circle, then 1 for 3 ms, 2 for 4 ms, 1 ...
  Session s({{BH_INSTANCE_PER_CALLER,
              3,
              0,
              {{0, 0, BH_OUTCOME_CALL, 0, 0},
               {1, 1, BH_OUTCOME_CALL, 1, 2},
               {2, 2, BH_OUTCOME_CALL, 2, 0}},
              {{0, 2, 1}, {1, 3, 2}, {2, 4, 1}}}});
  EXPECT_TRUE(s.call(0, 0));
  const uint64_t first = s.now + 20;
  for (uint64_t rounds : {uint64_t{0}, uint64_t{1}, uint64_t{1000}, uint64_t{1} << 40}) {
    s.now = first + rounds * 70;
    EXPECT_TRUE(s.call(0, 1));
    EXPECT_TRUE(s.call(0, 1)) << "its counter starts anew with every entry";
    EXPECT_FALSE(s.call(0, 1));
    s.now += 29;
    EXPECT_FALSE(s.call(0, 2));
    s.now += 1;
    EXPECT_TRUE(s.call(0, 2));
    s.now += 39;
    EXPECT_TRUE(s.call(0, 2));
    EXPECT_EQ(s.states->of(s.built.table.protocols[0], 0).entered, first + rounds * 70 + 30);
  }
}

TEST(Protocol, AStateThatTimesOutIntoItselfStartsAnew) {
  Session s({{BH_INSTANCE_PER_CALLER, 1, 0, {{0, 0, BH_OUTCOME_CALL, 0, 1}}, {{0, 6, 0}}}});
  EXPECT_TRUE(s.call(0, 0));
  EXPECT_FALSE(s.call(0, 0));
  s.now += 60 * 1'000'000;
  EXPECT_TRUE(s.call(0, 0));
  s.now += 59;
  EXPECT_FALSE(s.call(0, 0));
  s.now += 1;
  EXPECT_TRUE(s.call(0, 0));
}

}  // namespace
}  // namespace bh::kernel
