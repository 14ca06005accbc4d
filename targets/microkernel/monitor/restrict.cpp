#include "targets/microkernel/monitor/restrict.h"

#include "targets/microkernel/monitor/sha256.h"

namespace bh::kernel {
namespace {

enum Kind : uint8_t { Word, Who, What, Why };

uint64_t keyed_hash(const AuditKey& key, Kind kind, uint64_t value) {
  uint8_t text[sizeof key.bytes + 1 + sizeof value];
  for (uint32_t i = 0; i < sizeof key.bytes; ++i) text[i] = key.bytes[i];
  text[sizeof key.bytes] = kind;
  for (uint32_t i = 0; i < sizeof value; ++i) {
    text[sizeof key.bytes + 1 + i] = static_cast<uint8_t>(value >> 8 * i);
  }
  const Digest digest = sha256(text, sizeof text);
  uint64_t hash = 0;
  for (uint32_t i = 8; i-- > 0;) hash = hash << 8 | digest.bytes[i];
  return hash;
}

}  // namespace

void restrict(bh_audit& record, const bh_profile& profile, const AuditKey& key) {
  const bool keyed = !zeros(key.bytes, sizeof key.bytes);
  const auto kept = [&](uint8_t keep) {
    return keep == BH_KEEP_HASH && !keyed ? uint8_t{BH_KEEP_NOTHING} : keep;
  };
  // What is left of one thing: its hash if that is all that may be kept, else 0.
  const auto hash = [&](uint8_t keep, Kind kind, uint64_t value) {
    return keep == BH_KEEP_HASH ? keyed_hash(key, kind, value) : 0;
  };
  const uint8_t who = kept(profile.who), what = kept(profile.what), why = kept(profile.why);
  record.kept = static_cast<uint32_t>(who | what << 2 | why << 4);
  if (who != BH_KEEP_EXACT) {
    record.hashes[0] = hash(who, Who, record.subject);
    record.subject = BH_NONE16;
  }
  if (what != BH_KEEP_EXACT) {
    record.hashes[1] = hash(what, What, record.endpoint | uint64_t{record.method} << 16);
    record.channel = record.endpoint = record.method = record.receiver = BH_NONE16;
  }
  if (why != BH_KEEP_EXACT) {
    record.hashes[2] = hash(why, Why, record.reason | uint64_t{record.rule} << 32);
    record.reason = BH_REASON_NONE;
    record.rule = BH_NONE32;
  }
  for (uint32_t i = 0; i < BH_WORDS; ++i) {
    const uint8_t keep = kept(profile.words[i]);
    uint64_t& word = record.words[i];
    record.kept |= uint32_t{keep} << (6 + 2 * i);
    if (keep == BH_KEEP_MULTIPLE) word -= word % profile.multiples[i];
    if (keep == BH_KEEP_HASH || keep == BH_KEEP_NOTHING) word = hash(keep, Word, word);
  }
}

}  // namespace bh::kernel
