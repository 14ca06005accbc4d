// Boots, upgrades and power cuts on flash and slots that are memory.
#include "targets/microkernel/monitor/slots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "targets/microkernel/testing/sample_system.h"

namespace bh::kernel {
namespace {

using testing::ByteVector;
using testing::SystemSpec;

constexpr uint32_t Words = sizeof(bh_boot_record) / 4;

// Power fails once `operations_left` have been done: the next one is done by half, later ones not
// at all.
uint32_t flash_words[2][Words];
int operations_left = 1 << 30;

bool powered() { return operations_left-- > 0; }
uint32_t read_word(uint32_t block, uint32_t word) { return flash_words[block][word]; }
void erase_block(uint32_t block) {
  if (operations_left < 0) return;
  const uint32_t erased = powered() ? Words : Words / 2;
  for (uint32_t i = 0; i < erased; ++i) flash_words[block][i] = ~0u;
}
void program_word(uint32_t block, uint32_t word, uint32_t value) {
  if (operations_left < 0) return;
  flash_words[block][word] &= powered() ? value : value | 0xffff;
}
const Flash Device{read_word, erase_block, program_word};

ByteVector image_of_version(uint64_t version) {
  SystemSpec system = testing::sample_system();
  system.policy_version = version;
  return testing::build_image({testing::build_blob(system), ByteVector(3 * BH_BLOCK_BYTES, 7)});
}

void write_record(bh_boot_record record) {
  record.magic = BH_RECORD_MAGIC;
  const Digest digest =
      sha256(reinterpret_cast<const uint8_t*>(&record), offsetof(bh_boot_record, sha256));
  std::memcpy(record.sha256, digest.bytes, sizeof digest);
  std::memcpy(flash_words[record.sequence % 2], &record, sizeof record);
}

class SlotsTest : public ::testing::Test {
 protected:
  // Slot A holds version 3 and is trusted, B version 4.
  void SetUp() override {
    operations_left = 1 << 30;
    std::memset(flash_words, 0, sizeof flash_words);
    put(0, image_of_version(3));
    put(1, image_of_version(4));
    bh_boot_record record{};
    record.sequence = 1;
    record.lowest_version = 3;
    record.trial = BH_NONE8;
    std::memcpy(record.digest[0], digest(0), 32);
    write_record(record);
  }
  // The memory of a slot stays where it is.
  void put(size_t slot, const ByteVector& image) {
    memory_[slot].assign(BH_SLOT_BYTES, 0);
    std::copy(image.begin(), image.end(), memory_[slot].begin());
  }
  const uint8_t* digest(size_t slot) { return memory_[slot].data() + offsetof(bh_system, sha256); }
  // The boot after power came back.
  bh_exit boot() {
    operations_left = 1 << 30;
    slots_ = Slots();
    return slots_.boot(Device, {memory_[0].data(), memory_[1].data()}).fault;
  }

  bh_exit upgrade(size_t slot) {
    return slots_.upgrade(digest(slot), slots_.image().header().policy_version);
  }

