#include "targets/microkernel/monitor/verify.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "targets/microkernel/testing/explore.h"
#include "targets/microkernel/testing/sample_system.h"

namespace bh::kernel {
namespace {

using testing::ByteVector;

Verification check(const ByteVector& blob) { return verify(blob.data(), blob.size()); }

TEST(Verify, AcceptsASoundBlobAndShowsItsRows) {
  ByteVector blob = testing::build_blob(testing::sample_system());
  Verification v = check(blob);
  ASSERT_EQ(v.fault, BH_EXIT_OK) << v.what;
  EXPECT_EQ(v.table.count(BH_SECTION_COMPONENTS), 3u);
  EXPECT_EQ(v.table.count(BH_SECTION_EDGES), 4u);
  EXPECT_EQ(v.table.count(BH_SECTION_PROTOCOLS), 2u);
  EXPECT_EQ(v.table.protocols[1].instance_first, 3u);
}

TEST(Verify, EveryFlippedBitIsRefused) {
  const ByteVector good = testing::build_blob(testing::sample_system());
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    ByteVector blob = good;
    blob[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    EXPECT_NE(check(blob).fault, BH_EXIT_OK) << "bit " << bit;
  }
}

TEST(Verify, EveryTruncationIsRefused) {
  const ByteVector good = testing::build_blob(testing::sample_system());
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_NE(verify(good.data(), size).fault, BH_EXIT_OK) << size;
  }
}

// With the hash made right again only the structure stands guard: what is accepted must be safe to
// use.
TEST(Verify, WhatIsAcceptedAfterAChangeCanBeExploredInBounds) {
  const ByteVector good = testing::build_blob(testing::sample_system());
  int refused = 0;
  for (size_t at = offsetof(bh_header, format_version); at < good.size(); ++at) {
    for (uint8_t change : {uint8_t{0x01}, uint8_t{0x80}, uint8_t{0xff}}) {
      ByteVector blob = good;
      blob[at] ^= change;
      testing::seal_blob(blob);
      Verification v = check(blob);
      if (v.fault == BH_EXIT_OK)
        testing::explore(v.table);
      else
        ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

// Changes one field of a sound blob and expects the invariant that it breaks.
struct Damage {
  const char* what;
  bh_section section;
  size_t row;
  std::function<void(uint8_t*)> change;
};

template <typename Row, typename Change>
Damage damage(const char* what, bh_section section, size_t row, Change change) {
  return {what, section, row, [=](uint8_t* at) { change(*reinterpret_cast<Row*>(at)); }};
}

const Damage Damages[] = {
    damage<bh_component>("first edge of a component", BH_SECTION_COMPONENTS, 1,
                         [](auto& r) { r.edge_first = 2; }),
    damage<bh_component>("edges of a component", BH_SECTION_COMPONENTS, 0,
                         [](auto& r) { r.edge_count = 0xffff; }),
    damage<bh_component>("image of a component", BH_SECTION_COMPONENTS, 0,
                         [](auto& r) { r.image = 1; }),
    damage<bh_component>("image of a component", BH_SECTION_COMPONENTS, 2,
                         [](auto& r) { r.image = 1; }),
    damage<bh_component>("images of no component", BH_SECTION_COMPONENTS, 2,
                         [](auto& r) { r.image = BH_NONE16; }),
    damage<bh_component>("name of a component", BH_SECTION_COMPONENTS, 0,
                         [](auto& r) { r.name = 1; }),
    damage<bh_edge>("endpoint of an edge", BH_SECTION_EDGES, 0, [](auto& r) { r.endpoint = 3; }),
    damage<bh_edge>("endpoint of an edge", BH_SECTION_EDGES, 1, [](auto& r) { r.endpoint = 0; }),
    damage<bh_edge>("right of an edge", BH_SECTION_EDGES, 0, [](auto& r) { r.right = 1; }),
    damage<bh_edge>("right for another interface", BH_SECTION_EDGES, 1,
                    [](auto& r) { r.right = 0; }),
    damage<bh_right>("right for another interface", BH_SECTION_RIGHTS, 0,
                     [](auto& r) { r.method_first = 1; }),
    damage<bh_right>("granted method beyond the endpoint's", BH_SECTION_RIGHTS, 1,
                     [](auto& r) { r.allow = 3; }),
    damage<bh_right>("audited method that is not granted", BH_SECTION_RIGHTS, 1,
                     [](auto& r) { r.audit = 2; }),
    damage<bh_right>("conditional method that is not granted", BH_SECTION_RIGHTS, 3,
                     [](auto& r) { r.conditional = 3; }),
    damage<bh_right>("first condition of a right", BH_SECTION_RIGHTS, 3,
                     [](auto& r) { r.condition_first = 0; }),
    damage<bh_right>("first test of a condition", BH_SECTION_RIGHTS, 3,
                     [](auto& r) { r.conditional = 0; }),
    damage<bh_right>("records of a right", BH_SECTION_RIGHTS, 0,
                     [](auto& r) { r.record_first = 1; }),
    damage<bh_right>("records of a right", BH_SECTION_RIGHTS, 3,
                     [](auto& r) { r.record_first = 4; }),
    damage<bh_right>("records of a right", BH_SECTION_RIGHTS, 3,
                     [](auto& r) { r.record_first = 0xffffffff; }),
    damage<bh_right>("audit bit of a method", BH_SECTION_RIGHTS, 1, [](auto& r) { r.audit = 1; }),
    damage<bh_record>("profile of a grant", BH_SECTION_RECORDS, 1, [](auto& r) { r.granted = 2; }),
    damage<bh_record>("profile of a refusal", BH_SECTION_RECORDS, 1,
                      [](auto& r) { r.refused = 9; }),
    damage<bh_record>("sampled refusals", BH_SECTION_RECORDS, 0, [](auto& r) { r.refused = 1; }),
    damage<bh_profile>("what a profile keeps", BH_SECTION_PROFILES, 0,
                       [](auto& r) { r.who = BH_KEEP_MULTIPLE; }),
    damage<bh_profile>("what a profile keeps", BH_SECTION_PROFILES, 0, [](auto& r) { r.why = 4; }),
    damage<bh_profile>("what a profile keeps of a word", BH_SECTION_PROFILES, 1,
                       [](auto& r) { r.words[2] = 4; }),
    damage<bh_profile>("what a profile keeps of a word", BH_SECTION_PROFILES, 1,
                       [](auto& r) { r.multiples[0] = 0; }),
    damage<bh_profile>("what a profile keeps of a word", BH_SECTION_PROFILES, 1,
                       [](auto& r) { r.multiples[5] = 1; }),
    damage<bh_profile>("sampling of a profile", BH_SECTION_PROFILES, 0,
                       [](auto& r) { r.one_in = 0; }),
    damage<bh_profile>("sampling of a profile", BH_SECTION_PROFILES, 1,
                       [](auto& r) { r.one_in = 1; }),
    damage<bh_profile>("counter of a profile", BH_SECTION_PROFILES, 1,
                       [](auto& r) { r.sample = 1; }),
    damage<bh_profile>("sampled refusals", BH_SECTION_PROFILES, 0,
                       [](auto& r) { r.one_in = 2, r.sample = 0; }),
    damage<bh_profile>("reserved field of a profile", BH_SECTION_PROFILES, 1,
                       [](auto& r) { r.reserved[6] = 1; }),
    damage<bh_endpoint>("receiver of an endpoint", BH_SECTION_ENDPOINTS, 0,
                        [](auto& r) { r.receiver = 3; }),
    damage<bh_endpoint>("number of methods of an endpoint", BH_SECTION_ENDPOINTS, 0,
                        [](auto& r) { r.method_count = 33; }),
    damage<bh_endpoint>("methods of an endpoint", BH_SECTION_ENDPOINTS, 2,
                        [](auto& r) { r.method_count = 32; }),
    damage<bh_endpoint>("methods of an endpoint", BH_SECTION_ENDPOINTS, 0,
                        [](auto& r) { r.method_count = 1; }),
    damage<bh_endpoint>("methods of an endpoint", BH_SECTION_ENDPOINTS, 0,
                        [](auto& r) { r.method_first = 1; }),
    damage<bh_endpoint>("methods of an endpoint", BH_SECTION_ENDPOINTS, 1,
                        [](auto& r) { r.method_first = 0xffffffff; }),
    damage<bh_method>("methods of an endpoint", BH_SECTION_METHODS, 1,
                      [](auto& r) { r.flags = 0; }),
    damage<bh_endpoint>("first protocol of an endpoint", BH_SECTION_ENDPOINTS, 1,
                        [](auto& r) { r.protocol_first = 0; }),
    damage<bh_endpoint>("protocols of an endpoint", BH_SECTION_ENDPOINTS, 0,
                        [](auto& r) { r.protocol_count = 3; }),
    damage<bh_method>("number of words of a method", BH_SECTION_METHODS, 0,
                      [](auto& r) { r.arg_words = 7; }),
    damage<bh_method>("bytes arguments of a method", BH_SECTION_METHODS, 0,
                      [](auto& r) { r.arg_bytes_mask = 4; }),
    damage<bh_method>("bytes results of a method", BH_SECTION_METHODS, 0,
                      [](auto& r) { r.result_bytes_mask = 2; }),
    damage<bh_method>("method flags", BH_SECTION_METHODS, 0, [](auto& r) { r.flags = 4; }),
    damage<bh_method>("results of an event", BH_SECTION_METHODS, 0,
                      [](auto& r) { r.flags = BH_METHOD_EVENT; }),
    damage<bh_method>("reserved field of a method", BH_SECTION_METHODS, 0,
                      [](auto& r) { r.reserved = 1; }),
    damage<bh_method>("profile of a method's results", BH_SECTION_METHODS, 0,
                      [](auto& r) { r.results = 3; }),
    damage<bh_method>("sampled refusals", BH_SECTION_METHODS, 0, [](auto& r) { r.results = 1; }),
    damage<bh_method>("first test of a condition", BH_SECTION_METHODS, 0,
                      [](auto& r) { r.result_condition = 0; }),
    damage<uint32_t>("first test of a condition", BH_SECTION_CONDITIONS, 0, [](auto& r) { r = 1; }),
    damage<bh_test>("word of a test", BH_SECTION_TESTS, 0, [](auto& r) { r.word = 2; }),
    damage<bh_test>("end marks of a test", BH_SECTION_TESTS, 0,
                    [](auto& r) { r.last_of_rule = 1; }),
    damage<bh_test>("end marks of a test", BH_SECTION_TESTS, 0,
                    [](auto& r) { r.last_of_clause = 2; }),
    damage<bh_test>("reserved field of a test", BH_SECTION_TESTS, 0,
                    [](auto& r) { r.reserved[4] = 1; }),
    damage<bh_test>("condition without end", BH_SECTION_TESTS, 4,
                    [](auto& r) { r.last_of_rule = 0; }),
    damage<bh_protocol>("endpoint of a protocol", BH_SECTION_PROTOCOLS, 0,
                        [](auto& r) { r.endpoint = 1; }),
    damage<bh_protocol>("instance kind of a protocol", BH_SECTION_PROTOCOLS, 0,
                        [](auto& r) { r.instance = 2; }),
    damage<bh_protocol>("number of states", BH_SECTION_PROTOCOLS, 0,
                        [](auto& r) { r.state_count = 65; }),
    damage<bh_protocol>("initial state", BH_SECTION_PROTOCOLS, 0, [](auto& r) { r.initial = 2; }),
    damage<bh_protocol>("number of counters", BH_SECTION_PROTOCOLS, 0,
                        [](auto& r) { r.counter_count = 8; }),
    damage<bh_protocol>("steps of a protocol", BH_SECTION_PROTOCOLS, 1,
                        [](auto& r) { r.state_count = 3; }),
    damage<bh_protocol>("first instance of a protocol", BH_SECTION_PROTOCOLS, 1,
                        [](auto& r) { r.instance_first = 0; }),
    damage<bh_protocol>("first state of a protocol", BH_SECTION_PROTOCOLS, 1,
                        [](auto& r) { r.state_first = 0; }),
    damage<bh_state>("next state without a timeout", BH_SECTION_STATES, 2,
                     [](auto& r) { r.next = 0; }),
    damage<bh_state>("state after a timeout", BH_SECTION_STATES, 3, [](auto& r) { r.next = 2; }),
    damage<bh_state>("name of a state", BH_SECTION_STATES, 0, [](auto& r) { r.name = 1; }),
    damage<bh_state>("reserved field of a state", BH_SECTION_STATES, 0,
                     [](auto& r) { r.reserved[2] = 1; }),
    damage<bh_step>("callers of a step", BH_SECTION_STEPS, 4, [](auto& r) { r.callers = 1; }),
    damage<bh_step>("callers of no step", BH_SECTION_STEPS, 5,
                    [](auto& r) { r.callers = BH_NONE16; }),
    damage<uint64_t>("caller set", BH_SECTION_CALLERS, 0, [](auto& r) { r = 8; }),
    damage<uint64_t>("caller set", BH_SECTION_CALLERS, 0, [](auto& r) { r = 7; }),
    damage<bh_step>("mover of a step", BH_SECTION_STEPS, 4, [](auto& r) { r.mover = 3; }),
    damage<bh_step>("callers of no step, or of one per caller", BH_SECTION_STEPS, 0,
                    [](auto& r) { r.callers = 1; }),
    damage<bh_step>("callers of no step, or of one per caller", BH_SECTION_STEPS, 1,
                    [](auto& r) { r.callers = 1; }),
    damage<bh_step>("callers of no step, or of one per caller", BH_SECTION_STEPS, 0,
                    [](auto& r) { r.mover = BH_MOVER_SAME; }),
    damage<bh_step>("next state", BH_SECTION_STEPS, 0, [](auto& r) { r.next[BH_OUTCOME_OK] = 2; }),
    damage<bh_step>("counter without a limited step", BH_SECTION_STEPS, 0,
                    [](auto& r) { r.limit = 1; }),
    damage<bh_step>("limited outcome", BH_SECTION_STEPS, 3, [](auto& r) { r.limited = 3; }),
    damage<bh_step>("limit off a self-loop", BH_SECTION_STEPS, 3,
                    [](auto& r) { r.next[BH_OUTCOME_CALL] = 0; }),
    damage<bh_step>("counter of a step", BH_SECTION_STEPS, 3, [](auto& r) { r.counter = 1; }),
    damage<char>("names without a zero", BH_SECTION_NAMES, 0, [](auto& r) { r = 'x'; }),
};

TEST(Verify, EachBrokenInvariantIsNamed) {
  constexpr size_t RowBytes[] = {sizeof(bh_component), sizeof(bh_image),    sizeof(bh_edge),
                                 sizeof(bh_right),     sizeof(uint32_t),    sizeof(bh_record),
                                 sizeof(bh_profile),   sizeof(bh_endpoint), sizeof(bh_method),
                                 sizeof(bh_test),      sizeof(bh_protocol), sizeof(bh_state),
                                 sizeof(bh_step),      sizeof(uint64_t),    sizeof(char)};
  for (const Damage& d : Damages) {
    ByteVector blob = testing::build_blob(testing::sample_system());
    const auto& header = *reinterpret_cast<const bh_header*>(blob.data());
    d.change(blob.data() + header.sections[d.section].offset + d.row * RowBytes[d.section]);
    testing::seal_blob(blob);
    Verification v = check(blob);
    EXPECT_EQ(v.fault, BH_EXIT_STRUCTURE) << d.what;
    EXPECT_STREQ(v.what, d.what);
  }
}

TEST(Verify, SectionsLeaveNoGapAndNoRest) {
  ByteVector blob = testing::build_blob(testing::sample_system());
  auto& header = *reinterpret_cast<bh_header*>(blob.data());
  header.sections[BH_SECTION_EDGES].count = 0x10000000;
  testing::seal_blob(blob);
  EXPECT_STREQ(check(blob).what, "section beyond the end");

  ByteVector longer = testing::build_blob(testing::sample_system());
  longer.resize(longer.size() + 8);
  reinterpret_cast<bh_header*>(longer.data())->total_bytes += 8;
  testing::seal_blob(longer);
  EXPECT_STREQ(check(longer).what, "bytes after the last section");
}

}  // namespace
}  // namespace bh::kernel
