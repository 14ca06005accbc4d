// A new table comes into force while the system runs, or is refused and changes nothing.
#include <gtest/gtest.h>

#include "tests/boot/steps.h"

namespace bh::boot_test {
namespace {

using namespace bh::kernel::testing;

const MethodSpec Plain{2, 0, 1, 0, false, {}};
const MethodSpec OneWord{1, 0, 0, 0, false, {}};
const MethodSpec Part{2, 2, 0, 0, false, {}};
const MethodSpec Nothing{};

constexpr uint64_t ToMachine = 1;  // channel of component 0

// 0 -open-> 1 -read-> 1
ProtocolSpec session() {
  return {BH_INSTANCE_PER_CALLER,
          2,
          0,
          {{0, 0, BH_OUTCOME_OK, 1, 0}, {1, 1, BH_OUTCOME_CALL, 1, 0}},
          {},
          "Session",
          {"Closed", "Open"}};
}

// 0 may ask 1 (open, read), and reload; 2 may ask 1 likewise, and nothing of the machine.
SystemSpec system_of(uint64_t version, uint32_t may_ask, std::vector<ProtocolSpec> protocols = {}) {
  SystemSpec system;
  system.components = {{{{0, may_ask, 0, {}}, {1, 15, 0, {}}}, true, {}},
                       {{}, true, {}},
                       {{{0, may_ask, 0, {}}, {1, 0, 0, {}}}, true, {}},
                       {}};
  system.endpoints = {{1, {Plain, Plain}, std::move(protocols)},
                      {3, {OneWord, OneWord, Part, Nothing}, {}, BH_SERVICE_MACHINE}};
  system.policy_version = version;
  return system;
}

Step stage(uint32_t part, bh_status status = BH_OK) {
  Step step;
  step.op = Op::Stage;
  step.channel = ToMachine;
  step.words[0] = part;
  step.status = status;
  return step;
}
Step reload(bh_status status = BH_OK) { return call(ToMachine, BH_MACHINE_RELOAD, {}, status); }

// 0 does the steps, with this table at hand; 1 answers 3.
Outcome with(const SystemSpec& first, const ByteVector& next, std::vector<Step> steps,
             uint32_t flags = BH_ARCHIVE_VERBOSE) {
  steps.push_back(simple(Op::Shutdown));
  return run(first, {scripted(steps, next), server({3}), scripted({}), server()}, flags);
}

TEST(Reload, TakesAGrantAwayAndGivesAnother) {
  for (uint32_t flags : {uint32_t{BH_ARCHIVE_VERBOSE}, 0u}) {
    for (uint32_t part : {1u, 64u, 999u, 4096u}) {
      Outcome r = with(system_of(1, 1), build_blob(system_of(2, 2)),
                       {call(0, 0, {}, BH_OK, {3}), call(0, 1, {}, BH_REFUSED), stage(part),
                        reload(), call(0, 0, {}, BH_REFUSED), call(0, 1, {}, BH_OK, {3})},
                       flags);
      EXPECT_EQ(r.exit, 0) << r.text;
      ASSERT_EQ(r.of("reload").size(), 1u) << r.text;
      EXPECT_EQ(r.of("reload")[0]["words"][0], 2);
      EXPECT_EQ(r.of("reload")[0]["words"][1], 0);
      ASSERT_EQ(r.of("refused").size(), 2u);
      EXPECT_EQ(r.of("refused")[0]["epoch"], 1);
      EXPECT_EQ(r.of("refused")[1]["epoch"], 2);
      if (part == 1) break;
    }
  }
}

TEST(Reload, RefusesWhatMayNotFollowAndGoesOn) {
  struct Case {
    bh_exit fault;
    ByteVector blob;
  };
  SystemSpec other_abi = system_of(2, 2);
  other_abi.abi_hash ^= 1;
  SystemSpec other_shape = system_of(2, 2);
  other_shape.components.pop_back();
  other_shape.endpoints[1].receiver = 2;
  ByteVector damaged = build_blob(system_of(2, 2));
  damaged[damaged.size() / 2] ^= 1;
  ByteVector unsound = build_blob(system_of(2, 2));
  unsound[sizeof(bh_header)] = 1;  // the first component's first edge
  seal_blob(unsound);
  ByteVector too_long = build_blob(system_of(2, 2));
  too_long.resize(too_long.size() + 8);
  ByteVector cut = build_blob(system_of(2, 2));
  cut.resize(cut.size() - 8);
  const std::vector<Case> cases = {{BH_EXIT_VERSION, build_blob(system_of(1, 2))},
                                   {BH_EXIT_ABI, build_blob(other_abi)},
                                   {BH_EXIT_ABI, build_blob(other_shape)},
                                   {BH_EXIT_SHA256, damaged},
                                   {BH_EXIT_STRUCTURE, unsound},
                                   {BH_EXIT_SHA256, too_long},
                                   {BH_EXIT_LENGTH, cut},
                                   {BH_EXIT_NO_BLOB, {1, 2, 3}}};
  for (const Case& c : cases) {
    Outcome r = with(
        system_of(1, 1), c.blob,
        {stage(512), reload(BH_ERROR), call(0, 0, {}, BH_OK, {3}), call(0, 1, {}, BH_REFUSED)});
    EXPECT_EQ(r.exit, 0) << r.text;
    ASSERT_EQ(r.of("reload").size(), 1u) << r.text;
    EXPECT_EQ(r.of("reload")[0]["words"][1], c.fault) << r.text;
    EXPECT_EQ(r.of("refused")[0]["epoch"], 1);
  }
}

TEST(Reload, NeedsTheRightAndPartsInOrder) {
  SystemSpec system = system_of(1, 1);
  Outcome r = run(system, {caller({wait_until(1'000)}), server({3}),
                           scripted({call(1, BH_MACHINE_STAGE, {0, 8}, BH_REFUSED),
                                     call(1, BH_MACHINE_RELOAD, {}, BH_REFUSED)}),
                           server()});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(r.of("refused").size(), 2u);
  r = with(system, {},
           {call(ToMachine, BH_MACHINE_STAGE, {8, 8}, BH_ERROR),
            call(ToMachine, BH_MACHINE_STAGE, {0, 8}),
            call(ToMachine, BH_MACHINE_STAGE, {16, 8}, BH_ERROR),
            call(ToMachine, BH_MACHINE_STAGE, {8, 8}),
            call(ToMachine, BH_MACHINE_STAGE, {0, 4097}, BH_REFUSED), reload(BH_ERROR)});
  EXPECT_EQ(r.exit, 0) << r.text;
}

TEST(Reload, SessionsGoOnOrItIsRefused) {
  ProtocolSpec renamed = session();
  renamed.state_names = {"Open", "Closed"};  // the other way round: found by their names
  renamed.initial = 1;
  renamed.steps = {{1, 0, BH_OUTCOME_OK, 0, 0}, {0, 1, BH_OUTCOME_CALL, 0, 0}};
  Outcome r = with(system_of(1, 3, {session()}), build_blob(system_of(2, 3, {renamed})),
                   {call(0, 1, {}, BH_REFUSED), call(0, 0, {}, BH_OK, {3}), stage(4096), reload(),
                    call(0, 1, {}, BH_OK, {3})});
  EXPECT_EQ(r.exit, 0) << r.text;
  r = with(system_of(1, 3, {session()}), build_blob(system_of(2, 3, {})),
           {call(0, 0, {}, BH_OK, {3}), stage(4096), reload(BH_ERROR), call(0, 1, {}, BH_OK, {3})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(r.of("reload")[0]["words"][1], BH_EXIT_STATE);
}

// 1 has the call of 2 when the table changes, which no longer lets 2 ask and wants other results:
// the call ends under its own table. Until then no further table can be staged.
TEST(Reload, ACallInFlightEndsUnderItsOwnTable) {
  SystemSpec first = system_of(1, 1);
  first.endpoints[0].methods[0].result_condition = {{{0, 3, 3}}};
  SystemSpec next = system_of(2, 1);
  next.components[2].edges[0].allow = 0;
  next.endpoints[0].methods[0].result_condition = {{{0, 4, 4}}};
  Step work;
  work.op = Op::Work;
  work.repeat = 6'000;
  Outcome r =
      run(first, {scripted({wait_until(1'000), stage(4096), reload(), stage(4096, BH_ERROR),
                            wait_until(20'000), stage(4096), reload(BH_ERROR),
                            call(0, 0, {}, BH_BAD_REPLY), simple(Op::Shutdown)},
                           build_blob(next)),
                  scripted({serve(0, {}, BH_OK, {3}), work, simple(Op::Reply),
                            serve(0, {}, BH_OK, {3}), simple(Op::Reply), serve(0)}),
                  scripted({call(0, 0, {}, BH_OK, {3}), call(0, 0, {}, BH_REFUSED)}), server()});
  EXPECT_EQ(r.exit, 0) << r.text;
}

// 2 stands in the queue of 1 when its right goes: it is refused, by the new table.
TEST(Reload, WhatWasNotDeliveredIsDecidedAnew) {
  SystemSpec next = system_of(2, 1);
  next.components[2].edges[0].allow = 0;
  Step work;
  work.op = Op::Work;
  work.repeat = 6'000;
  Outcome r = run(system_of(1, 1),
                  {scripted({wait_until(1'000), stage(4096), reload(), wait_until(20'000),
                             simple(Op::Shutdown)},
                            build_blob(next)),
                   scripted({work, serve(0)}), scripted({call(0, 0, {}, BH_REFUSED)}), server()});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(r.of("refused")[0]["epoch"], 2) << r.text;
  EXPECT_EQ(r.of("refused")[0]["reason"], "default") << r.text;
}

// The table of the image names who may run; the next one, which cannot, names nobody. What a
// restart runs is the image that the boot held against the first table, of the same hash tree.
TEST(Reload, ARestartUnderATableThatBindsNoImageRunsWhatTheBootVerified) {
  const ByteVector worker =
      scripted({simple(Op::ExpectNoTrace), simple(Op::LeaveTrace), serve(0, {}, BH_OK, {3}),
                simple(Op::Reply), serve(0, {}, BH_OK, {4}), simple(Op::Reply)});
  SystemSpec first = system_of(1, 1);
  first.components[0].edges.push_back({2, 1 << BH_LIFE_RESTART, 0, {}});
  first.components[1].ends = false;
  first.endpoints.push_back({1, {Nothing, Nothing, Nothing}, {}, BH_SERVICE_LIFE});
  SystemSpec next = first;
  next.policy_version = 2;
  first.components[1].bound_image = worker;
  const std::vector<ByteVector> images = {
      scripted({call(0, 0, {}, BH_OK, {3}), stage(4096), reload(), call(2, BH_LIFE_RESTART),
                call(0, 0, {}, BH_OK, {3}), call(0, 0, {}, BH_OK, {4}), simple(Op::Shutdown)},
               build_blob(next)),
      worker, scripted({}), server()};
  Outcome r = run(first, images);
  EXPECT_EQ(r.exit, 0) << r.text;
  ASSERT_EQ(r.of("reload").size(), 1u) << r.text;
  EXPECT_EQ(r.of("reload")[0]["words"][1], 0);
  ASSERT_EQ(r.of("started").size(), 1u) << r.text;
  EXPECT_EQ(r.of("started")[0]["epoch"], 2);
}

// Nor can a later table bind an image anew: nothing has held it against what runs.
TEST(Reload, NoTableBindsAnImageThatTheOneBeforeDidNot) {
  const ByteVector worker = server({3});
  SystemSpec next = system_of(2, 1);
  next.components[1].bound_image = images_of(next, {{}, worker})[1];
  Outcome r =
      run(system_of(1, 1),
          {scripted({stage(4096), reload(BH_ERROR), simple(Op::Shutdown)}, build_blob(next)),
           worker, scripted({}), server()});
  EXPECT_EQ(r.exit, 0) << r.text;
  ASSERT_EQ(r.of("reload").size(), 1u) << r.text;
  EXPECT_EQ(r.of("reload")[0]["words"][1], BH_EXIT_IMAGE_HASH);
}

}  // namespace
}  // namespace bh::boot_test
