// What the kernel reads of the loader's bytes: the image archive and the ELF files in it. Pure;
// takes any bytes.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "targets/microkernel/arch/paging.h"
#include "targets/microkernel/monitor/verity.h"

namespace bh::kernel {

struct Bytes {
  const uint8_t* at = nullptr;
  uint64_t count = 0;
};

// The header of a sound archive with `count` entries in the store of an opened image. BH_EXIT_OK,
// BH_EXIT_ARCHIVE, or why its block is not to be believed.
bh_exit read_archive(SystemImage& image, uint32_t count, const bh_archive*& archive);
// Entry `component` of a sound archive that has it, verified anew each time; likewise.
bh_exit read_entry(SystemImage& image, uint32_t component, Bytes& file);

struct Segment {
  uint64_t address = 0;       // page-aligned, within [ImageStart, ImageEnd)
  uint64_t memory_bytes = 0;  // > 0
  Bytes content;              // the first bytes; the rest is zero
  PageKind kind = PageKind::UserConstant;
};

// INVARIANT: segments ascend and share no page; none is writable and executable; the entry lies in
// an executable one.
struct Image {
  static constexpr uint32_t MaxSegments = 8;
  Segment segments[MaxSegments];
  uint32_t segment_count = 0;
  uint64_t entry = 0;
  const bh_image_header* header = nullptr;
};

// False if the file is not a static executable of this architecture that keeps the invariant.
bool read_image(Bytes file, Image& image);

}  // namespace bh::kernel
