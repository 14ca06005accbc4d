#include "targets/microkernel/arch/paging.h"

// VMSAv8-64, 4 KiB granule, 39-bit addresses: three levels.
namespace bh::kernel {
namespace {

constexpr uint64_t Valid = 1;
constexpr uint64_t TableOrPage = 2;
constexpr uint64_t Normal = 1u << 2;  // MAIR attribute 1; attribute 0 is device memory
constexpr uint64_t ForEl0 = 1u << 6;
constexpr uint64_t ReadOnly = 1u << 7;
constexpr uint64_t InnerShareable = 3u << 8;
constexpr uint64_t Accessed = 1u << 10;
constexpr uint64_t NotGlobal = 1u << 11;
constexpr uint64_t KernelNoExecute = uint64_t{1} << 53;
constexpr uint64_t UserNoExecute = uint64_t{1} << 54;
constexpr uint64_t AddressMask = 0x0000fffffffff000;

constexpr int TableEntries = 512;
constexpr uint64_t PageSize = 4096;
constexpr uint64_t BlockSize = PageSize * TableEntries;

constexpr uint64_t Memory = Valid | Normal | InnerShareable | Accessed;
constexpr uint64_t User = Memory | ForEl0 | NotGlobal | KernelNoExecute;
// By PageKind.
constexpr uint64_t Attributes[] = {
    Memory | ReadOnly | UserNoExecute,                    // KernelCode
    Memory | ReadOnly | UserNoExecute | KernelNoExecute,  // KernelConstant
    Memory | UserNoExecute | KernelNoExecute,             // KernelData
    Valid | Accessed | UserNoExecute | KernelNoExecute,   // Device
    User | ReadOnly,                                      // UserCode
    User | ReadOnly | UserNoExecute,                      // UserConstant
    User | UserNoExecute,                                 // UserData
};

int index(uint64_t virtual_address, int level) { return virtual_address >> (39 - 9 * level) & 511; }

// Calls visit(descriptor, bytes) for every mapped block and page of a table at `level` (1..3) and
// of those below; stops at the first that it returns a text for.
template <typename Visit>
const char* walk(const FramePool& pool, uint64_t table, int level, const Visit& visit) {
  const uint64_t* entries = pool.at<uint64_t>(table);
  for (int i = 0; i < TableEntries; ++i) {
    const uint64_t entry = entries[i];
    if ((entry & Valid) == 0) continue;
    const bool link = level < 3 && (entry & TableOrPage) != 0;
    if (level == 1 && !link) return "1-GiB block";
    const char* broken = link ? walk(pool, entry & AddressMask, level + 1, visit)
                              : visit(entry, level == 2 ? BlockSize : PageSize);
    if (broken != nullptr) return broken;
  }
  return nullptr;
}

}  // namespace

// The entry for the address in the table of `level` (1..3), tables above it made as needed.
uint64_t* AddressSpace::entry(uint64_t virtual_address, int level) {
  uint64_t table = root_;
  for (int above = 1; above < level && table != 0; ++above) {
    uint64_t& link = pool_.at<uint64_t>(table)[index(virtual_address, above)];
    if (link == 0) {
      uint64_t frame = pool_.allocate();
      if (frame == 0) return nullptr;
      link = frame | TableOrPage | Valid;
    }
    if ((link & TableOrPage) == 0) return nullptr;
    table = link & AddressMask;
  }
  return table == 0 ? nullptr : &pool_.at<uint64_t>(table)[index(virtual_address, level)];
}

bool AddressSpace::map(uint64_t virtual_address, Range physical, PageKind kind, bool blocks) {
  const uint64_t last_level = blocks ? 0 : TableOrPage;
  for (uint64_t at = 0; at < physical.bytes; at += blocks ? BlockSize : PageSize) {
    uint64_t* slot = entry(virtual_address + at, blocks ? 2 : 3);
    if (slot == nullptr || *slot != 0) return false;
    *slot = (physical.start + at) | Attributes[static_cast<int>(kind)] | last_level;
  }
  return true;
}

void AddressSpace::unmap_blocks(uint64_t virtual_address, uint64_t bytes) {
  // The table itself may lie in what is taken out, so it is looked up once, before the first entry
  // goes.
  uint64_t* slot = entry(virtual_address, 2);
  for (uint64_t block = 0; block < bytes / BlockSize; ++block) slot[block] = 0;
}

bool Ownership::claim(uint64_t physical) {
  if (!pool_.holds(physical) || pool_.index(physical) >= MaxFrames) return false;
  uint64_t& word = taken_[pool_.index(physical) / 64];
  uint64_t bit = uint64_t{1} << (pool_.index(physical) % 64);
  bool first = (word & bit) == 0;
  word |= bit;
  return first;
}

const char* check_kernel_map(const FramePool& pool, uint64_t root, Range code) {
  return walk(pool, root, 1, [&](uint64_t entry, uint64_t bytes) -> const char* {
    bool executable = (entry & KernelNoExecute) == 0;
    if ((entry & ForEl0) != 0 || (entry & UserNoExecute) == 0) return "kernel page open to EL0";
    if (executable && (entry & ReadOnly) == 0) return "kernel page writable and executable";
    uint64_t start = entry & AddressMask;
    bool holds_code = start < code.start + code.bytes && code.start < start + bytes;
    if (holds_code && (entry & ReadOnly) == 0) return "kernel code writable by another address";
    if (executable && (bytes != PageSize || !code.holds(start))) {
      return "executable kernel page outside of the code";
    }
    return nullptr;
  });
}

const char* check_user_map(const FramePool& pool, uint64_t root, Ownership& ownership) {
  return walk(pool, root, 1, [&](uint64_t entry, uint64_t bytes) -> const char* {
    bool executable = (entry & UserNoExecute) == 0;
    if ((entry & KernelNoExecute) == 0) return "user page executable by the kernel";
    if (executable && (entry & ReadOnly) == 0) return "user page writable and executable";
    if ((entry & ForEl0) == 0 || (entry & NotGlobal) == 0)
      return "user page closed to its component";
    if (bytes != PageSize) return "user block";
    return ownership.claim(entry & AddressMask) ? nullptr : "user page of somebody else";
  });
}

}  // namespace bh::kernel