  ByteVector memory_[2];
  Slots slots_;
};

TEST_F(SlotsTest, WithoutFlashTheFirstSlotRunsWhateverItIs) {
  std::memset(flash_words, 0, sizeof flash_words);
  EXPECT_EQ(boot(), BH_EXIT_OK);
  EXPECT_FALSE(slots_.kept());
  EXPECT_FALSE(slots_.on_trial());
  EXPECT_EQ(upgrade(1), BH_EXIT_NO_SLOT);
  EXPECT_TRUE(slots_.healthy());
  EXPECT_EQ(flash_words[0][0] | flash_words[1][0], 0u);
}

TEST_F(SlotsTest, AnUpgradeThatReportsHealthyStays) {
  ASSERT_EQ(boot(), BH_EXIT_OK);
  EXPECT_EQ(slots_.running(), 0u);
  EXPECT_EQ(upgrade(1), BH_EXIT_OK);
  ASSERT_EQ(boot(), BH_EXIT_OK);
  EXPECT_EQ(slots_.running(), 1u);
  EXPECT_TRUE(slots_.on_trial());
  EXPECT_EQ(upgrade(0), BH_EXIT_NO_SLOT) << "the way back is not to be written to";
  EXPECT_TRUE(slots_.healthy());
  EXPECT_FALSE(slots_.on_trial());
  ASSERT_EQ(boot(), BH_EXIT_OK);
  EXPECT_EQ(slots_.running(), 1u);
  EXPECT_EQ(upgrade(0), BH_EXIT_ROLL_BACK);
}

TEST_F(SlotsTest, AnUpgradeThatNeverReportsFallsBack) {
  ASSERT_EQ(boot(), BH_EXIT_OK);
  ASSERT_EQ(upgrade(1), BH_EXIT_OK);
  ASSERT_EQ(boot(), BH_EXIT_OK);
  EXPECT_EQ(slots_.running(), 1u);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(boot(), BH_EXIT_OK);
    EXPECT_EQ(slots_.running(), 0u);
    EXPECT_FALSE(slots_.on_trial());
  }
  EXPECT_EQ(upgrade(1), BH_EXIT_OK) << "it may be tried again";
}

TEST_F(SlotsTest, AnImageThatIsDamagedAfterTheUpgradeFallsBack) {
  ASSERT_EQ(boot(), BH_EXIT_OK);
  ASSERT_EQ(upgrade(1), BH_EXIT_OK);
  memory_[1][100] ^= 1;
  EXPECT_EQ(boot(), BH_EXIT_HEADER);
  ASSERT_EQ(boot(), BH_EXIT_OK);
  EXPECT_EQ(slots_.running(), 0u);
}

TEST_F(SlotsTest, OnlyTheNamedNewerSoundImageIsTakenUp) {
  ASSERT_EQ(boot(), BH_EXIT_OK);
  const auto refused = [&](bh_exit code) {
    const bh_exit got = upgrade(1);
    EXPECT_EQ(got, code);
    ASSERT_EQ(boot(), BH_EXIT_OK);
    EXPECT_EQ(slots_.running(), 0u);
  };
  EXPECT_EQ(upgrade(0), BH_EXIT_UNTRUSTED) << "not the one that is there";
  const ByteVector good = memory_[1];
  const bh_system header = *reinterpret_cast<const bh_system*>(good.data());
  memory_[1][header.store_offset + 2 * BH_BLOCK_BYTES] ^= 1;
  refused(BH_EXIT_BLOCK);
  memory_[1] = good;
  memory_[1][BH_BLOCK_BYTES] ^= 1;
  refused(BH_EXIT_TREE);
  memory_[1] = good;
  memory_[1][header.table_offset + sizeof(bh_header)] ^= 1;
  refused(BH_EXIT_SHA256);
  put(1, image_of_version(3));
  refused(BH_EXIT_ROLL_BACK);
  put(1, image_of_version(2));
  refused(BH_EXIT_ROLL_BACK);
  put(1, {});
  refused(BH_EXIT_NO_IMAGE);
}

TEST_F(SlotsTest, AnOlderAnUnknownAndNoImageInTheActiveSlotAreRefused) {
  put(0, image_of_version(2));
  EXPECT_EQ(boot(), BH_EXIT_ROLL_BACK);
  put(0, image_of_version(5));
  EXPECT_EQ(boot(), BH_EXIT_UNTRUSTED);
  put(0, {});
  EXPECT_EQ(boot(), BH_EXIT_NO_IMAGE);
}

TEST_F(SlotsTest, EveryChangedBitOfTheOnlyRecordIsSeen) {
  for (uint32_t bit = 0; bit < Words * 32; ++bit) {
    flash_words[1][bit / 32] ^= 1u << bit % 32;
    EXPECT_EQ(boot(), BH_EXIT_RECORD) << bit;
    flash_words[1][bit / 32] ^= 1u << bit % 32;
  }
  EXPECT_EQ(boot(), BH_EXIT_OK);
  std::memset(flash_words, 0xff, sizeof flash_words);
  EXPECT_EQ(boot(), BH_EXIT_RECORD);
}

TEST_F(SlotsTest, ARecordInTheOtherBlockIsNone) {
  std::memcpy(flash_words[0], flash_words[1], sizeof flash_words[0]);
  std::memset(flash_words[1], 0xff, sizeof flash_words[1]);
  EXPECT_EQ(boot(), BH_EXIT_RECORD);
}

TEST_F(SlotsTest, FlashThatDoesNotTakeTheRecordStopsTheTrial) {
  ASSERT_EQ(boot(), BH_EXIT_OK);
  ASSERT_EQ(upgrade(1), BH_EXIT_OK);
  operations_left = -1;
  slots_ = Slots();
  EXPECT_EQ(slots_.boot(Device, {memory_[0].data(), memory_[1].data()}).fault, BH_EXIT_RECORD);
}

// Each of the three records of an upgrade (accepted, tried, kept) is cut off after each operation:
// the next boot runs one of the two images, and A still does unless B was kept.
TEST_F(SlotsTest, APowerCutAtAnyMomentLosesNothing) {
  constexpr int Operations = 1 + static_cast<int>(Words);
  for (int cut = 0; cut < 3 * Operations; ++cut) {
    SetUp();
    ASSERT_EQ(boot(), BH_EXIT_OK);
    operations_left = cut;
    const bool accepted = upgrade(1) == BH_EXIT_OK;
    EXPECT_EQ(accepted, cut >= Operations);
    if (accepted) {
      const int left = operations_left;
      slots_ = Slots();
      operations_left = left;
      const bh_exit tried = slots_.boot(Device, {memory_[0].data(), memory_[1].data()}).fault;
      EXPECT_EQ(tried == BH_EXIT_OK, cut >= 2 * Operations);
      if (tried == BH_EXIT_OK) {
        EXPECT_FALSE(slots_.healthy());
      }
    }
    ASSERT_EQ(boot(), BH_EXIT_OK) << cut;
    const bool trial = slots_.running() == 1;
    EXPECT_EQ(trial, slots_.on_trial()) << "B was never kept";
    ASSERT_EQ(boot(), BH_EXIT_OK) << cut;
    EXPECT_EQ(slots_.running(), 0u) << cut;
  }
}

}  // namespace
}  // namespace bh::kernel
