// Packs system images: the format is in targets/microkernel/abi/bh_image.h. Looks into nothing that
// it packs but the table's header, so that tests can pack what is not sound.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bh {

// The component store before its last padding: struct bh_archive, its entries, the ELF files by
// component; an empty one: the component is absent. `audit_key`: 32 bytes, or none for zeros.
std::string pack_store(const std::vector<std::string>& files, uint32_t flags, uint32_t run_limit_ms,
                       std::string_view audit_key = {});

struct SystemParts {
  std::string_view table;  // the image has its policy version
  std::string_view store;
  std::string_view salt;  // of the hash tree; its first 16 bytes are the image's name
  uint32_t healthy_ms = 0;
};

// The same parts, the same bytes.
std::string pack_system(const SystemParts& parts);

// Recomputes the digest of an image whose first block was changed.
void seal_system(std::span<uint8_t> image);

}  // namespace bh
