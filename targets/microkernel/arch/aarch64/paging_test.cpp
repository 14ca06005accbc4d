#include "targets/microkernel/arch/paging.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace bh::kernel {
namespace {

constexpr uint64_t PoolAt = 0x42000000;
constexpr uint64_t PoolBytes = 0x400000;
constexpr Range Code{0x40080000, 0x10000};

struct Memory {
  Memory()
      : bytes(PoolBytes / 8), pool(PoolAt, reinterpret_cast<uint8_t*>(bytes.data()), PoolBytes) {}
  std::vector<uint64_t> bytes;
  FramePool pool;
};

TEST(Paging, KernelMapOfTheRightKindsPasses) {
  Memory m;
  AddressSpace map(m.pool);
  ASSERT_TRUE(map.map(0xffffff8040080000, Code, PageKind::KernelCode));
  ASSERT_TRUE(map.map(0xffffff8040090000, {0x40090000, 0x2000}, PageKind::KernelConstant));
  ASSERT_TRUE(map.map(0xffffff8040092000, {0x40092000, 0x1000}, PageKind::KernelData));
  ASSERT_TRUE(map.map(0xffffff8042000000, {PoolAt, PoolBytes}, PageKind::KernelData, true));
  EXPECT_EQ(check_kernel_map(m.pool, map.root(), Code), nullptr);
}

TEST(Paging, EachBrokenPromiseIsFound) {
  struct Case {
    bool kernel;
    PageKind kind;
    uint64_t physical;
  };
  const Case cases[] = {
      {true, PageKind::UserData, PoolAt + 0x300000},
      {true, PageKind::UserCode, PoolAt + 0x300000},
      {true, PageKind::UserConstant, 0x40080000},
      {true, PageKind::KernelCode, 0x40090000},
      {false, PageKind::KernelData, PoolAt + 0x300000},
      {false, PageKind::KernelCode, 0x40080000},
      {false, PageKind::UserData, 0x40080000},
      {false, PageKind::UserConstant, 0x09000000},
      {false, PageKind::Device, 0x09000000},
  };
  for (const Case& c : cases) {
    Memory m;
    AddressSpace map(m.pool);
    ASSERT_TRUE(map.map(0x400000, {c.physical, 4096}, c.kind));
    auto ownership = std::make_unique<Ownership>(m.pool);
    EXPECT_NE(c.kernel ? check_kernel_map(m.pool, map.root(), Code)
                       : check_user_map(m.pool, map.root(), *ownership),
              nullptr)
        << static_cast<int>(c.kind) << " " << c.physical;
  }
}

TEST(Paging, AnyDescriptorBothWritableAndExecutableIsFound) {
  constexpr uint64_t ReadOnly = 1u << 7;
  constexpr uint64_t NeverExecute[] = {uint64_t{1} << 53, uint64_t{1} << 54};
  for (bool kernel : {true, false}) {
    Memory m;
    AddressSpace map(m.pool);
    uint64_t frame = kernel ? Code.start : m.pool.allocate();
    ASSERT_TRUE(
        map.map(0x400000, {frame, 4096}, kernel ? PageKind::KernelCode : PageKind::UserCode));
    auto ownership = std::make_unique<Ownership>(m.pool);
    const char* before = kernel ? check_kernel_map(m.pool, map.root(), Code)
                                : check_user_map(m.pool, map.root(), *ownership);
    EXPECT_EQ(before, nullptr);
    for (uint64_t& word : m.bytes) {
      if ((word & ReadOnly) != 0 && (word & 3) == 3) word &= ~ReadOnly;
    }
    EXPECT_EQ(NeverExecute[0] & NeverExecute[1], 0u);
    auto fresh = std::make_unique<Ownership>(m.pool);
    const char* after = kernel ? check_kernel_map(m.pool, map.root(), Code)
                               : check_user_map(m.pool, map.root(), *fresh);
    ASSERT_NE(after, nullptr);
    EXPECT_NE(std::string(after).find("writable and executable"), std::string::npos);
  }
}

TEST(Paging, CodeHasNoWritableSecondAddress) {
  for (bool block : {false, true}) {
    Memory m;
    AddressSpace map(m.pool);
    ASSERT_TRUE(map.map(0xffffff8040080000, Code, PageKind::KernelCode));
    ASSERT_TRUE(
        block ? map.map(0xffffff8060000000, {0x40000000, 0x200000}, PageKind::KernelData, true)
              : map.map(0xffffff8060000000, {Code.start + 0x3000, 4096}, PageKind::KernelData));
    EXPECT_STREQ(check_kernel_map(m.pool, map.root(), Code),
                 "kernel code writable by another address");
  }
}

TEST(Paging, NoFrameBelongsToTwoComponents) {
  Memory m;
  AddressSpace first(m.pool);
  AddressSpace second(m.pool);
  uint64_t frame = m.pool.allocate();
  ASSERT_TRUE(first.map(0x400000, {frame, 4096}, PageKind::UserData));
  ASSERT_TRUE(first.map(0x500000, {m.pool.allocate(), 4096}, PageKind::UserData));
  ASSERT_TRUE(second.map(0x600000, {frame, 4096}, PageKind::UserConstant));
  auto ownership = std::make_unique<Ownership>(m.pool);
  EXPECT_EQ(check_user_map(m.pool, first.root(), *ownership), nullptr);
  EXPECT_STREQ(check_user_map(m.pool, second.root(), *ownership), "user page of somebody else");
}

TEST(Paging, AMappedPageIsNotMappedAgainAndAnEmptyPoolIsSaid) {
  Memory m;
  AddressSpace map(m.pool);
  ASSERT_TRUE(map.map(0x400000, {PoolAt + 0x300000, 4096}, PageKind::UserData));
  EXPECT_FALSE(map.map(0x400000, {PoolAt + 0x301000, 4096}, PageKind::UserData));
  while (m.pool.allocate() != 0) {
  }
  EXPECT_FALSE(map.map(0x40000000, {PoolAt + 0x302000, 4096}, PageKind::UserData));
}

}  // namespace
}  // namespace bh::kernel
