#include "targets/microkernel/monitor/verity.h"

namespace bh::kernel {
namespace {

constexpr size_t DigestBytes = sizeof(Digest);
constexpr uint64_t MostDataBlocks = BH_SLOT_BYTES / BH_BLOCK_BYTES;
static_assert(MostDataBlocks / BH_BLOCK_DIGESTS + 2 <= 64);  // bits of known_

}  // namespace

bh_exit SystemImage::open(const uint8_t* bytes, size_t available) {
  constexpr size_t Hashed = offsetof(bh_system, format_version);
  *this = SystemImage{};
  bytes_ = bytes;
  if (available < BH_BLOCK_BYTES || header().magic != BH_SYSTEM_MAGIC) return BH_EXIT_NO_IMAGE;
  Digest digest = sha256(bytes + Hashed, BH_BLOCK_BYTES - Hashed);
  return digest_is(digest.bytes) && sound_header(available) ? BH_EXIT_OK : BH_EXIT_HEADER;
}

// Lays out the tree; false if the header is not that of the layout. What else the superblock says
// is for other readers: with another version or algorithm the tree would not fit its root.
bool SystemImage::sound_header(size_t available) {
  const bh_system& h = header();
  const bh_verity& v = verity();
  bool sound = h.format_version == BH_SYSTEM_VERSION && h.healthy_ms != 0 && v.data_blocks != 0 &&
               v.data_blocks <= MostDataBlocks && v.salt_size <= sizeof v.salt;
  if (!sound) return false;
  uint64_t blocks[MaxLevels];
  for (uint64_t below = v.data_blocks; below > 1; below = blocks[levels_++]) {
    blocks[levels_] = (below + BH_BLOCK_DIGESTS - 1) / BH_BLOCK_DIGESTS;
  }
  uint64_t next = 0;
  for (int level = levels_; level-- > 0; next += blocks[level]) first_[level] = next;
  uint64_t store = (1 + next) * BH_BLOCK_BYTES;
  uint64_t table = store + v.data_blocks * BH_BLOCK_BYTES;
  return h.store_offset == store && h.table_offset == table && h.total_bytes > table &&
         h.total_bytes <= available && h.total_bytes % BH_BLOCK_BYTES == 0;
}

bool SystemImage::digest_is(const uint8_t* sha256) const { return same(header().sha256, sha256); }

Verification SystemImage::table() const {
  const uint8_t* bytes = bytes_ + header().table_offset;
  const size_t count = header().total_bytes - header().table_offset;
  Verification table = verify(bytes, count);
  if (table.fault != BH_EXIT_OK) return table;
  const bh_header& found = *table.table.header;
  if (!same(found.sha256, header().table_sha256) ||
      !zeros(bytes + found.total_bytes, count - found.total_bytes) ||
      found.policy_version != header().policy_version) {
    return {BH_EXIT_TABLE_HASH, "not the table of the image", {}};
  }
  return table;
}

bh_exit SystemImage::check(size_t offset, size_t count) {
  for (size_t at = offset / BH_BLOCK_BYTES; at * BH_BLOCK_BYTES < offset + count; ++at) {
    if (bh_exit fault = check_block(at); fault != BH_EXIT_OK) return fault;
  }
  return BH_EXIT_OK;
}

// The way from the root to a block of the store.
bh_exit SystemImage::check_block(uint64_t block) {
  const uint8_t* digest = header().root_hash;
  for (int level = levels_; level-- > 0;) {
    uint64_t below = block;
    for (int i = 0; i < level; ++i) below /= BH_BLOCK_DIGESTS;
    uint64_t node = first_[level] + below / BH_BLOCK_DIGESTS;
    const uint8_t* at = bytes_ + (1 + node) * BH_BLOCK_BYTES;
    if ((known_ >> node & 1) == 0 && !vouched(digest, at)) return BH_EXIT_TREE;
    known_ |= uint64_t{1} << node;
    digest = at + below % BH_BLOCK_DIGESTS * DigestBytes;
  }
  return vouched(digest, store() + block * BH_BLOCK_BYTES) ? BH_EXIT_OK : BH_EXIT_BLOCK;
}

bool SystemImage::vouched(const uint8_t* digest, const uint8_t* block) const {
  static uint8_t salted[sizeof(bh_verity::salt) + BH_BLOCK_BYTES];
  size_t salt = verity().salt_size;
  for (size_t i = 0; i < salt; ++i) salted[i] = verity().salt[i];
  for (size_t i = 0; i < BH_BLOCK_BYTES; ++i) salted[salt + i] = block[i];
  return same(sha256(salted, salt + BH_BLOCK_BYTES).bytes, digest);
}

}  // namespace bh::kernel
