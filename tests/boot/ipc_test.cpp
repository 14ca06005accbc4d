// Calls between components of a booted system: what is granted arrives as declared, what is not is
// refused and audited, and the system goes on.
#include <gtest/gtest.h>

#include "tests/boot/steps.h"

namespace bh::boot_test {
namespace {

using namespace bh::kernel::testing;
using Json = nlohmann::json;

const MethodSpec Plain{2, 0, 1, 0, false, {}};

TEST(Ipc, GrantedCallCarriesExactlyTheDeclaredWords) {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  for (uint32_t flags : {uint32_t{BH_ARCHIVE_VERBOSE}, 0u}) {
    Outcome r =
        run(system,
            {caller({call(0, 0, {7, 8, 9, 10, 11, 12}, BH_OK, {99})}),
             scripted({serve(0, {7, 8}, BH_OK, {99, 98, 97, 96, 95, 94}), simple(Op::ServeAll)})},
            flags);
    EXPECT_EQ(r.exit, 0) << r.text;
    EXPECT_EQ(summary(r), flags == 0 ? "shutdown" : "granted reply granted shutdown") << r.text;
    if (flags == 0) continue;
    EXPECT_EQ(r.audit[0]["words"], Json({7, 8, 0, 0, 0, 0}));
    EXPECT_EQ(r.audit[1]["words"], Json({99, 0, 0, 0, 0, 0}));
  }
}

TEST(Ipc, WhatTheRowDoesNotGrantIsRefusedAndAuditedAndTheCallerGoesOn) {
  SystemSpec system = pair({Plain, Plain}, {0, 1, 0, {}});
  Outcome r = run(system, {caller({call(2, 0, {5}, BH_REFUSED), call(0, 1, {5}, BH_REFUSED),
                                   call(0, 2, {}, BH_REFUSED), call(0, 0, {1, 2}, BH_OK, {3}),
                                   call(0xffff, 0xff, {}, BH_REFUSED)}),
                           server({3})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r),
            "refused/channel refused/default refused/method granted reply refused/channel granted "
            "shutdown")
      << r.text;
  EXPECT_EQ(r.audit[0]["channel"], 2);
  EXPECT_EQ(r.audit[0]["words"][0], 5);
  EXPECT_EQ(r.audit[1]["method"], 1);
  EXPECT_EQ(r.audit[1]["receiver"], 1);
  for (size_t i = 0; i < r.audit.size(); ++i) EXPECT_EQ(r.audit[i]["seq"], i);
  EXPECT_EQ(r.last["lost"], 0);
}

TEST(Ipc, ConditionsLookAtTheArguments) {
  // (word0 in 1..2 and word1 low byte = 7) or word0 = 9
  Condition condition = {{{0, 1, 2}, {1, 7, 7, 0xff}}, {{0, 9, 9}}};
  SystemSpec system = pair({Plain, Plain}, {0, 3, 0, {{1, condition}}});
  Outcome r = run(system, {caller({call(0, 1, {1, 0x107}), call(0, 1, {2, 7}), call(0, 1, {9, 0}),
                                   call(0, 1, {3, 7}, BH_REFUSED), call(0, 1, {1, 8}, BH_REFUSED),
                                   call(0, 1, {0, 7}, BH_REFUSED), call(0, 0, {3, 7})}),
                           server()});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r),
            "granted reply granted reply granted reply refused/condition refused/condition "
            "refused/condition granted reply granted shutdown");
}

