#include "targets/microkernel/monitor/restrict.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "targets/microkernel/monitor/sha256.h"

namespace bh::kernel {
namespace {

bh_audit exact_record() {
  bh_audit r{};
  r.subject = 3;
  r.channel = 1;
  r.endpoint = 7;
  r.method = 2;
  r.receiver = 4;
  r.reason = BH_REASON_CONDITION;
  r.rule = 11;
  for (uint32_t i = 0; i < BH_WORDS; ++i) r.words[i] = 100 + i;
  return r;
}

const AuditKey Key{{1, 2, 3}};

uint64_t hash_of(uint8_t kind, uint64_t value) {
  uint8_t text[41] = {1, 2, 3};
  text[32] = kind;
  std::memcpy(text + 33, &value, sizeof value);
  const Digest digest = sha256(text, sizeof text);
  uint64_t hash = 0;
  std::memcpy(&hash, digest.bytes, sizeof hash);
  return hash;
}

TEST(Restrict, AnExactProfileLeavesTheRecord) {
  bh_audit r = exact_record();
  const bh_audit before = r;
  restrict(r, bh_profile{}, Key);
  EXPECT_EQ(std::memcmp(&r, &before, sizeof r), 0);
}

TEST(Restrict, WhatIsHashedIsReplacedByWhatTheAbiSays) {
  bh_audit r = exact_record();
  bh_profile profile{};
  profile.who = profile.what = profile.why = profile.words[1] = BH_KEEP_HASH;
  restrict(r, profile, Key);
  EXPECT_EQ(r.kept, 1u | 1u << 2 | 1u << 4 | 1u << 8);
  EXPECT_EQ(r.subject, BH_NONE16);
  EXPECT_EQ(r.channel, BH_NONE16);
  EXPECT_EQ(r.endpoint, BH_NONE16);
  EXPECT_EQ(r.method, BH_NONE16);
  EXPECT_EQ(r.receiver, BH_NONE16);
  EXPECT_EQ(r.reason, BH_REASON_NONE);
  EXPECT_EQ(r.rule, BH_NONE32);
  EXPECT_EQ(r.hashes[0], hash_of(1, 3));
  EXPECT_EQ(r.hashes[1], hash_of(2, 7 | 2 << 16));
  EXPECT_EQ(r.hashes[2], hash_of(3, BH_REASON_CONDITION | uint64_t{11} << 32));
  EXPECT_EQ(r.words[0], 100u);
  EXPECT_EQ(r.words[1], hash_of(0, 101));
}

TEST(Restrict, WordsAreRoundedDownOrLeftOut) {
  bh_audit r = exact_record();
  bh_profile profile{};
  profile.words[0] = BH_KEEP_MULTIPLE;
  profile.multiples[0] = 16;
  profile.words[5] = BH_KEEP_NOTHING;
  profile.who = BH_KEEP_NOTHING;
  restrict(r, profile, Key);
  EXPECT_EQ(r.words[0], 96u);
  EXPECT_EQ(r.words[5], 0u);
  EXPECT_EQ(r.subject, BH_NONE16);
  EXPECT_EQ(r.hashes[0], 0u);
  EXPECT_EQ(r.kept, 3u | 2u << 6 | 3u << 16);
}

TEST(Restrict, WithoutAKeyNothingIsKeptOfWhatWouldBeHashed) {
  bh_audit r = exact_record();
  bh_profile profile{};
  profile.who = profile.words[2] = BH_KEEP_HASH;
  restrict(r, profile, AuditKey{});
  EXPECT_EQ(r.kept, 3u | 3u << 10);
  EXPECT_EQ(r.hashes[0], 0u);
  EXPECT_EQ(r.words[2], 0u);
}

TEST(Restrict, EqualWordsHaveEqualHashesUnderOneKeyAlone) {
  std::set<uint64_t> hashes;
  for (const AuditKey& key : {Key, AuditKey{{9}}}) {
    for (uint64_t word : {5, 5, 6}) {
      bh_audit r = exact_record();
      r.words[0] = word;
      bh_profile profile{};
      profile.words[0] = BH_KEEP_HASH;
      restrict(r, profile, key);
      hashes.insert(r.words[0]);
    }
  }
  EXPECT_EQ(hashes.size(), 4u);
}

}  // namespace
}  // namespace bh::kernel
