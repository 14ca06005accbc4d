// Reads a system image (abi/bh_image.h): nothing of it is handed out that its digest does not vouch
// for. Takes any bytes whatever.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "targets/microkernel/abi/bh_image.h"
#include "targets/microkernel/monitor/sha256.h"
#include "targets/microkernel/monitor/verify.h"

namespace bh::kernel {

// Does not own the bytes. Blocks of the store are verified each time they are read, those of the
// tree the first time they are needed.
class SystemImage {
 public:
  // BH_EXIT_OK, BH_EXIT_NO_IMAGE or BH_EXIT_HEADER. `bytes` must be aligned to 8; `available` may
  // exceed the image. Nothing below may be called before it has said BH_EXIT_OK.
  bh_exit open(const uint8_t* bytes, size_t available);

  const bh_system& header() const { return *reinterpret_cast<const bh_system*>(bytes_); }
  bool digest_is(const uint8_t* sha256) const;
  // The table, proved to be the one that the header names; else with BH_EXIT_TABLE_HASH, or what
  // verify() has against it.
  Verification table() const;

  const uint8_t* store() const { return bytes_ + header().store_offset; }
  size_t store_bytes() const { return header().table_offset - header().store_offset; }
  // Verifies the blocks that hold these bytes of the store; they must lie in it. BH_EXIT_OK,
  // BH_EXIT_TREE or BH_EXIT_BLOCK.
  bh_exit check(size_t offset, size_t count);

 private:
  static constexpr int MaxLevels = 3;

  const bh_verity& verity() const {
    return *reinterpret_cast<const bh_verity*>(bytes_ + BH_VERITY_OFFSET);
  }
  bool sound_header(size_t available);
  bool vouched(const uint8_t* digest, const uint8_t* block) const;
  bh_exit check_block(uint64_t block);

  const uint8_t* bytes_ = nullptr;
  int levels_ = 0;
  uint64_t first_[MaxLevels] = {};  // of each level, from the digests of the store up: a block
  uint64_t known_ = 0;              // bit b: block b of the tree was verified
};

}  // namespace bh::kernel
