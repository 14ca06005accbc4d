#include "targets/microkernel/monitor/audit_ring.h"

#include <gtest/gtest.h>

#include <memory>

namespace bh::kernel {
namespace {

TEST(AuditRing, NumbersRecordsWithoutHoles) {
  auto ring = std::make_unique<AuditRing>();
  for (uint64_t i = 0; i < 1000; ++i) {
    bh_audit* slot = ring->append();
    ASSERT_NE(slot, nullptr);
    EXPECT_EQ(slot->sequence, i);
    EXPECT_EQ(ring->oldest().sequence, i);
    ring->drop_oldest();
  }
  EXPECT_TRUE(ring->empty());
}

TEST(AuditRing, AFullRingLosesTheNewRecordAndCountsIt) {
  auto ring = std::make_unique<AuditRing>();
  for (uint64_t i = 0; i < AuditRing::Capacity; ++i) ASSERT_NE(ring->append(), nullptr);
  EXPECT_TRUE(ring->full());
  EXPECT_EQ(ring->append(), nullptr);
  EXPECT_EQ(ring->append(), nullptr);
  EXPECT_EQ(ring->lost(), 2u);
  EXPECT_EQ(ring->oldest().sequence, 0u);
  ring->drop_oldest();
  bh_audit* next = ring->append();
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->sequence, AuditRing::Capacity + 2);
  EXPECT_EQ(ring->recorded(), AuditRing::Capacity + 3);
}

}  // namespace
}  // namespace bh::kernel
