// Translation tables and the walk that proves them. Pure: works on the frames of a pool, so it runs
// on the host as well. Pages of 4 KiB, blocks of 2 MiB.
#pragma once

#include <stdint.h>

#include "targets/microkernel/kernel/frames.h"

namespace bh::kernel {

// What a page is for. There is no kind that may be both written and executed, none that lets a
// component execute in the kernel's half, and none that lets the kernel execute in a component's.
enum class PageKind : uint8_t {
  KernelCode,
  KernelConstant,
  KernelData,
  Device,
  UserCode,
  UserConstant,
  UserData,
};

struct Range {
  uint64_t start = 0;
  uint64_t bytes = 0;
  bool holds(uint64_t at) const { return at >= start && at - start < bytes; }
};

class AddressSpace {
 public:
  explicit AddressSpace(FramePool& pool) : pool_(pool), root_(pool.allocate()) {}

  uint64_t root() const { return root_; }
  // Maps whole pages or 2-MiB blocks, `virtual_address` and `physical` aligned. False if the pool
  // is used up or one of them is already mapped.
  bool map(uint64_t virtual_address, Range physical, PageKind kind, bool blocks = false);
  // Takes mapped blocks out again.
  void unmap_blocks(uint64_t virtual_address, uint64_t bytes);

 private:
  uint64_t* entry(uint64_t virtual_address, int level);
  FramePool& pool_;
  uint64_t root_;
};

// Which frames components may see, and which of them were met.
class Ownership {
 public:
  explicit Ownership(const FramePool& pool) : pool_(pool) {}
  // Whether a component may map the frame: one of the pool, and of no other component.
  bool claim(uint64_t physical);

 private:
  static constexpr uint64_t MaxFrames = 8192;
  const FramePool& pool_;
  uint64_t taken_[MaxFrames / 64] = {};
};

// Visits every page of the map and returns the first broken promise, or nullptr. Kernel half:
// nothing for EL0, nothing both writable and executable, nothing executable that is not `code`, no
// code writable by a second address.
const char* check_kernel_map(const FramePool& pool, uint64_t root, Range code);
// A component's half: every page for EL0, nothing executable by the kernel, nothing both writable
// and executable, every frame the component's alone.
const char* check_user_map(const FramePool& pool, uint64_t root, Ownership& ownership);

}  // namespace bh::kernel
