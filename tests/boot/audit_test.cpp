// What a record keeps is settled before it leaves the kernel, and every record is there or counted.
#include <gtest/gtest.h>

#include "tests/boot/steps.h"

namespace bh::boot_test {
namespace {

using namespace bh::kernel::testing;
using nlohmann::json;

constexpr uint32_t Quiet = 0;  // not verbose: profiles apply
const kernel::AuditKey Key{{7, 7, 7}};

Outcome run_quietly(const SystemSpec& system, const std::vector<ByteVector>& images,
                    const kernel::AuditKey& key = Key) {
  return run({build_blob(system), build_archive(images_of(system, images), Quiet, 5000, key)});
}

SystemSpec profiled(const ProfileSpec& granted, const ProfileSpec& refused = {}) {
  SystemSpec system = pair({{3, 0, 2, 0, false, {}}}, {0, 1, 1, {{0, {{{0, 0, 999}}}}}});
  system.components[0].edges[0].records[0] = {granted, refused};
  return system;
}

TEST(Profiles, WordsAreHashedRoundedOrLeftOut) {
  ProfileSpec profile;
  profile.words = {BH_KEEP_HASH, BH_KEEP_MULTIPLE, BH_KEEP_NOTHING};
  profile.multiples[1] = 16;
  Outcome r = run_quietly(
      profiled(profile),
      {caller({call(0, 0, {5, 37, 9}), call(0, 0, {5, 8, 1}), call(0, 0, {6, 8, 1})}), server()});
  const std::vector<json> granted = r.of("granted");
  ASSERT_EQ(granted.size(), 3u) << r.text;
  const std::string hash = granted[0]["words"][0];
  EXPECT_EQ(hash.substr(0, 1), "#");
  EXPECT_EQ(hash.size(), 17u);
  EXPECT_EQ(granted[0]["words"], (json{hash, "32..", nullptr, 0, 0, 0}));
  EXPECT_EQ(granted[1]["words"][0], hash) << "equal words can be recognised";
  EXPECT_NE(granted[2]["words"][0], hash);
  EXPECT_EQ(granted[0]["subject"], 0);
}

TEST(Profiles, AnotherKeyMakesOtherHashesAndNoneKeepsNothing) {
  ProfileSpec profile;
  profile.words[0] = BH_KEEP_HASH;
  const auto first_word = [&](const kernel::AuditKey& key) {
    Outcome r = run_quietly(profiled(profile), {caller({call(0, 0, {5})}), server()}, key);
    return r.of("granted").at(0)["words"][0];
  };
  EXPECT_NE(first_word(Key), first_word(kernel::AuditKey{{8}}));
  EXPECT_EQ(first_word(kernel::AuditKey{}), nullptr);
}

TEST(Profiles, WhoWhatAndWhyOfARefusal) {
  ProfileSpec refused;
  refused.who = BH_KEEP_HASH;
  refused.what = BH_KEEP_NOTHING;
  refused.why = BH_KEEP_NOTHING;
  refused.words = {BH_KEEP_NOTHING, BH_KEEP_EXACT, BH_KEEP_EXACT};
  Outcome r = run_quietly(profiled({}, refused),
                          {caller({call(0, 0, {1000, 2, 3, 44, 55, 66}, BH_REFUSED)}), server()});
  const json line = r.of("refused").at(0);
  EXPECT_EQ(line["subject"].get<std::string>().size(), 17u) << line;
  for (const char* none : {"channel", "endpoint", "method", "receiver", "reason", "rule"}) {
    EXPECT_EQ(line[none], nullptr) << none;
  }
  EXPECT_EQ(line["words"], (json{nullptr, 2, 3, 0, 0, 0})) << "what does not cross is not kept";
}

TEST(Profiles, WhatHasNoNameKeepsNoWords) {
  SystemSpec system = profiled({});
  system.unnamed.who = BH_KEEP_NOTHING;
  Outcome r = run_quietly(
      system, {caller({call(5, 0, {1, 2}, BH_REFUSED), call(0, 9, {1, 2}, BH_REFUSED)}), server()});
  const std::vector<json> refused = r.of("refused");
  ASSERT_EQ(refused.size(), 2u) << r.text;
  for (const json& line : refused) {
    EXPECT_EQ(line["subject"], nullptr);
    EXPECT_EQ(line["words"], (json{0, 0, 0, 0, 0, 0}));
  }
  EXPECT_EQ(summary(r), "refused/channel refused/method shutdown");
}

TEST(Profiles, ABadReplyKeepsOfItsWordsWhatTheSignatureLetsIt) {
  MethodSpec method{1, 0, 2, 0, false, {{{0, 0, 9}}}};
  method.results.words = {BH_KEEP_NOTHING, BH_KEEP_EXACT};
  SystemSpec system = pair({method}, {0, 1, 0, {}});
  system.components[0].edges[0].records[0].refused.words[0] = BH_KEEP_HASH;
  Outcome r = run_quietly(system, {caller({call(0, 0, {1}, BH_BAD_REPLY)}), server({10, 11, 12})});
  EXPECT_EQ(r.of("bad_reply").at(0)["words"], (json{nullptr, 11, 0, 0, 0, 0})) << r.text;
}

TEST(Profiles, VerboseRecordsAreExact) {
  ProfileSpec hidden;
  hidden.who = hidden.what = hidden.why = hidden.words[0] = BH_KEEP_NOTHING;
  hidden.one_in = 100;
  Outcome r = run(profiled(hidden, {}), {caller({call(0, 0, {5})}), server()});
  ASSERT_EQ(r.of("granted").size(), 2u) << r.text;
  EXPECT_EQ(r.of("granted")[0]["words"][0], 5);
  EXPECT_EQ(r.of("granted")[0]["endpoint"], 0);
}

TEST(Sampling, EveryThirdGrantLeavesARecordAndEveryRefusal) {
  ProfileSpec sampled;
  sampled.one_in = 3;
  std::vector<Step> steps;
  for (uint64_t i = 1; i <= 7; ++i) {
    steps.push_back(call(0, 0, {i}));
    steps.push_back(call(0, 0, {1000 + i}, BH_REFUSED));
  }
  Outcome r = run_quietly(profiled(sampled), {caller(steps), server()});
  const std::vector<json> granted = r.of("granted");
  ASSERT_EQ(granted.size(), 2u) << r.text;
  EXPECT_EQ(granted[0]["words"][0], 3);
  EXPECT_EQ(granted[1]["words"][0], 6);
  EXPECT_EQ(r.of("refused").size(), 7u);
}

// More than the ring holds, all by the straight path, which leaves them in the ring.
TEST(Ring, AFullRingIsEmptiedBeforeTheNextRecord) {
  constexpr uint16_t Callers = 5;
  constexpr uint64_t Calls = 60;
  std::vector<Step> steps(Calls, call(0, 0, {1}));
  steps.push_back(wait_until(60'000'000));
  SystemSpec system;
  system.components.assign(Callers, {{{0, 1, 1, {}}}, 0, {}});
  system.components.push_back({});
  system.endpoints = {{Callers, {{1, 0, 0, 0, false, {}}}, {}}};
  std::vector<ByteVector> images(Callers, scripted(steps));
  images.push_back(server());
  Outcome r = run_quietly(system, images);
  EXPECT_EQ(r.exit, BH_EXIT_RUN_LIMIT) << r.text;
  uint64_t expected = 0;
  for (const json& line : r.audit) EXPECT_EQ(line["seq"], expected++);
  EXPECT_EQ(r.of("granted").size(), Callers * Calls);
  EXPECT_GT(Callers * Calls, 256u) << "the ring's capacity";
  EXPECT_EQ(r.last["records"], Callers * Calls);
  EXPECT_EQ(r.last["lost"], 0);
}

}  // namespace
}  // namespace bh::boot_test
