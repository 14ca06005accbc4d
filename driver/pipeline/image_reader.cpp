#include "driver/pipeline/image_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh {

namespace {

constexpr uint64_t Block = 4096;
constexpr uint64_t Digest = 32;
constexpr uint64_t MostBytes = uint64_t{24} << 20;

class Reader {
 public:
  explicit Reader(std::string_view image) : image_(image) {}

  Result<ImageDescription> read() {
    const bool whole = image_.size() >= Block && image_.size() % Block == 0;
    need(whole && image_.size() <= MostBytes, "the file is no whole number of blocks, or too long");
    for (const auto step : {&Reader::first_block, &Reader::superblock, &Reader::layout,
                            &Reader::tree, &Reader::table, &Reader::store}) {
      if (wrong_.empty()) (this->*step)();
    }
    if (!wrong_.empty()) return fail(wrong_);
    return std::move(found_);
  }

 private:
  void need(bool fact, std::string_view otherwise) {
    if (!fact && wrong_.empty()) wrong_ = otherwise;
  }
  // Whether these bytes are there; little-endian numbers and texts of those that are.
  bool there(uint64_t at, uint64_t bytes) const {
    return at <= image_.size() && bytes <= image_.size() - at;
  }
  std::string_view text(uint64_t at, uint64_t bytes) const { return image_.substr(at, bytes); }
  uint64_t number(uint64_t at, uint64_t bytes) const {
    uint64_t value = 0;
    while (bytes-- > 0) value = value << 8 | static_cast<uint8_t>(image_[at + bytes]);
    return value;
  }
  Sha256 hash_at(uint64_t at) const {
    Sha256 hash{};
    std::copy_n(image_.begin() + static_cast<std::ptrdiff_t>(at), hash.size(), hash.begin());
    return hash;
  }
  bool zeros(uint64_t at, uint64_t end) const {
    const std::string_view bytes = text(at, end - at);
    return bytes.find_first_not_of('\0') == std::string_view::npos;
  }

  void first_block() {
    need(text(0, 8) == "BHSYSTM1", "it does not start as a system image does");
    found_.digest = hash_at(8);
    need(sha256(text(40, Block - 40)) == found_.digest, "the first block differs from its digest");
    need(number(40, 4) == 1, "it has another format version");
    need(number(132, 4) == 0 && zeros(136, 512) && zeros(1024, Block),
         "reserved bytes of the first block are used");
    found_.store_offset = number(44, 4);
    found_.table_offset = number(48, 4);
    need(number(52, 4) == image_.size(), "the file has another length than the image");
    found_.policy_version = number(56, 8);
    found_.root_hash = hash_at(64);
    found_.healthy_ms = static_cast<uint32_t>(number(128, 4));
    need(found_.healthy_ms != 0, "no time to report healthy in");
  }
  void superblock() {
    using namespace std::string_view_literals;
    const bool verity = text(512, 8) == "verity\0\0"sv && number(520, 4) == 1 &&
                        number(524, 4) == 1 && text(544, 7) == "sha256\0"sv && zeros(551, 576) &&
                        number(576, 4) == Block && number(580, 4) == Block;
    const uint64_t salt = number(592, 2);
    need(verity && salt <= 256 && zeros(594, 600), "the dm-verity superblock is another");
    if (!wrong_.empty()) return;
    found_.data_blocks = number(584, 8);
    found_.salt = std::string(text(600, salt));
    need(zeros(600 + salt, 1024), "reserved bytes of the superblock are used");
  }
  // Header, tree, store and table follow each other without gaps.
  void layout() {
    need(found_.data_blocks != 0 && found_.data_blocks < image_.size() / Block,
         "the store has an impossible length");
    if (!wrong_.empty()) return;
    uint64_t blocks = 1;
    for (uint64_t level = found_.data_blocks; level > 1; blocks += level) {
      level = (level + Block / Digest - 1) / (Block / Digest);
    }
    need(found_.store_offset == blocks * Block &&
             found_.table_offset == (blocks + found_.data_blocks) * Block &&
             found_.table_offset < image_.size(),
         "the parts do not follow each other");
  }
  // Each level, from the store up, against the digests that the level above has of it.
  void tree() {
    uint64_t at = found_.store_offset;
    uint64_t count = found_.data_blocks;
    while (count > 1 && wrong_.empty()) {
      const uint64_t above_count = (count + Block / Digest - 1) / (Block / Digest);
      const uint64_t above = at - above_count * Block;
      for (uint64_t i = 0; i < count; ++i) check_block(at + i * Block, hash_at(above + i * Digest));
      need(zeros(above + count * Digest, above + above_count * Block),
           "a block of the tree is not padded with zeros");
      at = above;
      count = above_count;
    }
    if (wrong_.empty()) check_block(at, found_.root_hash);
  }
  void check_block(uint64_t at, const Sha256& expected) {
    if (sha256(found_.salt + std::string(text(at, Block))) == expected) return;
    need(false, fmt::format("the block at {} of the {} differs from its digest", at,
                            at < found_.store_offset ? "hash tree" : "component store"));
  }
  void table() {
    const uint64_t at = found_.table_offset;
    need(text(at, 8) == "BHTABLE1", "the table does not start as one does");
    found_.table_bytes = number(at + 44, 4);
    need(found_.table_bytes > 40 && there(at, found_.table_bytes), "the table is cut off");
    if (!wrong_.empty()) return;
    const Sha256 hash = sha256(text(at + 40, found_.table_bytes - 40));
    need(hash == hash_at(at + 8), "the table differs from its hash");
    need(hash == hash_at(96), "the table is not the one that the image names");
    need(found_.table_bytes >= 64 && number(at + 56, 8) == found_.policy_version,
         "the table has another policy version than the image");
    need(zeros(at + found_.table_bytes, image_.size()), "the table is not padded with zeros");
  }
  void store() {
    const uint64_t at = found_.store_offset;
    const uint64_t store_bytes = found_.data_blocks * Block;
    const uint64_t count = number(at + 12, 4);
    constexpr uint64_t Header = 56;
    need(text(at, 8) == "BHARIMG1" && number(at + 8, 4) == 2, "the store holds no archive");
    need(Header + count * 8 <= store_bytes, "the archive has more entries than the store holds");
    for (uint64_t i = 0; wrong_.empty() && i < count; ++i) {
      const uint64_t entry = at + Header + i * 8;
      ImageFile file{number(entry, 4), number(entry + 4, 4), {}};
      need(file.offset % Block == 0 && file.offset <= store_bytes &&
               file.bytes <= store_bytes - file.offset,
           fmt::format("image {} lies outside of the store", i));
      if (wrong_.empty()) file.hash = sha256(text(at + file.offset, file.bytes));
      found_.files.push_back(file);
    }
  }

  std::string_view image_;
  std::string wrong_;
  ImageDescription found_;
};

}  // namespace

Result<ImageDescription> read_system_image(std::string_view image) { return Reader(image).read(); }

}  // namespace bh
