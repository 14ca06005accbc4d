#include "targets/microkernel/monitor/verity.h"

#include <gtest/gtest.h>

#include <cstring>

#include "targets/microkernel/testing/sample_system.h"

namespace bh::kernel {
namespace {

using testing::ByteVector;

// An image with a store of this many blocks.
ByteVector image_of(size_t data_blocks, const ByteVector& salt = ByteVector(32, 0x5a)) {
  ByteVector store(data_blocks * BH_BLOCK_BYTES);
  for (size_t i = 0; i < store.size(); ++i) store[i] = static_cast<uint8_t>(i * 31 + i / 4096);
  return testing::build_image(
      {testing::build_blob(testing::sample_system()), std::move(store), 100, salt});
}

// All that a boot looks at.
bh_exit examine(const ByteVector& bytes) {
  SystemImage image;
  if (bh_exit fault = image.open(bytes.data(), bytes.size()); fault != BH_EXIT_OK) return fault;
  if (bh_exit fault = image.table().fault; fault != BH_EXIT_OK) return fault;
  return image.check(0, image.store_bytes());
}

const bh_system& header_of(const ByteVector& image) {
  return *reinterpret_cast<const bh_system*>(image.data());
}

// Which codes may answer a changed byte there.
bool right_code(const bh_system& header, size_t at, bh_exit code) {
  if (at < sizeof header.magic) return code == BH_EXIT_NO_IMAGE;
  if (at < BH_BLOCK_BYTES) return code == BH_EXIT_HEADER;
  if (at < header.store_offset) return code == BH_EXIT_TREE;
  if (at < header.table_offset) return code == BH_EXIT_BLOCK;
  return (code >= BH_EXIT_NO_BLOB && code <= BH_EXIT_STRUCTURE) || code == BH_EXIT_TABLE_HASH;
}

void expect_refused(ByteVector& image, size_t at) {
  const bh_system header = header_of(image);
  image[at] ^= 0x40;
  const bh_exit code = examine(image);
  EXPECT_TRUE(right_code(header, at, code)) << "byte " << at << ": " << code;
  image[at] ^= 0x40;
}

TEST(SystemImage, AcceptsEveryDepthOfTreeWithAnySalt) {
  for (size_t blocks : {1, 2, 3, 127, 128, 129, 256, 300}) {
    EXPECT_EQ(examine(image_of(blocks)), BH_EXIT_OK) << blocks;
  }
  EXPECT_EQ(examine(image_of(3, {})), BH_EXIT_OK);
  EXPECT_EQ(examine(image_of(3, ByteVector(256, 1))), BH_EXIT_OK);
}

TEST(SystemImage, EveryChangedByteIsRefusedWithTheCodeOfItsPlace) {
  ByteVector image = image_of(2);
  for (size_t at = 0; at < image.size(); ++at) expect_refused(image, at);
  EXPECT_EQ(examine(image), BH_EXIT_OK);
}

TEST(SystemImage, ChangedBytesUnderATreeOfTwoLevels) {
  ByteVector image = image_of(131);
  const bh_system header = header_of(image);
  for (size_t at = BH_BLOCK_BYTES; at < header.store_offset; at += 101) expect_refused(image, at);
  for (size_t at = header.store_offset; at < image.size(); at += 8191) expect_refused(image, at);
}

TEST(SystemImage, ABlockIsVerifiedEachTimeItIsRead) {
  ByteVector bytes = image_of(131);
  SystemImage image;
  ASSERT_EQ(image.open(bytes.data(), bytes.size()), BH_EXIT_OK);
  EXPECT_EQ(image.check(130 * BH_BLOCK_BYTES + 7, 1), BH_EXIT_OK);
  bytes[header_of(bytes).store_offset + 130 * BH_BLOCK_BYTES] ^= 1;
  EXPECT_EQ(image.check(130 * BH_BLOCK_BYTES + 7, 1), BH_EXIT_BLOCK);
  EXPECT_EQ(image.check(129 * BH_BLOCK_BYTES, BH_BLOCK_BYTES), BH_EXIT_OK);
  EXPECT_EQ(image.check(129 * BH_BLOCK_BYTES, BH_BLOCK_BYTES + 1), BH_EXIT_BLOCK);
}

TEST(SystemImage, EveryTruncationIsRefused) {
  const ByteVector bytes = image_of(2);
  for (size_t size = 0; size < bytes.size(); size += 512) {
    SystemImage image;
    EXPECT_NE(image.open(bytes.data(), size), BH_EXIT_OK) << size;
  }
}

// With a digest made right again only the layout stands guard: nothing outside may be read (the
// sanitizers watch) and nothing that does not fit be accepted.
TEST(SystemImage, ImpossibleFirstBlocksAreRefused) {
  const ByteVector good = image_of(3);
  const auto with = [&](size_t at, uint64_t value, size_t bytes) {
    ByteVector image = good;
    std::memcpy(image.data() + at, &value, bytes);
    testing::seal_image(image);
    return examine(image);
  };
  constexpr size_t Blocks = BH_VERITY_OFFSET + offsetof(bh_verity, data_blocks);
  for (uint64_t blocks :
       {uint64_t{0}, uint64_t{2}, uint64_t{4}, uint64_t{6145}, ~uint64_t{0}, uint64_t{1} << 52}) {
    EXPECT_EQ(with(Blocks, blocks, 8), BH_EXIT_HEADER) << blocks;
  }
  EXPECT_EQ(with(BH_VERITY_OFFSET + offsetof(bh_verity, salt_size), 257, 2), BH_EXIT_HEADER);
  EXPECT_EQ(with(offsetof(bh_system, format_version), 2, 4), BH_EXIT_HEADER);
  for (uint64_t offset : {uint64_t{0}, uint64_t{4096}, uint64_t{0xfffff000}}) {
    EXPECT_EQ(with(offsetof(bh_system, store_offset), offset, 4), BH_EXIT_HEADER) << offset;
    EXPECT_EQ(with(offsetof(bh_system, table_offset), offset, 4), BH_EXIT_HEADER) << offset;
    EXPECT_EQ(with(offsetof(bh_system, total_bytes), offset, 4), BH_EXIT_HEADER) << offset;
  }
  EXPECT_EQ(with(offsetof(bh_system, healthy_ms), 0, 4), BH_EXIT_HEADER);
  EXPECT_EQ(with(offsetof(bh_system, root_hash), 0, 8), BH_EXIT_TREE);
  EXPECT_EQ(with(offsetof(bh_system, table_sha256), 0, 8), BH_EXIT_TABLE_HASH);
  EXPECT_EQ(with(offsetof(bh_system, policy_version), 9, 8), BH_EXIT_TABLE_HASH);
}

}  // namespace
}  // namespace bh::kernel
