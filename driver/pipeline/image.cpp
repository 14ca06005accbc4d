#include "driver/pipeline/image.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>

#include "core/base/check.h"
#include "targets/microkernel/abi/bh_image.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

template <typename Row>
void put(std::string& bytes, size_t at, const Row& row) {
  std::memcpy(bytes.data() + at, &row, sizeof row);
}

void pad_to_block(std::string& bytes) {
  bytes.resize((bytes.size() + BH_BLOCK_BYTES - 1) / BH_BLOCK_BYTES * BH_BLOCK_BYTES);
}

std::string text_of(const Sha256& hash) {
  return std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
}

std::string component_store(const ImageContents& contents) {
  const auto count = static_cast<uint32_t>(contents.images.size());
  const bh_archive header{BH_ARCHIVE_MAGIC,
                          BH_ARCHIVE_VERSION,
                          count,
                          contents.verbose ? uint32_t{BH_ARCHIVE_VERBOSE} : 0u,
                          contents.run_limit_ms,
                          {}};
  std::string store(sizeof header + count * sizeof(bh_archive_entry), '\0');
  put(store, 0, header);
  for (uint32_t i = 0; i < count; ++i) {
    pad_to_block(store);
    const bh_archive_entry entry{static_cast<uint32_t>(store.size()),
                                 static_cast<uint32_t>(contents.images[i].size())};
    put(store, sizeof header + i * sizeof entry, entry);
    store += contents.images[i];
  }
  pad_to_block(store);
  return store;
}

// The digests of all blocks one after the other: the level of the tree above them.
std::string digests(const std::string& blocks, const std::string& salt) {
  std::string level;
  for (size_t at = 0; at < blocks.size(); at += BH_BLOCK_BYTES) {
    level += text_of(sha256(salt + blocks.substr(at, BH_BLOCK_BYTES)));
  }
  return level;
}

struct Tree {
  std::string blocks;  // from the top down
  std::string root;
};

Tree build_tree(const std::string& store, const std::string& salt) {
  Tree tree{{}, digests(store, salt)};
  while (tree.root.size() > sizeof(Sha256)) {
    pad_to_block(tree.root);
    tree.blocks.insert(0, tree.root);
    tree.root = digests(tree.root, salt);
  }
  return tree;
}

bh_verity superblock(size_t store_bytes, const std::string& salt) {
  bh_verity verity{};
  std::memcpy(verity.signature, "verity", 6);
  verity.version = 1;
  verity.hash_type = 1;
  std::memcpy(verity.algorithm, "sha256", 6);
  verity.data_block_size = verity.hash_block_size = BH_BLOCK_BYTES;
  verity.data_blocks = store_bytes / BH_BLOCK_BYTES;
  verity.salt_size = static_cast<uint16_t>(salt.size());
  std::memcpy(verity.salt, salt.data(), salt.size());
  // A UUID of version 8 (RFC 9562): the same table, the same name.
  std::memcpy(verity.uuid, salt.data(), sizeof verity.uuid);
  verity.uuid[6] = static_cast<uint8_t>((verity.uuid[6] & 0x0f) | 0x80);
  verity.uuid[8] = static_cast<uint8_t>((verity.uuid[8] & 0x3f) | 0x80);
  return verity;
}

}  // namespace

// The salt is the table's hash: nothing random, and digests of no other image can be reused.
Result<std::string> pack_image(const ImageContents& contents) {
  bh_header table{};
  BH_CHECK(contents.table.size() >= sizeof table);
  std::memcpy(&table, contents.table.data(), sizeof table);
  const std::string salt(reinterpret_cast<const char*>(table.sha256), sizeof table.sha256);
  const std::string store = component_store(contents);
  const Tree tree = build_tree(store, salt);

  std::string image(BH_BLOCK_BYTES, '\0');
  image += tree.blocks;
  bh_system system{};
  system.store_offset = static_cast<uint32_t>(image.size());
  image += store;
  system.table_offset = static_cast<uint32_t>(image.size());
  image.append(reinterpret_cast<const char*>(contents.table.data()), contents.table.size());
  pad_to_block(image);
  if (image.size() > BH_SLOT_BYTES) {
    return fail(fmt::format("the image has {} bytes, a slot of the machine {}", image.size(),
                            BH_SLOT_BYTES));
  }
  system.magic = BH_SYSTEM_MAGIC;
  system.format_version = BH_SYSTEM_VERSION;
  system.total_bytes = static_cast<uint32_t>(image.size());
  system.policy_version = table.policy_version;
  std::memcpy(system.root_hash, tree.root.data(), sizeof system.root_hash);
  std::memcpy(system.table_sha256, table.sha256, sizeof system.table_sha256);
  system.healthy_ms = contents.healthy_ms;
  put(image, 0, system);
  put(image, BH_VERITY_OFFSET, superblock(store.size(), salt));
  constexpr size_t From = offsetof(bh_system, format_version);
  put(image, offsetof(bh_system, sha256),
      sha256(std::string_view(image).substr(From, BH_BLOCK_BYTES - From)));
  return image;
}

Result<void> write_first_state(const fs::path& path, const Sha256& digest,
                               uint64_t policy_version) {
  constexpr size_t EraseBlock = size_t{256} << 10;
  constexpr uintmax_t Bank = uintmax_t{64} << 20;
  std::error_code error;
  if (fs::exists(path, error)) {
    return fail(
        fmt::format("'{}' exists: the state of a machine is not started anew", path.string()),
        "upgrade the machine, or remove the file if it is to forget what it trusts");
  }
  bh_boot_record record{};
  record.magic = BH_RECORD_MAGIC;
  record.sequence = 1;
  record.lowest_version = policy_version;
  record.trial = BH_NONE8;
  std::memcpy(record.digest[0], digest.data(), digest.size());
  const std::string_view hashed(reinterpret_cast<const char*>(&record),
                                offsetof(bh_boot_record, sha256));
  std::memcpy(record.sha256, sha256(hashed).data(), sizeof record.sha256);
  std::string blocks(2 * EraseBlock, '\xff');
  put(blocks, EraseBlock, record);
  std::ofstream out(path, std::ios::binary);
  out << blocks << std::flush;
  out.close();
  if (!out.good()) return fail(fmt::format("cannot write '{}'", path.string()));
  fs::resize_file(path, Bank, error);
  if (error) return fail(fmt::format("cannot write '{}': {}", path.string(), error.message()));
  return {};
}

}  // namespace bh
