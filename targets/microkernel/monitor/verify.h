// The verifier that stands between a table blob and its use. Takes any bytes whatever, in time
// linear in their number; what it accepts has every property that abi/bh_table.h states, so the
// call path needs no more checks.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "targets/microkernel/monitor/sha256.h"
#include "targets/microkernel/monitor/table.h"

namespace bh::kernel {

struct Verification {
  bh_exit fault = BH_EXIT_NO_BLOB;  // BH_EXIT_OK: accepted
  const char* what = "";            // which invariant is broken, for people
  Table table;                      // rows of `bytes`; meaningful only when accepted
};

constexpr size_t HashedFrom = offsetof(bh_header, format_version);

// `bytes` must be aligned to 8 and outlive the table. `available` may exceed the blob's own length.
// `digest`: that of the bytes from HashedFrom on, for whoever knows it already.
Verification verify(const uint8_t* bytes, size_t available, const Digest* digest = nullptr);

}  // namespace bh::kernel
