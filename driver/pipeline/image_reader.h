// Reads a system image as docs/image.md describes it, whole, and believes nothing in it. Shares
// nothing with what packs images, nor with the kernel's reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/sha256.h"

namespace bh {

struct ImageFile {
  uint64_t offset = 0;  // in the store
  uint64_t bytes = 0;   // 0: the component has no image
  Sha256 hash{};
};

struct ImageDescription {
  Sha256 digest{};
  Sha256 root_hash{};
  std::string salt;
  uint64_t policy_version = 0;
  uint32_t healthy_ms = 0;
  uint64_t store_offset = 0;
  uint64_t data_blocks = 0;
  uint64_t table_offset = 0;
  uint64_t table_bytes = 0;  // without its padding
  std::vector<ImageFile> files;
};

// Fails, saying where, unless every byte is what the digest vouches for.
Result<ImageDescription> read_system_image(std::string_view image);

}  // namespace bh
