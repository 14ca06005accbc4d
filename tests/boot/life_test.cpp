// How systems end, and how a component that misbehaves ends alone.
#include <gtest/gtest.h>

#include "tests/boot/steps.h"

namespace bh::boot_test {
namespace {

using namespace bh::kernel::testing;

const MethodSpec Plain{2, 0, 1, 0, false, {}};

// 0 attacks, 1 serves, 2 calls 1 and 0.
SystemSpec with_attacker() {
  SystemSpec system;
  system.components = {
      {{{1, 1, 0, {}}}, true, {}}, {{}, 0, {}}, {{{0, 1, 0, {}}, {1, 1, 0, {}}}, true, {}}};
  system.endpoints = {{0, {Plain}, {}}, {1, {Plain}, {}}};
  return system;
}

TEST(Life, ACallerWhoseReceiverIsStoppedGetsAnError) {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  Outcome r = run(system, {caller({call(0, 0, {}, BH_PEER_GONE), call(0, 0, {}, BH_REFUSED)}),
                           scripted({serve(0), attack(Attack::ReadNull)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r), "granted fault/memory reply refused/peer_gone granted shutdown") << r.text;
  EXPECT_EQ(r.of("reply")[0]["status"], BH_PEER_GONE);
}

TEST(Life, AnEndlessLoopIsStoppedByItsBudget) {
  SystemSpec system = with_attacker();
  system.budget_ms = 5;
  Outcome r = run(
      system, {scripted({simple(Op::Spin)}), server({3}), caller({call(0, 0, {}, BH_REFUSED)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r), "fault/budget refused/peer_gone granted shutdown") << r.text;
}

TEST(Life, AnEndlessLoopOfRefusedCallsIsStoppedToo) {
  SystemSpec system = with_attacker();
  system.budget_ms = 2;
  Step refused = call(0, 1, {}, BH_REFUSED);
  refused.repeat = 0xffffffff;
  Outcome r = run(system, {scripted({refused}), server(), caller({call(0, 0, {}, BH_REFUSED)})}, 0);
  EXPECT_EQ(r.exit, 0) << r.text.substr(0, 1000);
  ASSERT_EQ(r.of("fault").size(), 1u);
  EXPECT_EQ(r.of("fault")[0]["reason"], "budget");
}

TEST(Life, TheRunLimitEndsASystemThatNeverEnds) {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  Step endless = call(0, 0);
  endless.repeat = 0xffffffff;
  Outcome r = run(system, {scripted({endless}), server()}, 0, 8);
  EXPECT_EQ(r.exit, BH_EXIT_RUN_LIMIT) << r.text;
}

TEST(Life, DeadlockQuietAndAllEndedAreToldApart) {
  SystemSpec system;
  system.components = {{{{1, 1, 0, {}}}, 0, {}}, {{{0, 1, 0, {}}}, 0, {}}};
  system.endpoints = {{0, {Plain}, {}}, {1, {Plain}, {}}};
  Outcome deadlock = run(system, {scripted({call(0, 0)}), scripted({call(0, 0)})});
  EXPECT_EQ(deadlock.exit, BH_EXIT_DEADLOCK) << deadlock.text;
  EXPECT_EQ(deadlock.last["why"], "deadlock");
  Outcome quiet = run(system, {server(), server()});
  EXPECT_EQ(quiet.exit, BH_EXIT_QUIET) << quiet.text;
  Outcome ended = run(system, {scripted({}), scripted({})});
  EXPECT_EQ(ended.exit, BH_EXIT_ALL_ENDED) << ended.text;
  EXPECT_EQ(summary(ended), "exit exit");
}

TEST(Life, AnUnknownSystemCallStopsItsCaller) {
  SystemSpec system = with_attacker();
  Step unknown;
  unknown.op = Op::SystemCall;
  unknown.method = 77;
  Step too_long;
  too_long.op = Op::SystemCall;
  too_long.method = BH_PRINT;
  too_long.channel = 57;
  for (const Step& step : {unknown, too_long}) {
    Outcome r = run(system, {scripted({step}), server(), caller({call(0, 0, {}, BH_REFUSED)})});
    EXPECT_EQ(r.exit, 0) << r.text;
    ASSERT_EQ(r.of("fault").size(), 1u) << r.text;
    EXPECT_EQ(r.of("fault")[0]["reason"], "syscall");
  }
}

TEST(Life, WildChannelsAndMethodsAreRefused) {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  std::vector<Step> steps;
  for (uint64_t wild : {uint64_t{1} << 16, uint64_t{1} << 32, ~uint64_t{0}, uint64_t{1} << 63}) {
    Step step;
    step.op = Op::SystemCall;
    step.method = BH_CALL;
    step.channel = wild;
    step.status = BH_REFUSED;
    steps.push_back(step);
    step.channel = 0;
    step.words[0] = wild;
    steps.push_back(step);
  }
  Outcome r = run(system, {caller(steps), server()});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(r.of("refused").size(), steps.size()) << r.text;
  EXPECT_EQ(r.of("granted").size(), 1u) << "the last: to end the system";
}

// Microseconds between the start of the system and the record.
uint64_t age(const Outcome& run, const nlohmann::json& record) {
  const auto ticks = record["time"].get<uint64_t>() - run.boot["start"].get<uint64_t>();
  return ticks * 1000 / run.boot["ticks_per_ms"].get<uint64_t>();
}

// The second caller goes first, at 20 ms; nobody runs while they wait, and the server still
// answers.
TEST(Life, WhoWaitsForAMomentRunsAtThatMoment) {
  SystemSpec system;
  system.components = {{{{0, 1, 0, {}}}, true, {}}, {{{0, 1, 0, {}}}, 0, {}}, {}};
  system.endpoints = {{2, {Plain}, {}}};
  Outcome r =
      run(system, {caller({wait_until(50'000), call(0, 0, {}, BH_OK, {3})}),
                   scripted({wait_until(20'000), call(0, 0, {}, BH_OK, {3})}), server({3})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r), "granted reply exit granted reply granted shutdown") << r.text;
  EXPECT_EQ(r.of("granted")[0]["subject"], 1);
  const uint64_t first = age(r, r.of("granted")[0]);
  const uint64_t second = age(r, r.of("granted")[1]);
  EXPECT_TRUE(first >= 20'000 && first < 20'050) << first;
  EXPECT_TRUE(second >= 50'000 && second < 50'050) << second;
}

TEST(Life, AMomentThatIsOverIsNotWaitedFor) {
  Outcome r =
      run(pair({Plain}, {0, 1, 0, {}}),
          {caller({wait_until(0), wait_until(1), call(0, 0, {}, BH_OK, {3})}), server({3})});
  EXPECT_EQ(r.exit, 0) << r.text;
}

TEST(Life, AWaitBeyondTheRunLimitEndsThere) {
  Outcome r =
      run(pair({Plain}, {0, 1, 0, {}}), {scripted({wait_until(~uint64_t{0})}), server({3})});
  EXPECT_EQ(r.exit, BH_EXIT_RUN_LIMIT) << r.text;
}

// In the session for 20 ms after the reply to method 0; method 1 needs it.
TEST(Life, ATimeoutFiresOnTheMachinesClock) {
  const ProtocolSpec session{BH_INSTANCE_PER_CALLER,
                             2,
                             0,
                             {{0, 0, BH_OUTCOME_OK, 1, 0}, {1, 1, BH_OUTCOME_CALL, 1, 0}},
                             {{1, 20, 0}}};
  Outcome r =
      run(pair({Plain, Plain}, {0, 3, 0, {}}, {session}),
          {caller({call(0, 1, {}, BH_REFUSED), call(0, 0, {}, BH_OK, {3}), wait_until(19'900),
                   call(0, 1, {}, BH_OK, {3}), wait_until(20'500), call(0, 1, {}, BH_REFUSED),
                   call(0, 0, {}, BH_OK, {3}), call(0, 1, {}, BH_OK, {3})}),
           server({3})});
  EXPECT_EQ(r.exit, 0) << r.text;
}

// Component c of 4,096 may call the 16 after it; only three of them have an image.
TEST(Absent, OnlySomeOfFourThousandComponentsRun) {
  constexpr uint16_t Many = 4096;
  SystemSpec system;
  for (uint16_t c = 0; c < Many; ++c) {
    ComponentSpec component;
    for (uint16_t i = 1; i <= 16; ++i) {
      component.edges.push_back({static_cast<uint16_t>((c + i) % Many), 1, 0, {}});
    }
    std::sort(component.edges.begin(), component.edges.end(),
              [](const EdgeSpec& a, const EdgeSpec& b) { return a.endpoint < b.endpoint; });
    component.ends = true;
    system.components.push_back(component);
    system.endpoints.push_back({c, {Plain}, {}});
  }
  std::vector<ByteVector> images(Many);
  images[7] = caller({call(0, 0, {1, 2}, BH_OK, {3}), call(1, 0, {}, BH_REFUSED), call(15, 0)});
  images[8] = server({3});
  images[23] = server();
  Outcome r = run(system, images);
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(r.boot["components"], Many);
  EXPECT_EQ(summary(r), "granted reply refused/peer_gone granted reply granted shutdown");
  EXPECT_EQ(r.of("granted")[0]["subject"], 7);
  EXPECT_EQ(r.of("granted")[1]["receiver"], 23);
  EXPECT_LE(build_blob(system).size(), 600'000u);
}

TEST(Absent, WithoutAnyImageThereIsNothingToRun) {
  EXPECT_EQ(run(pair({Plain}, {0, 1, 0, {}}), {{}, {}}).exit, BH_EXIT_ARCHIVE);
}

}  // namespace
}  // namespace bh::boot_test
