// SHA-256 (FIPS 180-4), about 50 instructions a byte: for the boot, not for the call path.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace bh::kernel {

struct Digest {
  uint8_t bytes[32];
  bool operator==(const Digest&) const = default;
};

Digest sha256(const uint8_t* bytes, size_t count);

// The same of bytes that come little by little and stay where they are: takes in those that are
// new. `bytes` is always the first of all.
class GrowingSha256 {
 public:
  void grow(const uint8_t* bytes, size_t count);
  Digest finish(const uint8_t* bytes, size_t count) const;

 private:
  uint32_t sums_[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  size_t taken_ = 0;
};

// Whether two digests, or other bytes, are the same. Not for secrets: it stops at a difference.
inline bool same(const uint8_t* a, const uint8_t* b, size_t count = sizeof(Digest)) {
  for (size_t i = 0; i < count; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

inline bool zeros(const uint8_t* bytes, size_t count) {
  while (count != 0 && bytes[count - 1] == 0) --count;
  return count == 0;
}

}  // namespace bh::kernel
