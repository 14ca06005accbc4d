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

}  // namespace bh::kernel