TEST(Ipc, ProtocolsRefuseWithoutAStepAndCountAndReset) {
  // 0 -unlock ok-> 1; 1 -sign-> 1 at most 2; 1 -lock-> 0
  ProtocolSpec session{
      BH_INSTANCE_PER_CALLER,
      2,
      0,
      {{0, 0, BH_OUTCOME_OK, 1, 0}, {1, 1, BH_OUTCOME_CALL, 1, 2}, {1, 2, BH_OUTCOME_CALL, 0, 0}}};
  SystemSpec system = pair({Plain, Plain, Plain}, {0, 7, 0, {}}, {session});
  Outcome r =
      run(system, {caller({call(0, 1, {}, BH_REFUSED), call(0, 0), call(0, 0, {}, BH_REFUSED),
                           call(0, 1), call(0, 1), call(0, 1, {}, BH_REFUSED), call(0, 2),
                           call(0, 2, {}, BH_REFUSED), call(0, 0), call(0, 1)}),
                   server()});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r),
            "refused/protocol granted reply refused/protocol granted reply granted reply "
            "refused/protocol "
            "granted reply refused/protocol granted reply granted reply granted shutdown");
  EXPECT_EQ(r.audit[0]["rule"], 0);
}

TEST(Ipc, AnErrorReplyTakesTheErrorStepAndCarriesNothing) {
  ProtocolSpec session{
      BH_INSTANCE_PER_CALLER, 2, 0, {{0, 0, BH_OUTCOME_OK, 1, 0}, {0, 0, BH_OUTCOME_ERROR, 0, 0}}};
  SystemSpec system = pair({Plain}, {0, 1, 0, {}}, {session});
  Outcome r = run(system, {caller({call(0, 0, {}, BH_ERROR), call(0, 0, {}, BH_ERROR),
                                   call(0, 0, {}, BH_OK, {4}), call(0, 0, {}, BH_REFUSED)}),
                           scripted({serve(0, {}, BH_ERROR, {1, 2}), serve(0, {}, BH_ERROR, {1, 2}),
                                     serve(0, {}, BH_OK, {4}), simple(Op::ServeAll)})});
  EXPECT_EQ(r.exit, 0) << r.text;
}

