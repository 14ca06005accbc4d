#include "driver/pipeline/image.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>

#include "core/base/check.h"
#include "targets/image/pack.h"
#include "targets/microkernel/abi/bh_image.h"

namespace bh {

namespace fs = std::filesystem;

template <typename Row>
static void put(std::string& bytes, size_t at, const Row& row) {
  std::memcpy(bytes.data() + at, &row, sizeof row);
}

// The salt is the table's hash: nothing random, and digests of no other image can be reused.
Result<std::string> pack_image(const ImageContents& contents) {
  bh_header table{};
  BH_CHECK(contents.table.size() >= sizeof table);
  std::memcpy(&table, contents.table.data(), sizeof table);
  const std::string store = pack_store(
      contents.images, contents.verbose ? uint32_t{BH_ARCHIVE_VERBOSE} : 0u, contents.run_limit_ms);
  std::string image =
      pack_system({{reinterpret_cast<const char*>(contents.table.data()), contents.table.size()},
                   store,
                   {reinterpret_cast<const char*>(table.sha256), sizeof table.sha256},
                   contents.healthy_ms});
  if (image.size() > BH_SLOT_BYTES) {
    return fail(fmt::format("the image has {} bytes, a slot of the machine {}", image.size(),
                            BH_SLOT_BYTES));
  }
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
