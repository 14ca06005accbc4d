// A blob or an archive that is not exactly right is refused, each with its own exit code, before
// any component runs.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

#include "tests/boot/steps.h"

namespace bh::boot_test {
namespace {

using namespace bh::kernel::testing;

const MethodSpec Plain{2, 0, 1, 0, false, {}};

struct Loaded {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  ByteVector blob = build_blob(system);
  ByteVector archive =
      build_archive(images_of(system, {caller({call(0, 0)}), server()}), BH_ARCHIVE_VERBOSE, 1000);
};

void expect_refused(const ByteVector& blob, const ByteVector& archive, int exit) {
  Outcome r = run({blob, archive});
  EXPECT_EQ(r.exit, exit) << r.text;
  EXPECT_TRUE(r.boot.is_null()) << "it booted: " << r.text;
  EXPECT_EQ(r.last["exit"], exit);
}

template <typename T>
void put(ByteVector& bytes, size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

TEST(Refusal, TheUndamagedPairBoots) {
  Loaded good;
  EXPECT_EQ(run({good.blob, good.archive}).exit, 0);
}

TEST(Refusal, NoBlob) { expect_refused(ByteVector(4096), Loaded{}.archive, BH_EXIT_NO_BLOB); }

TEST(Refusal, HeaderFieldsEachHaveTheirCode) {
  Loaded good;
  ByteVector blob = good.blob;
  put(blob, offsetof(bh_header, format_version), uint32_t{BH_FORMAT_VERSION + 1});
  expect_refused(blob, good.archive, BH_EXIT_FORMAT);
  blob = good.blob;
  put(blob, offsetof(bh_header, total_bytes), uint32_t{0xfffffff8});
  expect_refused(blob, good.archive, BH_EXIT_LENGTH);
  blob = good.blob;
  blob.back() ^= 1;
  expect_refused(blob, good.archive, BH_EXIT_SHA256);
  blob = good.blob;
  put(blob, offsetof(bh_header, policy_version), uint64_t{0});
  seal_blob(blob);
  expect_refused(blob, good.archive, BH_EXIT_STRUCTURE);
  blob = good.blob;
  put(blob, offsetof(bh_header, abi_hash), uint64_t{0xb008});
  seal_blob(blob);
  expect_refused(blob, good.archive, BH_EXIT_ABI);
}

TEST(Refusal, OneChangedByteAnywhere) {
  // All bytes are covered by the host tests of the verifier; the booted kernel gets a sample.
  Loaded good;
  for (size_t at = 0; at < good.blob.size(); at += 41) {
    ByteVector blob = good.blob;
    blob[at] ^= 0x80;
    Outcome r = run({blob, good.archive});
    EXPECT_GE(r.exit, BH_EXIT_NO_BLOB) << "byte " << at << "\n" << r.text;
    EXPECT_LE(r.exit, BH_EXIT_STRUCTURE) << "byte " << at;
    EXPECT_TRUE(r.boot.is_null()) << "byte " << at;
  }
}

TEST(Refusal, ATruncatedBlob) {
  Loaded good;
  ByteVector blob(good.blob.begin(), good.blob.end() - 64);
  expect_refused(blob, good.archive, BH_EXIT_SHA256);
}

TEST(Refusal, Archives) {
  Loaded good;
  expect_refused(good.blob, ByteVector(4096), BH_EXIT_ARCHIVE);
  expect_refused(good.blob, build_archive({server()}, 0, 1000), BH_EXIT_ARCHIVE);
  expect_refused(good.blob, build_archive({server(), server()}, 0, 0), BH_EXIT_ARCHIVE);
  expect_refused(good.blob, build_archive({server(), server()}, 0x80, 1000), BH_EXIT_ARCHIVE);
  ByteVector outside = good.archive;
  put(outside, sizeof(bh_archive) + sizeof(bh_archive_entry), uint32_t{0x7ffff000});
  expect_refused(good.blob, outside, BH_EXIT_ARCHIVE);
}

TEST(Refusal, Images) {
  Loaded good;
  expect_refused(good.blob, build_archive({server(), ByteVector(64, 0x7f)}, 0, 1000),
                 BH_EXIT_IMAGE);
  ByteVector writable_code = server();
  // Every program header: flags are the second word.
  uint64_t headers = 0;
  std::memcpy(&headers, writable_code.data() + 32, sizeof headers);
  for (size_t i = 0; i < 3; ++i) put(writable_code, headers + 56 * i + 4, uint32_t{7});
  expect_refused(good.blob, build_archive({server(), writable_code}, 0, 1000), BH_EXIT_IMAGE);
  ByteVector huge = server();
  put(huge, headers + 56 * 2 + 40, uint64_t{0x3000000});  // the last, which overlaps no other
  expect_refused(good.blob, build_archive({server(), huge}, 0, 1000), BH_EXIT_MEMORY);
}

TEST(Refusal, AnImageOtherThanTheOneTheTableIsBoundTo) {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  ByteVector image = images_of(system, {caller({call(0, 0)})})[0];
  system.components[0].bound_image = image;
  EXPECT_EQ(run(system, {image, server()}).exit, 0);
  image.back() ^= 1;
  EXPECT_EQ(run(system, {image, server()}).exit, BH_EXIT_IMAGE_HASH);
}

}  // namespace
}  // namespace bh::boot_test
