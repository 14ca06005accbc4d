#include "targets/microkernel/kernel/image.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "targets/microkernel/kernel/layout.h"
#include "targets/microkernel/testing/system_builder.h"

namespace bh::kernel {
namespace {

using testing::ByteVector;

template <typename T>
void put(ByteVector& bytes, size_t at, T value) {
  if (bytes.size() < at + sizeof value) bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

// A file with a constant segment (flags 4) at 0x400000 and a code segment (flags 5) at 0x401000.
ByteVector executable() {
  ByteVector f(0x3000);
  const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
  std::memcpy(f.data(), ident, sizeof ident);
  put(f, 16, uint16_t{2});
  put(f, 18, ElfMachine);
  put(f, 24, uint64_t{0x401004});
  put(f, 32, uint64_t{64});
  put(f, 54, uint16_t{56});
  put(f, 56, uint16_t{2});
  for (uint64_t i = 0; i < 2; ++i) {
    size_t at = 64 + 56 * i;
    put(f, at, uint32_t{1});
    put(f, at + 4, static_cast<uint32_t>(4 + i));
    put(f, at + 8, uint64_t{0x1000 + 0x1000 * i});
    put(f, at + 16, uint64_t{ImageStart + 0x1000 * i});
    put(f, at + 32, uint64_t{0x100});
    put(f, at + 40, uint64_t{0x200});
  }
  put(f, 0x1000, uint64_t{BH_IMAGE_MAGIC});
  put(f, 0x1008, uint64_t{0xb007});
  return f;
}

bool reads(const ByteVector& file) {
  Image image;
  return read_image({file.data(), file.size()}, image);
}

template <typename T>
bool reads_with(size_t at, T value) {
  ByteVector file = executable();
  put(file, at, value);
  return reads(file);
}

TEST(Image, ReadsSegmentsEntryAndHeader) {
  ByteVector file = executable();
  Image image;
  ASSERT_TRUE(read_image({file.data(), file.size()}, image));
  EXPECT_EQ(image.segment_count, 2u);
  EXPECT_EQ(image.segments[0].kind, PageKind::UserConstant);
  EXPECT_EQ(image.segments[1].kind, PageKind::UserCode);
  EXPECT_EQ(image.segments[1].memory_bytes, 0x200u);
  EXPECT_EQ(image.entry, 0x401004u);
  EXPECT_EQ(image.header->abi_hash, 0xb007u);
}

TEST(Image, RefusesEverythingElse) {
  constexpr size_t First = 64, Second = 64 + 56;
  EXPECT_FALSE(reads({}));
  EXPECT_FALSE(reads_with(0, uint8_t{0x7e}));
  EXPECT_FALSE(reads_with(4, uint8_t{1}));             // 32 bit
  EXPECT_FALSE(reads_with(16, uint16_t{3}));           // position independent
  EXPECT_FALSE(reads_with(18, uint16_t{62}));          // x86
  EXPECT_FALSE(reads_with(24, uint64_t{ImageStart}));  // entry outside of the code
  EXPECT_FALSE(reads_with(24, uint64_t{0x401200}));    // just behind it
  EXPECT_FALSE(reads_with(24, uint64_t{0x401006}));    // misaligned
  EXPECT_FALSE(reads_with(32, uint64_t{1} << 63));     // program headers outside
  EXPECT_FALSE(reads_with(54, uint16_t{55}));
  EXPECT_FALSE(reads_with(Second + 4, uint32_t{7}));            // writable and executable
  EXPECT_FALSE(reads_with(Second + 4, uint32_t{1}));            // not readable
  EXPECT_FALSE(reads_with(Second + 8, ~uint64_t{7}));           // content outside
  EXPECT_FALSE(reads_with(Second + 16, uint64_t{ImageStart}));  // overlaps the first
  EXPECT_FALSE(reads_with(Second + 16, uint64_t{0x401010}));    // not page-aligned
  EXPECT_FALSE(reads_with(First + 16, uint64_t{0}));            // below the image area
  EXPECT_FALSE(reads_with(Second + 16, KernelOffset));          // in the kernel's half
  EXPECT_FALSE(reads_with(Second + 40, ~uint64_t{0}));          // wraps
  EXPECT_FALSE(reads_with(Second + 40, uint64_t{0x80}));        // memory smaller than file
  EXPECT_FALSE(reads_with(0x1000, uint64_t{0}));                // no image header
}

TEST(Image, EveryPrefixAndEveryByteIsTakenWithoutAccessOutside) {
  const ByteVector good = executable();
  for (size_t size = 0; size < 0x2100; size += size < 300 ? 1 : 64) {
    auto exact = std::make_unique<uint8_t[]>(size + 1);
    std::memcpy(exact.get(), good.data(), size);
    Image image;
    read_image({exact.get(), size}, image);
  }
  for (size_t at = 0; at < 180; ++at) {
    ByteVector file = good;
    file[at] ^= 0xff;
    reads(file);
  }
}

// The store of an image, with one byte of the archive's first block set to another value.
ByteVector stored(ByteVector archive, size_t at = 0, uint8_t value = 'B') {
  archive[at] = value;
  return testing::build_image({ByteVector(sizeof(bh_header)), std::move(archive)});
}

TEST(Archive, EntriesMustLieInsideAndBeVouchedFor) {
  const ByteVector archive = testing::build_archive({{1, 2, 3}, {4}}, 0, 1);
  ByteVector bytes = stored(archive);
  SystemImage image;
  ASSERT_EQ(image.open(bytes.data(), bytes.size()), BH_EXIT_OK);
  const bh_archive* header = nullptr;
  EXPECT_EQ(read_archive(image, 1, header), BH_EXIT_ARCHIVE);
  ASSERT_EQ(read_archive(image, 2, header), BH_EXIT_OK);
  EXPECT_EQ(header->run_limit_ms, 1u);
  Bytes file;
  ASSERT_EQ(read_entry(image, 1, file), BH_EXIT_OK);
  EXPECT_EQ(file.count, 1u);
  EXPECT_EQ(*file.at, 4);
  bytes[static_cast<size_t>(file.at - bytes.data()) + 100] ^= 1;
  EXPECT_EQ(read_entry(image, 1, file), BH_EXIT_BLOCK);
  EXPECT_EQ(read_entry(image, 0, file), BH_EXIT_OK);
}

TEST(Archive, WhatIsVouchedForButPointsOutsideIsRefused) {
  const ByteVector archive = testing::build_archive({{1, 2, 3}, {4}}, 0, 1);
  const size_t second = sizeof(bh_archive) + sizeof(bh_archive_entry);
  for (size_t byte = 0; byte < sizeof(bh_archive_entry); ++byte) {
    const ByteVector bytes = stored(archive, second + byte, 0xf1);
    SystemImage image;
    ASSERT_EQ(image.open(bytes.data(), bytes.size()), BH_EXIT_OK);
    Bytes file;
    const bool inside = byte == 4;  // the low byte of its size
    EXPECT_EQ(read_entry(image, 1, file), inside ? BH_EXIT_OK : BH_EXIT_ARCHIVE) << byte;
  }
}

}  // namespace
}  // namespace bh::kernel
