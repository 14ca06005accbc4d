// The boot's only memory allocator: hands out frames of a fixed pool, never takes one back.
#pragma once

#include <stdint.h>

namespace bh::kernel {

class FramePool {
 public:
  static constexpr uint64_t FrameBytes = 4096;

  // `window` is where the `bytes` from `physical` on can be read and written.
  FramePool(uint64_t physical, uint8_t* window, uint64_t bytes)
      : first_(physical), next_(physical), end_(physical + bytes), window_(window) {}

  // The physical address of `count` consecutive zeroed frames, or 0 when the pool is used up.
  uint64_t allocate(uint64_t count = 1) {
    if (count > (end_ - next_) / FrameBytes) return 0;
    uint64_t frame = next_;
    next_ += count * FrameBytes;
    for (uint64_t i = 0; i < count * FrameBytes / 8; ++i) at<uint64_t>(frame)[i] = 0;
    return frame;
  }
  bool holds(uint64_t physical) const { return physical >= first_ && physical < end_; }
  uint64_t index(uint64_t physical) const { return (physical - first_) / FrameBytes; }
  template <typename T = uint8_t>
  T* at(uint64_t physical) const {
    return reinterpret_cast<T*>(window_ + (physical - first_));
  }

 private:
  uint64_t first_;
  uint64_t next_;
  uint64_t end_;
  uint8_t* window_;
};

}  // namespace bh::kernel
