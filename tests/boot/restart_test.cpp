// Who crashed is told of and started again, and nobody waits for ever.
#include <gtest/gtest.h>

#include "tests/boot/steps.h"

namespace bh::boot_test {
namespace {

using namespace bh::kernel::testing;

const MethodSpec Plain{2, 0, 1, 0, false, {}};
const MethodSpec Nothing{};
const MethodSpec OneWord{1, 0, 0, 0, false, {}};
const MethodSpec Event{0, 0, 0, 0, true, {}};

constexpr uint64_t Crashes = 0, Work = 1, WorkersLife = 2;  // endpoints

Step work(uint32_t thousand_instructions) {
  Step step;
  step.op = Op::Work;
  step.repeat = thousand_instructions;
  return step;
}

Step raw_reply(uint64_t id, bh_status status) {
  Step step;
  step.op = Op::SystemCall;
  step.method = BH_REPLY;
  step.channel = BH_OK;
  step.words[0] = id;
  step.status = status;
  return step;
}

// 0 supervises (channel 0: the life of 1, whole), 1 works and may tell 0 of its crash, 2 calls 1.
SystemSpec supervised() {
  SystemSpec system;
  system.components = {{{{WorkersLife, 7, 0, {}}}, true, {}},
                       {{{Crashes, 1, 0, {}}}, true, {}},
                       {{{Work, 1, 0, {}}}, true, {}}};
  system.endpoints = {{0, {Event}, {}, BH_SERVICE_CRASHES},
                      {1, {Plain}, {}},
                      {1, {Nothing, Nothing, Nothing}, {}, BH_SERVICE_LIFE}};
  return system;
}

Step life(bh_life_method method, bh_status status = BH_OK) { return call(0, method, {}, status); }

// Answers once, and crashes by what comes then.
ByteVector crashing() {
  return scripted({simple(Op::ExpectNoTrace), simple(Op::LeaveTrace), serve(0, {}, BH_OK, {3}),
                   simple(Op::Reply), serve(0), attack(Attack::ReadNull)});
}

TEST(Restart, ACrashIsToldAndTheNextLifeIsAFreshOne) {
  Outcome r =
      run(supervised(),
          {scripted({serve(0), life(BH_LIFE_RESTART), serve(0), life(BH_LIFE_START), serve(0)}),
           crashing(),
           caller({call(0, 0, {}, BH_OK, {3}), call(0, 0, {}, BH_PEER_GONE), wait_until(2'000),
                   call(0, 0, {}, BH_OK, {3}), call(0, 0, {}, BH_PEER_GONE), wait_until(4'000),
                   call(0, 0, {}, BH_OK, {3})})});
  EXPECT_EQ(r.exit, 0) << r.text;
  const auto started = r.of("started");
  ASSERT_EQ(started.size(), 2u) << r.text;
  EXPECT_EQ(started[0]["words"][0], 1 | 1 << 16);
  EXPECT_EQ(started[1]["words"][0], 1 | 2 << 16);
  EXPECT_EQ(r.of("fault").size(), 2u);
}

TEST(Restart, TheBudgetIsAProtocol) {
  SystemSpec system = supervised();
  system.endpoints[WorkersLife].protocols = {
      {BH_INSTANCE_SHARED, 1, 0, {{0, BH_LIFE_RESTART, BH_OUTCOME_CALL, 0, 2}}}};
  Outcome r = run(
      system,
      {caller({life(BH_LIFE_RESTART), life(BH_LIFE_RESTART), life(BH_LIFE_RESTART, BH_REFUSED)}),
       server(), server()});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(r.of("stopped").size(), 2u);
  EXPECT_EQ(r.of("started").size(), 2u);
  EXPECT_EQ(r.of("refused")[0]["reason"], "protocol");
}

TEST(Restart, StartAndStopSayWhetherThereWasAnythingToDo) {
  Outcome r =
      run(supervised(),
          {caller({life(BH_LIFE_START, BH_ERROR), life(BH_LIFE_STOP), life(BH_LIFE_STOP, BH_ERROR),
                   life(BH_LIFE_START), life(BH_LIFE_START, BH_ERROR)}),
           server(), server()});
  EXPECT_EQ(r.exit, 0) << r.text;
}

TEST(Restart, NeedsTheRight) {
  SystemSpec system = supervised();
  system.components[0].edges[0].allow = 1 << BH_LIFE_START;
  Outcome r =
      run(system, {caller({life(BH_LIFE_RESTART, BH_REFUSED), life(BH_LIFE_STOP, BH_REFUSED)}),
                   server(), server()});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(r.of("refused").size(), 2u);
  EXPECT_EQ(r.of("stopped").size(), 0u);
}

// The worker is stopped while its caller waits for the reply, and while another stands in the
// queue.
TEST(Restart, WhoWaitsForAStoppedComponentIsTold) {
  SystemSpec system = supervised();
  system.components.push_back(system.components[2]);
  Outcome r =
      run(system, {scripted({wait_until(3'000), life(BH_LIFE_STOP), life(BH_LIFE_START),
                             wait_until(6'000), simple(Op::Shutdown)}),
                   scripted({serve(0), simple(Op::Spin)}), scripted({call(0, 0, {}, BH_PEER_GONE)}),
                   scripted({wait_until(1'000), call(0, 0, {}, BH_REFUSED)})});
  EXPECT_EQ(r.exit, 0) << r.text;
}

// 1 is started again while it waits itself: its call is over, and the reply to its former life goes
// nowhere.
TEST(Restart, AReplyToAFormerLifeIsRefused) {
  SystemSpec system = supervised();
  system.components[1].edges = {{3, 1, 0, {}}};
  system.components[2] = {{}, true, {}};
  system.endpoints.push_back({2, {Plain}, {}});
  Outcome r = run(system, {scripted({wait_until(2'000), life(BH_LIFE_RESTART), wait_until(20'000),
                                     simple(Op::Shutdown)}),
                           scripted({call(0, 0, {5, 6}, BH_OK, {3})}),
                           scripted({serve(0, {5, 6}, BH_OK, {9}), work(4'000), simple(Op::Reply),
                                     serve(0, {5, 6}, BH_OK, {3}), simple(Op::Reply)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  ASSERT_EQ(r.of("refused").size(), 1u) << r.text;
  EXPECT_EQ(r.of("refused")[0]["reason"], "stale");
  EXPECT_EQ(r.of("refused")[0]["subject"], 2);
  EXPECT_EQ(r.of("refused")[0]["words"][0], 1);
}

TEST(Restart, AReplyToAnybodyElseIsRefused) {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  Outcome r =
      run(system, {caller({call(0, 0, {1, 2}, BH_OK, {3})}),
                   scripted({raw_reply(0, BH_REFUSED), serve(0, {1, 2}, BH_OK, {3}),
                             raw_reply(1, BH_REFUSED), raw_reply(1 << 16, BH_REFUSED),
                             raw_reply(uint64_t{1} << 32, BH_REFUSED), raw_reply(BH_NOBODY, BH_OK),
                             simple(Op::Reply), raw_reply(0, BH_REFUSED), serve(0)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(r.of("refused").size(), 5u) << r.text;
  for (const nlohmann::json& line : r.of("refused")) EXPECT_EQ(line["reason"], "stale");
}

// Two crash while their supervisor works: it hears of both, first come first served.
TEST(Restart, NewsOfCrashesWaitForABusySupervisor) {
  SystemSpec system = supervised();
  system.components[2] = system.components[1];
  system.components[0].edges.clear();
  Outcome r = run(
      system, {scripted({work(3'000), serve(0), serve(0), simple(Op::Shutdown)}),
               scripted({attack(Attack::ReadNull)}), scripted({attack(Attack::ReadKernelCode)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r), "fault/memory fault/memory granted reply granted reply granted shutdown")
      << r.text;
  EXPECT_EQ(r.of("granted")[0]["subject"], 1);
  EXPECT_EQ(r.of("granted")[1]["subject"], 2);
}

TEST(Restart, WhoMayNotTellOfItsCrashDoesNot) {
  SystemSpec system = supervised();
  system.components[1].edges.clear();
  Outcome r = run(system, {scripted({serve(0)}), scripted({attack(Attack::ReadNull)}), server()});
  EXPECT_EQ(r.exit, BH_EXIT_QUIET) << r.text;
}

TEST(Timeouts, ASlowServerLosesItsCaller) {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  system.call_ms = 5;
  Outcome r = run(system, {caller({call(0, 0, {1, 2}, BH_TIMED_OUT), wait_until(20'000),
                                   call(0, 0, {4, 5}, BH_OK, {3})}),
                           scripted({serve(0, {1, 2}, BH_OK, {9}), work(12'000), simple(Op::Reply),
                                     serve(0, {4, 5}, BH_OK, {3}), simple(Op::Reply)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  ASSERT_EQ(r.of("reply").size(), 2u) << r.text;
  EXPECT_EQ(r.of("reply")[0]["status"], BH_TIMED_OUT);
  EXPECT_EQ(r.of("reply")[0]["reason"], "timed_out");
  ASSERT_EQ(r.of("refused").size(), 1u) << r.text;
  EXPECT_EQ(r.of("refused")[0]["reason"], "stale");
  const auto ms = r.boot["ticks_per_ms"].get<uint64_t>();
  const uint64_t waited =
      r.of("reply")[0]["time"].get<uint64_t>() - r.of("granted")[0]["time"].get<uint64_t>();
  EXPECT_TRUE(waited >= 5 * ms && waited <= 7 * ms + ms / 2) << waited;
}

TEST(Timeouts, WhoNeverReceivesLosesItsCallersToo) {
  SystemSpec system = pair({Plain, Event}, {0, 3, 0, {}});
  system.call_ms = 5;
  Outcome r = run(system, {caller({call(0, 0, {}, BH_TIMED_OUT), call(0, 1, {}, BH_TIMED_OUT)}),
                           scripted({simple(Op::Spin)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r), "refused/timed_out refused/timed_out granted shutdown") << r.text;
}

TEST(Timeouts, ADeadlockResolves) {
  SystemSpec system;
  system.components = {{{{1, 1, 0, {}}}, true, {}}, {{{0, 1, 0, {}}}, 0, {}}};
  system.endpoints = {{0, {Plain}, {}}, {1, {Plain}, {}}};
  system.call_ms = 20;
  Outcome r = run(system, {caller({call(0, 0, {}, BH_TIMED_OUT)}),
                           scripted({call(0, 0, {}, BH_TIMED_OUT), serve(0)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r), "refused/timed_out refused/timed_out granted shutdown") << r.text;
}

// A call that timed out is an error to the protocol: the session is not opened.
TEST(Timeouts, AreErrorsToTheProtocol) {
  const ProtocolSpec session{
      BH_INSTANCE_PER_CALLER,
      2,
      0,
      {{0, 0, BH_OUTCOME_OK, 1, 0}, {0, 0, BH_OUTCOME_ERROR, 0, 1}, {1, 1, BH_OUTCOME_CALL, 1, 0}}};
  SystemSpec system = pair({Plain, Plain}, {0, 3, 0, {}}, {session});
  system.call_ms = 5;
  Outcome r = run(system, {caller({call(0, 0, {}, BH_TIMED_OUT), wait_until(20'000),
                                   call(0, 1, {}, BH_REFUSED), call(0, 0, {}, BH_REFUSED)}),
                           scripted({serve(0), work(8'000), simple(Op::Reply), serve(0)})});
  EXPECT_EQ(r.exit, 0) << r.text;
}

// 0 may ask the machine everything, 1 nothing.
SystemSpec with_machine() {
  SystemSpec system;
  system.components = {{{{0, 3, 0, {}}}, 0, {}}, {}, {}};
  system.endpoints = {{2, {OneWord, OneWord}, {}, BH_SERVICE_MACHINE}};
  return system;
}

TEST(Machine, EndsForThoseWhoMayAskIt) {
  Outcome r =
      run(with_machine(), {scripted({call(0, BH_MACHINE_SHUTDOWN, {7})}), server(), server()});
  EXPECT_EQ(r.exit, 7) << r.text;
  EXPECT_EQ(summary(r), "granted shutdown") << r.text;
  r = run(with_machine(), {scripted({call(0, BH_MACHINE_SHUTDOWN, {4000})}), server(), server()});
  EXPECT_EQ(r.exit, 31) << r.text;
  SystemSpec denied = with_machine();
  denied.components[0].edges[0].allow = 2;
  r = run(denied, {scripted({call(0, BH_MACHINE_SHUTDOWN, {7}, BH_REFUSED)}), server(), server()});
  EXPECT_EQ(r.exit, BH_EXIT_QUIET) << r.text;
}

TEST(Machine, TheWatchdogBites) {
  Outcome fed =
      run(with_machine(), {scripted({call(0, BH_MACHINE_WATCHDOG, {10}), wait_until(8'000),
                                     call(0, BH_MACHINE_WATCHDOG, {10}), wait_until(16'000),
                                     call(0, BH_MACHINE_WATCHDOG, {0})}),
                           server(), server()});
  EXPECT_EQ(fed.exit, BH_EXIT_QUIET) << fed.text;
  Outcome bitten =
      run(with_machine(),
          {scripted({call(0, BH_MACHINE_WATCHDOG, {10}), wait_until(8'000), simple(Op::Spin)}),
           server(), server()});
  EXPECT_EQ(bitten.exit, BH_EXIT_WATCHDOG) << bitten.text;
  Outcome asleep = run(with_machine(), {scripted({call(0, BH_MACHINE_WATCHDOG, {10}), serve(0)}),
                                        server(), server()});
  EXPECT_EQ(asleep.exit, BH_EXIT_WATCHDOG) << asleep.text;
}

// The memory outlives the boot, as in a reset: the next boot tells of the crash, once, and nobody
// finds what components left there.
TEST(Machine, RemembersACrashAcrossAReset) {
  Scratch scratch;
  const auto boot = [&](const std::vector<Step>& steps) {
    return run({build_blob(with_machine()),
                build_archive({scripted(steps), server(), server()}, BH_ARCHIVE_VERBOSE, 5000),
                scratch.file("memory")});
  };
  Outcome first = boot({simple(Op::ExpectNoTrace), simple(Op::LeaveTrace),
                        call(0, BH_MACHINE_WATCHDOG, {1}), serve(0)});
  EXPECT_EQ(first.exit, BH_EXIT_WATCHDOG) << first.text;
  EXPECT_EQ(first.text.find("{\"crash\""), std::string::npos);
  const std::vector<Step> quietly = {simple(Op::ExpectNoTrace)};
  Outcome second = boot(quietly);
  EXPECT_EQ(second.exit, BH_EXIT_QUIET) << second.text;
  ASSERT_TRUE(second.text.starts_with("{\"crash\":84,\"fault\":[0,0,0],")) << second.text;
  const auto crash = nlohmann::json::parse(second.text.substr(0, second.text.find('\n')));
  ASSERT_EQ(crash["records"].size(), first.audit.size());
  EXPECT_EQ(crash["records"].back(), first.audit.back());
  Outcome third = boot(quietly);
  EXPECT_EQ(third.text.find("{\"crash\""), std::string::npos) << third.text;
}

}  // namespace
}  // namespace bh::boot_test
