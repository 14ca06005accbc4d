#include "targets/microkernel/monitor/decide.h"

#include <gtest/gtest.h>

#include <memory>

#include "targets/microkernel/testing/built.h"
#include "targets/microkernel/testing/sample_system.h"

namespace bh::kernel {
namespace {

using namespace bh::kernel::testing;

const MethodSpec Plain{0, 0, 0, 0, false, {}};

// Closed -0 ok-> Open -1-> Open at most 3, -0-> Closed; Open for 50 ms at most.
ProtocolSpec door(bh_instance instance = BH_INSTANCE_SHARED) {
  return {
      instance,
      2,
      0,
      {{0, 0, BH_OUTCOME_OK, 1, 0}, {1, 1, BH_OUTCOME_CALL, 1, 3}, {1, 0, BH_OUTCOME_CALL, 0, 0}},
      {{1, 50, 0}},
      "Door",
      {"Closed", "Open"}};
}

// The same with the states the other way round, a third one between them, and four times.
ProtocolSpec other_door(bh_instance instance = BH_INSTANCE_SHARED) {
  return {instance,
          3,
          2,
          {{2, 0, BH_OUTCOME_OK, 0, 0},
           {0, 0, BH_OUTCOME_ERROR, 0, 9},
           {0, 1, BH_OUTCOME_CALL, 0, 4},
           {1, 0, BH_OUTCOME_CALL, 2, 0}},
          {{0, 80, 1}},
          "Door",
          {"Open", "Ajar", "Closed"}};
}

SystemSpec with(std::vector<ProtocolSpec> protocols) {
  SystemSpec system;
  system.components = {{{{0, 3, 0, {}}}, 0, {}}, {}, {}};
  system.endpoints = {{1, {Plain, Plain}, std::move(protocols)}};
  return system;
}

class CarryOver : public ::testing::Test {
 protected:
  // Component 0 opens the door at 5 and goes through twice.
  void go(const Table& table) {
    states->reset(table, 0, 1);
    states->advance(table, {0, 0, 0, 5}, BH_OUTCOME_OK);
    states->advance(table, {0, 0, 1, 6}, BH_OUTCOME_CALL);
    states->advance(table, {0, 0, 1, 7}, BH_OUTCOME_CALL);
  }
  bool to(const Table& from, const Table& table, uint64_t now = 10) {
    return states->carry_over(from, table, now, *later);
  }
  std::unique_ptr<ProtocolStates> states = std::make_unique<ProtocolStates>();
  std::unique_ptr<ProtocolStates> later = std::make_unique<ProtocolStates>();
};

TEST_F(CarryOver, FindsStatesByNameAndKeepsTimeHolderAndCounters) {
  for (bh_instance instance : {BH_INSTANCE_SHARED, BH_INSTANCE_PER_CALLER}) {
    Built a(with({door(instance)}));
    Built b(
        with({door(BH_INSTANCE_SHARED == instance ? BH_INSTANCE_PER_CALLER : BH_INSTANCE_SHARED),
              other_door(instance)}));
    go(a.table);
    ASSERT_TRUE(to(a.table, b.table));
    const ProtocolInstance& was = states->of(a.table.protocols[0], 0);
    const ProtocolInstance& is = later->of(b.table.protocols[1], 0);
    EXPECT_EQ(is.state, 0);
    EXPECT_EQ(is.entered, 5u);
    EXPECT_EQ(is.holder, was.holder);
    // Two of four are used up; the limit of another method counts from here.
    for (int left = 2; left > 0; --left) {
      EXPECT_EQ(later->refusing(b.table, {0, 0, 1, 11}), 0u) << "the other one, never opened";
      later->advance(b.table, {0, 0, 1, 11}, BH_OUTCOME_CALL);
    }
    EXPECT_EQ(later->of(b.table.protocols[1], 0).counters[1], 4u);
    EXPECT_EQ(later->of(b.table.protocols[1], 0).counters[0], 0u);
    if (instance == BH_INSTANCE_PER_CALLER) {
      EXPECT_EQ(later->of(b.table.protocols[1], 2).state, 2)
          << "who has not moved is closed there too";
    }
  }
}

TEST_F(CarryOver, TimeoutsThatAreDueHappenBefore) {
  Built a(with({door()}));
  Built b(with({other_door()}));
  go(a.table);
  ASSERT_TRUE(to(a.table, b.table, 55));
  EXPECT_EQ(later->of(b.table.protocols[0], 0).state, 2);
  EXPECT_EQ(later->of(b.table.protocols[0], 0).entered, 55u);
}

TEST_F(CarryOver, RefusesWhatWouldBeLost) {
  Built a(with({door()}));
  Built none(with({}));
  ProtocolSpec renamed = door();
  renamed.name = "Gate";
  Built gate(with({renamed}));
  Built kind(with({door(BH_INSTANCE_PER_CALLER)}));
  ProtocolSpec without = door();
  without.state_names = {"Closed", "Ajar"};
  Built ajar(with({without}));
  ProtocolSpec unnamed = door();
  unnamed.state_names = {};
  Built nameless(with({unnamed}));
  const Table* all[] = {&none.table, &gate.table, &kind.table, &ajar.table, &nameless.table};
  for (const Table* table : all) {
    go(a.table);
    EXPECT_FALSE(to(a.table, *table));
  }
  // Before anybody has moved, a protocol may go, but not its state alone.
  states->reset(a.table, 0, 1);
  EXPECT_TRUE(to(a.table, none.table));
  EXPECT_TRUE(to(a.table, gate.table));
  EXPECT_TRUE(to(a.table, kind.table));
  EXPECT_TRUE(to(a.table, ajar.table));
  EXPECT_FALSE(to(a.table, nameless.table));
}

// A path of random requests: carrying over to the same table in the middle changes no decision.
TEST_F(CarryOver, ToTheSameTableChangesNothing) {
  Built a(with({door(), other_door(BH_INSTANCE_PER_CALLER)}));
  states->reset(a.table, 0, 1);
  auto reference = std::make_unique<ProtocolStates>();
  reference->reset(a.table, 0, 1);
  uint64_t random = 12345;
  for (uint64_t now = 1; now < 3000;) {
    random = random * 6364136223846793005 + 1442695040888963407;
    now += random >> 60;
    const ProtocolCall call{0, static_cast<uint32_t>(random >> 33) % 3,
                            static_cast<uint32_t>(random >> 40) % 2, now};
    const auto outcome = static_cast<bh_outcome>((random >> 50) % 3);
    ASSERT_EQ(states->refusing(a.table, call), reference->refusing(a.table, call)) << now;
    states->advance(a.table, call, outcome);
    reference->advance(a.table, call, outcome);
    ASSERT_TRUE(to(a.table, a.table, now));
    std::swap(states, later);
  }
}

TEST(MayFollow, OnlyANewerTableOfTheSameSystem) {
  const SystemSpec system = sample_system();
  Built a(system);
  const auto verdict = [&](auto change) {
    SystemSpec next = system;
    next.policy_version = 2;
    change(next);
    Built b(next);
    return may_follow(a.table, b.table);
  };
  EXPECT_EQ(verdict([](SystemSpec&) {}), BH_EXIT_OK);
  EXPECT_EQ(verdict([](SystemSpec& s) {
              s.components[0].edges[0].allow = 0, s.components[0].edges[0].audit = 0,
              s.components[0].edges[0].conditions = {};
            }),
            BH_EXIT_OK);
  EXPECT_EQ(verdict([](SystemSpec& s) { s.endpoints[0].protocols = {}; }), BH_EXIT_OK);
  EXPECT_EQ(verdict([](SystemSpec& s) { s.policy_version = 1; }), BH_EXIT_VERSION);
  EXPECT_EQ(verdict([](SystemSpec& s) { s.abi_hash ^= 1; }), BH_EXIT_ABI);
  EXPECT_EQ(verdict([](SystemSpec& s) { s.components.push_back({}); }), BH_EXIT_ABI);
  EXPECT_EQ(verdict([](SystemSpec& s) { s.components[0].edges.pop_back(); }), BH_EXIT_ABI);
  EXPECT_EQ(verdict([](SystemSpec& s) { s.endpoints[1].receiver = 2; }), BH_EXIT_ABI);
  EXPECT_EQ(verdict([](SystemSpec& s) { s.endpoints[1].service = BH_SERVICE_CRASHES; }),
            BH_EXIT_ABI);
  EXPECT_EQ(
      verdict([](SystemSpec& s) { s.endpoints[2].methods.push_back(s.endpoints[2].methods[1]); }),
      BH_EXIT_ABI);
  EXPECT_EQ(verdict([](SystemSpec& s) { s.components[2].bound_image = {9}; }), BH_EXIT_IMAGE_HASH);
  EXPECT_EQ(verdict([](SystemSpec& s) { s.components[1].bound_image = {9}; }), BH_EXIT_IMAGE_HASH);
  EXPECT_EQ(verdict([](SystemSpec& s) { s.components[2].bound_image = {}; }), BH_EXIT_OK);
}

}  // namespace
}  // namespace bh::kernel
