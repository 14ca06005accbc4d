#include "targets/image/pack.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"
#include "core/base/sha256.h"
#include "targets/microkernel/abi/bh_image.h"

namespace bh {

template <typename Row>
static void put(std::string& bytes, size_t at, const Row& row) {
  std::memcpy(bytes.data() + at, &row, sizeof row);
}

static void pad_to_block(std::string& bytes) {
  bytes.resize((bytes.size() + BH_BLOCK_BYTES - 1) / BH_BLOCK_BYTES * BH_BLOCK_BYTES);
}

std::string pack_store(const std::vector<std::string>& files, uint32_t flags, uint32_t run_limit_ms,
                       std::string_view audit_key) {
  const auto count = static_cast<uint32_t>(files.size());
  bh_archive header{BH_ARCHIVE_MAGIC, BH_ARCHIVE_VERSION, count, flags, run_limit_ms, {}};
  BH_CHECK(audit_key.size() <= sizeof header.audit_key);
  std::copy(audit_key.begin(), audit_key.end(), header.audit_key);
  std::string store(sizeof header + count * sizeof(bh_archive_entry), '\0');
  put(store, 0, header);
  for (uint32_t i = 0; i < count; ++i) {
    pad_to_block(store);
    const bh_archive_entry entry{static_cast<uint32_t>(store.size()),
                                 static_cast<uint32_t>(files[i].size())};
    put(store, sizeof header + i * sizeof entry, entry);
    store += files[i];
  }
  return store;
}

// The digests of all blocks one after the other: the level of the tree above them.
static std::string digests(const std::string& blocks, std::string_view salt) {
  std::string level;
  for (size_t at = 0; at < blocks.size(); at += BH_BLOCK_BYTES) {
    const Sha256 hash = sha256(std::string(salt) + blocks.substr(at, BH_BLOCK_BYTES));
    level.append(reinterpret_cast<const char*>(hash.data()), hash.size());
  }
  return level;
}

namespace {

struct Tree {
  std::string blocks;  // from the top down
  std::string root;
};

}  // namespace

static Tree build_tree(const std::string& store, std::string_view salt) {
  Tree tree{{}, digests(store, salt)};
  while (tree.root.size() > sizeof(Sha256)) {
    pad_to_block(tree.root);
    tree.blocks.insert(0, tree.root);
    tree.root = digests(tree.root, salt);
  }
  return tree;
}

static bh_verity superblock(size_t store_bytes, std::string_view salt) {
  bh_verity verity{};
  BH_CHECK(salt.size() <= sizeof verity.salt);
  std::memcpy(verity.signature, "verity", 6);
  verity.version = 1;
  verity.hash_type = 1;
  std::memcpy(verity.algorithm, "sha256", 6);
  verity.data_block_size = verity.hash_block_size = BH_BLOCK_BYTES;
  verity.data_blocks = store_bytes / BH_BLOCK_BYTES;
  verity.salt_size = static_cast<uint16_t>(salt.size());
  std::copy(salt.begin(), salt.end(), verity.salt);
  // A UUID of version 8 (RFC 9562): the same table, the same name.
  std::copy_n(salt.begin(), std::min(salt.size(), sizeof verity.uuid), verity.uuid);
  verity.uuid[6] = static_cast<uint8_t>((verity.uuid[6] & 0x0f) | 0x80);
  verity.uuid[8] = static_cast<uint8_t>((verity.uuid[8] & 0x3f) | 0x80);
  return verity;
}

std::string pack_system(const SystemParts& parts) {
  bh_header table{};
  std::memcpy(&table, parts.table.data(), std::min(sizeof table, parts.table.size()));
  std::string store(parts.store);
  pad_to_block(store);
  const Tree tree = build_tree(store, parts.salt);
  bh_system system{};
  system.magic = BH_SYSTEM_MAGIC;
  system.format_version = BH_SYSTEM_VERSION;
  system.store_offset = static_cast<uint32_t>(BH_BLOCK_BYTES + tree.blocks.size());
  system.table_offset = static_cast<uint32_t>(system.store_offset + store.size());
  system.policy_version = table.policy_version;
  std::memcpy(system.root_hash, tree.root.data(), tree.root.size());
  std::memcpy(system.table_sha256, table.sha256, sizeof system.table_sha256);
  system.healthy_ms = parts.healthy_ms;

  std::string image(BH_BLOCK_BYTES, '\0');
  image.append(tree.blocks).append(store).append(parts.table);
  pad_to_block(image);
  system.total_bytes = static_cast<uint32_t>(image.size());
  put(image, 0, system);
  put(image, BH_VERITY_OFFSET, superblock(store.size(), parts.salt));
  seal_system(std::span(reinterpret_cast<uint8_t*>(image.data()), image.size()));
  return image;
}

void seal_system(std::span<uint8_t> image) {
  constexpr size_t From = offsetof(bh_system, format_version);
  const Sha256 digest = sha256(std::as_bytes(image.subspan(From, BH_BLOCK_BYTES - From)));
  std::copy(digest.begin(), digest.end(), image.begin() + offsetof(bh_system, sha256));
}

}  // namespace bh
