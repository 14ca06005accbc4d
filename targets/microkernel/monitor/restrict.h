// What a record keeps, settled before it leaves the kernel.
#pragma once

#include <stdint.h>

#include "targets/microkernel/abi/bh_table.h"

namespace bh::kernel {

// Of the archive's header; all zero: there is none.
struct AuditKey {
  uint8_t bytes[32] = {};
};

// Takes out of an exact record what the profile does not let it keep.
void restrict(bh_audit& record, const bh_profile& profile, const AuditKey& key);

}  // namespace bh::kernel
