#include "targets/microkernel/monitor/crash_record.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

namespace bh::kernel {
namespace {

TEST(CrashRecord, KeepsTheLastRecordsOldestFirst) {
  auto ring = std::make_unique<AuditRing>();
  auto crash = std::make_unique<CrashRecord>();
  crash->fill(BH_EXIT_WATCHDOG, {}, *ring);
  EXPECT_TRUE(crash->sound());
  EXPECT_EQ(crash->count, 0u);
  for (uint64_t i = 0; i < 3 * AuditRing::Capacity + 5; ++i) {
    ring->append();
    ring->drop_oldest();
  }
  crash->fill(BH_EXIT_WATCHDOG, {1, 2, 3}, *ring);
  EXPECT_TRUE(crash->sound());
  ASSERT_EQ(crash->count, CrashRecord::MaxLast);
  const uint64_t first = ring->recorded() - CrashRecord::MaxLast;
  for (uint64_t i = 0; i < crash->count; ++i) EXPECT_EQ(crash->last[i].sequence, first + i);
}

// What lies in the page after power-on, or after a write that did not finish, is no record.
TEST(CrashRecord, NoChangedBitPasses) {
  auto ring = std::make_unique<AuditRing>();
  auto crash = std::make_unique<CrashRecord>();
  EXPECT_FALSE(crash->sound());
  for (int i = 0; i < 20; ++i) ring->append();
  crash->fill(BH_EXIT_KERNEL_FAULT, {1, 2, 3}, *ring);
  auto* bytes = reinterpret_cast<uint8_t*>(crash.get());
  for (size_t bit = 0; bit < sizeof *crash * 8; ++bit) {
    bytes[bit / 8] ^= uint8_t(1u << bit % 8);
    ASSERT_FALSE(crash->sound()) << bit;
    bytes[bit / 8] ^= uint8_t(1u << bit % 8);
  }
  EXPECT_TRUE(crash->sound());
}

}  // namespace
}  // namespace bh::kernel
