// The kernel's ELF reader on any bytes: what it accepts keeps the invariant of struct Image.
#include <cstdlib>
#include <vector>

#include "targets/microkernel/kernel/image.h"
#include "targets/microkernel/kernel/layout.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bh::kernel;
  std::vector<uint64_t> aligned(size / 8 + 1);
  auto* bytes = reinterpret_cast<uint8_t*>(aligned.data());
  for (size_t i = 0; i < size; ++i) bytes[i] = data[i];
  Image image;
  if (!read_image({bytes, size}, image)) return 0;
  uint64_t free_from = ImageStart;
  for (uint32_t i = 0; i < image.segment_count; ++i) {
    const Segment& s = image.segments[i];
    bool inside = s.content.at >= bytes && s.content.at + s.content.count <= bytes + size;
    if (!inside || s.address < free_from || s.address + s.memory_bytes > ImageEnd) std::abort();
    free_from = s.address + s.memory_bytes;
  }
  return 0;
}
