// Which of the two images runs: the record in flash, upgrade to the other slot, and the way back.
// Pure: flash and slots may be memory of a test.
#pragma once

#include "targets/microkernel/monitor/verity.h"

namespace bh::kernel {

// Two erase blocks, seen as 32-bit words. What is erased has all bits set.
struct Flash {
  uint32_t (*read)(uint32_t block, uint32_t word);
  void (*erase)(uint32_t block);
  void (*program)(uint32_t block, uint32_t word, uint32_t value);
};

class Slots {
 public:
  // Chooses the slot, uses up a try if it is on trial, and verifies its image but for the store,
  // whose blocks are verified when they are read. `memory` is where the slots lie.
  // BH_EXIT_RECORD, BH_EXIT_NO_SLOT, BH_EXIT_ROLL_BACK, BH_EXIT_UNTRUSTED, or what the image says.
  Verification boot(const Flash& flash, const uint8_t* const (&memory)[BH_SLOTS]);

  SystemImage& image() { return image_; }
  const SystemImage& image() const { return image_; }
  uint32_t running() const { return running_; }
  bool kept() const { return kept_; }  // there is flash; else slot A runs, whatever it is
  // Runs for the first time and has not reported healthy: the way back is open.
  bool on_trial() const { return kept_ && record_.trial == running_; }
  // Keeps what runs, for good: older images are refused from now on. False if flash fails.
  bool healthy();
  // Verifies all of the image in the other slot; if it is the one with this digest, and newer than
  // `version`, then it runs next, on trial. Else nothing has changed; BH_EXIT_NO_SLOT on trial or
  // without flash.
  bh_exit upgrade(const uint8_t* digest, uint64_t version);

 private:
  static constexpr uint32_t Words = sizeof(bh_boot_record) / sizeof(uint32_t);

  bool load();
  bool save(bh_boot_record next);
  Verification admit(SystemImage& image, uint32_t slot, const uint8_t* digest,
                     uint64_t lowest_version) const;
  const Flash* flash_ = nullptr;
  const uint8_t* memory_[BH_SLOTS] = {};
  bh_boot_record record_{};
  bool kept_ = false;
  uint32_t running_ = 0;
  SystemImage image_;
};

}  // namespace bh::kernel
