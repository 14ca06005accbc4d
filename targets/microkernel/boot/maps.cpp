#include "targets/microkernel/boot/boot.h"
#include "targets/microkernel/kernel/layout.h"

// Set by link.ld; their addresses are the borders.
extern "C" uint8_t text_start[], text_end[], rodata_start[], rodata_end[], data_start[], data_end[],
    stack_guard[];

namespace bh::kernel {

static uint64_t physical_of(const uint8_t* kernel_address) {
  return reinterpret_cast<uint64_t>(kernel_address) - KernelOffset;
}
static Range between(const uint8_t* start, const uint8_t* end) {
  return {physical_of(start), static_cast<uint64_t>(end - start)};
}

AddressSpace map_kernel(Kernel& kernel, FramePool& pool) {
  struct Part {
    Range physical;
    PageKind kind;
    bool blocks = false;
  };
  const uint8_t* after_guard = stack_guard + PageBytes;
  const Part parts[] = {
      {between(text_start, text_end), PageKind::KernelCode},
      {between(rodata_start, rodata_end), PageKind::KernelConstant},
      {between(data_start, stack_guard), PageKind::KernelData},
      {between(after_guard, data_end), PageKind::KernelData},
      {{CrashPage, PageBytes}, PageKind::KernelData},
      {{BlobStart, 2 * BlobBytes}, PageKind::KernelData},
      {{PoolStart, PoolBytes}, PageKind::KernelData, true},
      {{SlotStart, BH_SLOTS * SlotBytes}, PageKind::KernelConstant, true},
  };
  AddressSpace map(pool);
  bool mapped = map.root() != 0;
  for (const Part& p : parts)
    mapped = mapped && map.map(p.physical.start + KernelOffset, p.physical, p.kind, p.blocks);
  for (uint64_t device : DevicePages)
    mapped = mapped && map.map(device + KernelOffset, {device, PageBytes}, PageKind::Device);
  uint64_t empty_root = pool.allocate();
  if (!mapped || empty_root == 0) kernel.end(BH_EXIT_MEMORY, "no memory for the kernel's map");
  use_kernel_map(map.root(), empty_root);
  return map;
}

static bool load_segment(AddressSpace& map, FramePool& pool, const Segment& segment) {
  uint64_t pages = (segment.memory_bytes + PageBytes - 1) / PageBytes;
  uint64_t frames = pool.allocate(pages);
  if (frames == 0) return false;
  uint8_t* to = pool.at(frames);
  for (uint64_t i = 0; i < segment.content.count; ++i) to[i] = segment.content.at[i];
  return map.map(segment.address, {frames, pages * PageBytes}, segment.kind);
}

void load_component(Kernel& kernel, FramePool& pool, AddressSpace& kernel_map, const Table& table,
                    uint32_t index, Bytes file) {
  static Image image;
  if (!read_image(file, image)) kernel.end(BH_EXIT_IMAGE, "image");
  if (image.header->abi_hash != table.header->abi_hash)
    kernel.end(BH_EXIT_ABI, "abi hash of an image");

  AddressSpace map(pool);
  uint64_t stack = pool.allocate(StackBytes / PageBytes);
  const Range buffer{pool.allocate(), BH_BUFFER_BYTES};
  const uint64_t window = BufferWindow + index * BH_BUFFER_BYTES;
  bool loaded = map.root() != 0 && stack != 0 && buffer.start != 0 &&
                map.map(StackEnd - StackBytes, {stack, StackBytes}, PageKind::UserData) &&
                map.map(BH_BUFFER_ADDRESS, buffer, PageKind::UserData) &&
                kernel_map.map(window, buffer, PageKind::KernelData);
  for (uint32_t i = 0; loaded && i < image.segment_count; ++i) {
    loaded = load_segment(map, pool, image.segments[i]);
  }
  if (!loaded) kernel.end(BH_EXIT_MEMORY, "no memory for an image");

  Component& component = kernel.component(index);
  component.context.pc = image.entry;
  component.context.sp = StackEnd;
  component.context.map = context_map(map.root(), index);
  component.buffer = reinterpret_cast<uint8_t*>(window);
}

void check_maps(Kernel& kernel, const FramePool& pool, uint64_t kernel_root) {
  static Ownership ownership(pool);
  const char* broken = check_kernel_map(pool, kernel_root, between(text_start, text_end));
  for (const Component& c : kernel.components()) {
    if (broken == nullptr && c.present())
      broken = check_user_map(pool, map_root(c.context.map), ownership);
  }
  if (broken != nullptr) kernel.end(BH_EXIT_SELF_CHECK, broken);
}

void seal_kernel_map(Kernel& kernel, AddressSpace& kernel_map) {
  kernel_map.unmap_blocks(PoolStart + KernelOffset, PoolBytes);
  invalidate_translations();
  for (uint64_t at = 0; at < PoolBytes; at += BlockBytes) {
    if (readable_by_kernel(PoolStart + KernelOffset + at)) {
      kernel.end(BH_EXIT_SELF_CHECK, "component memory still mapped in the kernel");
    }
  }
}

}  // namespace bh::kernel
