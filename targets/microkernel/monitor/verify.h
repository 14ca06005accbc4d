// The verifier that stands between a table blob and its use. Takes any bytes whatever, in time
// linear in their number; what it accepts has every property that abi/bh_table.h states, so the
// call path needs no more checks.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "targets/microkernel/monitor/table.h"

namespace bh::kernel {

struct Verification {
  bh_exit fault = BH_EXIT_NO_BLOB;  // BH_EXIT_OK: accepted
  const char* what = "";            // which invariant is broken, for people
  Table table;                      // rows of `bytes`; meaningful only when accepted
};

// `bytes` must be aligned to 8 and outlive the table. `available` may exceed the blob's own length.
Verification verify(const uint8_t* bytes, size_t available);

}  // namespace bh::kernel