TEST(Ipc, BytesAreCopiedByTheirSizesAlone) {
  // word 0 a value, words 1 and 2 sizes; the result's word 0 a size
  MethodSpec method{3, 6, 1, 1, false, {}};
  SystemSpec system = pair({method}, {0, 1, 0, {}});
  Step sends = with_bytes(call(0, 0, {1, 100, 28}, BH_OK, {64}), 4096, 0xaa, 64, 0xbb);
  Step takes = with_bytes(serve(0, {1, 100, 28}, BH_OK, {64}), 64, 0xbb, 128, 0xaa);
  Step too_long = call(0, 0, {1, 4000, 97}, BH_REFUSED);
  Step wraps = call(0, 0, {1, ~uint64_t{0}, 1}, BH_REFUSED);
  Outcome r =
      run(system, {caller({sends, too_long, wraps}), scripted({takes, simple(Op::ServeAll)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r), "granted reply refused/too_long refused/too_long granted shutdown");
}

TEST(Ipc, NoByteBeyondTheDeclaredSizeCrosses) {
  MethodSpec method{1, 1, 1, 1, false, {}};
  SystemSpec system = pair({method}, {0, 1, 0, {}});
  // The receiver's buffer is still zero beyond the 8 bytes that were sent, and so is the caller's
  // on the way back.
  Step first = with_bytes(call(0, 0, {8}, BH_OK, {0}), 4096, 0xcc, 0, 0);
  Step second = with_bytes(call(0, 0, {0}, BH_OK, {16}), 4096, 0x11, 16, 0x22);
  Step sees = with_bytes(serve(0, {8}, BH_OK, {0}), 0, 0, 8, 0xcc);
  Step sees_again = with_bytes(serve(0, {0}, BH_OK, {16}), 4096, 0x22, 0, 0);
  Outcome r =
      run(system, {caller({first, second}), scripted({sees, sees_again, simple(Op::ServeAll)})});
  EXPECT_EQ(r.exit, 0) << r.text;
}

TEST(Ipc, AReplyOutOfItsRangeBecomesAnErrorAndIsAudited) {
  MethodSpec ranged{0, 0, 2, 2, false, {{{0, 1, 3}, {1, 0, 64}}}};
  SystemSpec system = pair({ranged}, {0, 1, 0, {}});
  Outcome r = run(system, {caller({call(0, 0, {}, BH_OK, {3, 64}), call(0, 0, {}, BH_BAD_REPLY),
                                   call(0, 0, {}, BH_BAD_REPLY), call(0, 0, {}, BH_OK, {1, 0})}),
                           scripted({serve(0, {}, BH_OK, {3, 64}), serve(0, {}, BH_OK, {4, 0}),
                                     serve(0, {}, BH_OK, {1, 65}), serve(0, {}, BH_OK, {1, 0}),
                                     simple(Op::ServeAll)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r),
            "granted reply granted bad_reply/condition granted bad_reply/condition granted reply "
            "granted shutdown");
  EXPECT_EQ(r.of("bad_reply")[0]["status"], BH_BAD_REPLY);
}

TEST(Ipc, TheSenderOfAnEventGoesOnAtDelivery) {
  // 0 tells 1, and 1 calls back 0 while it handles the event.
  SystemSpec system;
  system.components = {{{{1, 1, 0, {}}}, true, {}}, {{{0, 1, 0, {}}}, true, {}}};
  system.endpoints = {{0, {Plain}, {}}, {1, {{1, 0, 0, 0, true, {}}}, {}}};
  Outcome r = run(
      system, {scripted({call(0, 0, {5}), serve(0, {6, 7}, BH_OK, {8}), simple(Op::ServeAll)}),
               scripted({serve(0, {5}), call(0, 0, {6, 7}, BH_OK, {8}), simple(Op::Shutdown)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r), "granted reply granted reply granted shutdown") << r.text;
}

TEST(Ipc, AServerMayAnswerAndGoOnByItself) {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  for (uint32_t flags : {uint32_t{BH_ARCHIVE_VERBOSE}, 0u}) {
    Outcome r = run(system,
                    {scripted({call(0, 0, {1, 2}, BH_OK, {3}), call(0, 0, {}, BH_REFUSED)}),
                     scripted({serve(0, {1, 2}, BH_OK, {3}), simple(Op::Reply), simple(Op::Reply),
                               simple(Op::Shutdown)})},
                    flags);
    EXPECT_EQ(r.exit, 0) << r.text;
  }
}

TEST(Ipc, NoRegisterCarriesAnythingPastTheMonitor) {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  for (uint32_t flags : {uint32_t{BH_ARCHIVE_VERBOSE}, 0u}) {
    Outcome r =
        run(system,
            {caller({call(0, 0), simple(Op::ExpectNoMark), simple(Op::LeaveMark, 7), call(0, 0)}),
             scripted({serve(0), simple(Op::LeaveMark, 5), serve(0), simple(Op::ExpectNoMark),
                       simple(Op::ServeAll)})},
            flags);
    EXPECT_EQ(r.exit, 0) << r.text;
  }
}

TEST(Ipc, AnObjectAnswersEveryMethodWithZeroes) {
  SystemSpec system = pair({Plain, Plain}, {0, 3, 0, {}});
  Outcome r = run(system, {caller({call(0, 0, {1, 2}), call(0, 1, {3, 4})}),
                           read_bytes(BH_BINARY_DIR "/microkernel/boot_object.elf")});
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(summary(r), "granted reply granted reply granted shutdown");
}

TEST(Ipc, CallersOfABusyReceiverWaitTheirTurnAndTheProtocolDecidesThen) {
  // 0 and 1 both call 2 before it receives; the shared protocol lets through one call only.
  ProtocolSpec once{BH_INSTANCE_SHARED, 1, 0, {{0, 0, BH_OUTCOME_CALL, 0, 1}}};
  SystemSpec system;
  EdgeSpec edge{0, 1, 0, {}};
  system.components = {{{edge}, 0, {}}, {{edge}, true, {}}, {{}, 0, {}}};
  system.endpoints = {{2, {Plain}, {once}}};
  Outcome r = run(system, {scripted({call(0, 0)}), caller({call(0, 0, {}, BH_REFUSED)}), server()});
  EXPECT_EQ(r.exit, 0) << r.text;
  ASSERT_GE(r.audit.size(), 2u);
  EXPECT_EQ(r.of("granted").at(0)["subject"], 0);
  EXPECT_EQ(r.of("refused").at(0)["subject"], 1);
}

TEST(Ipc, OnlyAuditedGrantsLeaveARecordWhenNotVerbose) {
  SystemSpec system = pair({Plain, Plain}, {0, 3, 2, {}});
  Step many = call(0, 1, {1, 2});
  many.repeat = 600;  // more than the ring holds
  Outcome r = run(system, {caller({call(0, 0), many, call(0, 0)}), server()}, 0);
  EXPECT_EQ(r.exit, 0) << r.text;
  EXPECT_EQ(r.of("granted").size(), 600u);
  EXPECT_EQ(r.last["lost"], 0);
  EXPECT_EQ(r.last["records"], 601);
}

TEST(Ipc, TheStraightPathAnswersAsTheGeneralOneDoes) {
  // Verbose systems never take the straight path. Same random calls, same answers, word for word.
  const Condition one = {{{0, 0, 1}}};
  const Condition two = {{{1, 2, 63}, {0, 1, 2}}, {{2, 0, 0}}};
  const ProtocolSpec session{
      BH_INSTANCE_PER_CALLER,
      2,
      0,
      {{0, 0, BH_OUTCOME_OK, 1, 0}, {1, 1, BH_OUTCOME_CALL, 1, 3}, {1, 2, BH_OUTCOME_CALL, 0, 0}}};
  SystemSpec system;
  system.components = {
      {{{0, 7, 1, {{1, one}, {2, two}}}, {1, 7, 2, {{2, one}}}, {2, 3, 0, {}}}, false, {}}, {}};
  system.endpoints = {
      {1, {{6, 0, 6, 0, false, {}}, {2, 0, 1, 0, false, {}}, {3, 0, 0, 0, false, {}}}, {}},
      {1, {Plain, Plain, Plain}, {session}},
      {1, {{2, 1, 2, 0, false, {{{0, 0, 5}}}}, {1, 0, 2, 0, false, {{{0, 9, 9}}}}}, {}}};
  const ByteVector wild = read_bytes(BH_BINARY_DIR "/microkernel/boot_wild.elf");
  Outcome general = run(system, {wild, server({3, 4, 5, 6, 7, 8})}, BH_ARCHIVE_VERBOSE);
  Outcome straight = run(system, {wild, server({3, 4, 5, 6, 7, 8})}, 0);
  ASSERT_EQ(general.exit, BH_EXIT_QUIET) << general.text.substr(0, 2000);
  ASSERT_EQ(straight.exit, BH_EXIT_QUIET) << straight.text.substr(0, 2000);
  ASSERT_EQ(general.printed.size(), 1u);
  EXPECT_EQ(general.printed, straight.printed);
  EXPECT_EQ(general.of("refused").size(), straight.of("refused").size());
  EXPECT_GT(general.of("reply").size(), 100u);
  EXPECT_GT(general.of("bad_reply").size(), 10u);
  EXPECT_GT(straight.of("granted").size(), 10u);
}

TEST(Ipc, DebugTextIsMarkedWithItsWriterAndCannotForgeKernelLines) {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  Step print = simple(Op::Print);
  print.repeat = 2;
  Outcome r = run(system, {caller({print}), server()});
  EXPECT_EQ(r.exit, 0) << r.text;
  ASSERT_EQ(r.printed.size(), 2u);
  EXPECT_EQ(r.printed[0], "[0] a line of text that is longer than one system call carries at once");
}

}  // namespace
}  // namespace bh::boot_test
