#include "targets/microkernel/kernel/image.h"

#include "targets/microkernel/arch/arch.h"
#include "targets/microkernel/kernel/layout.h"

namespace bh::kernel {
namespace {

// ELF-64, little endian (System V ABI).
struct ElfHeader {
  uint8_t ident[16];
  uint16_t type, machine;
  uint32_t version;
  uint64_t entry, program_offset, section_offset;
  uint32_t flags;
  uint16_t header_bytes, program_bytes, program_count, section_bytes, section_count, names;
};
struct ProgramHeader {
  uint32_t type, flags;
  uint64_t offset, address, physical, file_bytes, memory_bytes, align;
};
static_assert(sizeof(ElfHeader) == 64 && sizeof(ProgramHeader) == 56);

constexpr uint32_t ElfMagic = 0x464c457f;
constexpr uint8_t Class64 = 2, LittleEndian = 1;
constexpr uint16_t Executable = 2;
constexpr uint32_t Load = 1, MayExecute = 1, MayWrite = 2, MayRead = 4;

bool inside(uint64_t offset, uint64_t count, uint64_t total) {
  return offset <= total && count <= total - offset;
}

bool sound(const ElfHeader& elf, uint64_t file_bytes) {
  const uint8_t* ident = elf.ident;
  uint32_t magic = ident[0] | ident[1] << 8 | ident[2] << 16 | uint32_t{ident[3]} << 24;
  return magic == ElfMagic && ident[4] == Class64 && ident[5] == LittleEndian &&
         elf.type == Executable && elf.machine == ElfMachine &&
         elf.program_bytes == sizeof(ProgramHeader) && elf.program_count <= 64 &&
         elf.program_offset % 8 == 0 &&
         inside(elf.program_offset, uint64_t{elf.program_count} * sizeof(ProgramHeader),
                file_bytes);
}

bool sound(const ProgramHeader& p, uint64_t file_bytes, uint64_t free_from) {
  bool readable = (p.flags & MayRead) != 0;
  bool both = (p.flags & (MayWrite | MayExecute)) == (MayWrite | MayExecute);
  return readable && !both && p.memory_bytes > 0 && p.file_bytes <= p.memory_bytes &&
         p.address % PageBytes == 0 && p.address >= free_from &&
         inside(p.address, p.memory_bytes, ImageEnd) && p.offset % 8 == 0 &&
         inside(p.offset, p.file_bytes, file_bytes);
}

PageKind kind(uint32_t flags) {
  if ((flags & MayExecute) != 0) return PageKind::UserCode;
  return (flags & MayWrite) != 0 ? PageKind::UserData : PageKind::UserConstant;
}

bool finish(Image& image) {
  if (image.segment_count == 0) return false;
  const Segment& first = image.segments[0];
  if (first.content.count < sizeof(bh_image_header)) return false;
  image.header = reinterpret_cast<const bh_image_header*>(first.content.at);
  if (image.header->magic != BH_IMAGE_MAGIC) return false;
  for (uint32_t i = 0; i < image.segment_count; ++i) {
    const Segment& s = image.segments[i];
    if (s.kind != PageKind::UserCode || image.entry < s.address) continue;
    if (image.entry - s.address < s.memory_bytes) return image.entry % InstructionAlignment == 0;
  }
  return false;
}

}  // namespace

bh_exit read_archive(SystemImage& image, uint32_t count, const bh_archive*& archive) {
  const auto* header = reinterpret_cast<const bh_archive*>(image.store());
  uint64_t bytes = sizeof(bh_archive) + uint64_t{count} * sizeof(bh_archive_entry);
  if (bytes > image.store_bytes()) return BH_EXIT_ARCHIVE;
  if (bh_exit fault = image.check(0, bytes); fault != BH_EXIT_OK) return fault;
  bool flags = (header->flags & ~(BH_ARCHIVE_VERBOSE | BH_ARCHIVE_COUNTERS)) == 0;
  bool ok = header->magic == BH_ARCHIVE_MAGIC && header->version == BH_ARCHIVE_VERSION &&
            header->count == count && flags && header->run_limit_ms != 0;
  archive = header;
  return ok ? BH_EXIT_OK : BH_EXIT_ARCHIVE;
}

bh_exit read_entry(SystemImage& image, uint32_t component, Bytes& file) {
  const auto* entries =
      reinterpret_cast<const bh_archive_entry*>(image.store() + sizeof(bh_archive));
  const bh_archive_entry& entry = entries[component];
  if (entry.offset % PageBytes != 0 || !inside(entry.offset, entry.bytes, image.store_bytes())) {
    return BH_EXIT_ARCHIVE;
  }
  file = {image.store() + entry.offset, entry.bytes};
  return image.check(entry.offset, entry.bytes);
}

bool read_image(Bytes file, Image& image) {
  image = Image{};
  if (file.count < sizeof(ElfHeader)) return false;
  const auto& elf = *reinterpret_cast<const ElfHeader*>(file.at);
  if (!sound(elf, file.count)) return false;
  image.entry = elf.entry;
  uint64_t free_from = ImageStart;
  const auto* programs = reinterpret_cast<const ProgramHeader*>(file.at + elf.program_offset);
  for (uint32_t i = 0; i < elf.program_count; ++i) {
    const ProgramHeader& p = programs[i];
    if (p.type != Load || p.memory_bytes == 0) continue;
    if (!sound(p, file.count, free_from) || image.segment_count == Image::MaxSegments) return false;
    image.segments[image.segment_count++] = {
        p.address, p.memory_bytes, {file.at + p.offset, p.file_bytes}, kind(p.flags)};
    free_from = (p.address + p.memory_bytes + PageBytes - 1) / PageBytes * PageBytes;
  }
  return finish(image);
}

}  // namespace bh::kernel
