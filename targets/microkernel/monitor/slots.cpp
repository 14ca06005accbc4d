#include "targets/microkernel/monitor/slots.h"

namespace bh::kernel {
namespace {

constexpr uint32_t Blocks = 2;
constexpr uint8_t TriesOfATrial = 1;

// A record as words, to be read and written like flash.
union Copy {
  bh_boot_record record;
  uint32_t words[sizeof(bh_boot_record) / sizeof(uint32_t)];
};

Digest hash(const bh_boot_record& r) {
  return sha256(reinterpret_cast<const uint8_t*>(&r), offsetof(bh_boot_record, sha256));
}

bool sound(const bh_boot_record& r, uint32_t block) {
  bool trial = r.trial != BH_NONE8;
  return r.magic == BH_RECORD_MAGIC && same(hash(r).bytes, r.sha256) &&
         r.sequence % Blocks == block && r.active < BH_SLOTS && (!trial || r.trial + r.active == 1);
}

}  // namespace

// False if there is flash, but no sound record in it.
bool Slots::load() {
  bool zeros = true;
  for (uint32_t block = 0; block < Blocks; ++block) {
    Copy copy;
    for (uint32_t i = 0; i < Words; ++i) {
      copy.words[i] = flash_->read(block, i);
      zeros = zeros && copy.words[i] == 0;
    }
    if (!sound(copy.record, block) || (kept_ && copy.record.sequence < record_.sequence)) continue;
    record_ = copy.record;
    kept_ = true;
  }
  if (!kept_) record_.trial = BH_NONE8;
  return kept_ || zeros;
}

// The older record goes; should power fail on the way, the newer one is still there.
bool Slots::save(bh_boot_record next) {
  ++next.sequence;
  Digest digest = hash(next);
  for (size_t i = 0; i < sizeof digest; ++i) next.sha256[i] = digest.bytes[i];
  const Copy copy{next};
  uint32_t block = next.sequence % Blocks;
  flash_->erase(block);
  for (uint32_t i = 0; i < Words; ++i) flash_->program(block, i, copy.words[i]);
  for (uint32_t i = 0; i < Words; ++i) {
    if (flash_->read(block, i) != copy.words[i]) return false;
  }
  record_ = next;
  return true;
}

Verification Slots::boot(const Flash& flash, const uint8_t* const (&memory)[BH_SLOTS]) {
  flash_ = &flash;
  for (uint32_t i = 0; i < BH_SLOTS; ++i) memory_[i] = memory[i];
  if (!load()) return {BH_EXIT_RECORD, "no sound record in flash", {}};
  running_ = record_.active;
  if (record_.trial != BH_NONE8) {
    bh_boot_record next = record_;
    if (next.tries-- != 0)
      running_ = next.trial;
    else
      next.trial = BH_NONE8, next.tries = 0;
    if (!save(next)) return {BH_EXIT_RECORD, "flash cannot be written", {}};
  }
  return admit(image_, running_, kept_ ? record_.digest[running_] : nullptr,
               record_.lowest_version);
}

// Opens the image in the slot, if it is the one with this digest, if any, and not too old.
Verification Slots::admit(SystemImage& image, uint32_t slot, const uint8_t* digest,
                          uint64_t lowest_version) const {
  if (bh_exit fault = image.open(memory_[slot], BH_SLOT_BYTES); fault != BH_EXIT_OK)
    return {fault, "first block of the image", {}};
  if (image.header().policy_version < lowest_version)
    return {BH_EXIT_ROLL_BACK, "older than what ran before", {}};
  if (digest != nullptr && !image.digest_is(digest))
    return {BH_EXIT_UNTRUSTED, "not the image that is trusted", {}};
  return image.table();
}

bool Slots::healthy() {
  if (!on_trial()) return true;
  bh_boot_record next = record_;
  next.active = next.trial;
  next.trial = BH_NONE8;
  next.lowest_version = image_.header().policy_version;
  return save(next);
}

bh_exit Slots::upgrade(const uint8_t* digest, uint64_t version) {
  uint32_t other = 1 - running_;
  if (!kept_ || on_trial()) return BH_EXIT_NO_SLOT;
  SystemImage image;
  bh_exit fault = admit(image, other, digest, version + 1).fault;
  if (fault == BH_EXIT_OK) fault = image.check(0, image.store_bytes());
  if (fault != BH_EXIT_OK) return fault;
  bh_boot_record next = record_;
  for (uint32_t i = 0; i < sizeof next.digest[other]; ++i) next.digest[other][i] = digest[i];
  next.trial = static_cast<uint8_t>(other);
  next.tries = TriesOfATrial;
  return save(next) ? BH_EXIT_OK : BH_EXIT_RECORD;
}

}  // namespace bh::kernel
