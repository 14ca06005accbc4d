// System calls with random registers, replayable by their seed.
#pragma once

#include <stdint.h>

namespace bh::boot_test {

class Random {  // xorshift64
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  bool one_in(uint64_t n) { return next() % n == 0; }
  // Anything, but often a number that means something.
  uint64_t value() {
    const uint64_t wild = next();
    switch (next() % 4) {
      case 0:
        return wild;
      case 1:
        return wild % 64;
      default:
        return wild % 3;
    }
  }

 private:
  uint64_t state_;
};

// Makes `count` of them, of every kind but exit; returns a hash of all that came back. The
// component must have channel 0 and somebody who calls it now and then: it also receives.
uint64_t make_wild_calls(uint64_t count, uint64_t seed);

}  // namespace bh::boot_test
