// The address map: 128 MiB of physical memory, in this order
//   kernel image, its data    where the link map of the architecture puts it
//   crash record              the only memory that outlives a reset
//   frame pool                unmapped once the system runs
//   slots A and B             system images, read-only
//   tables                    those to come, by turns; the first in force lies in its image
//
// A component's own addresses:
//   0x00400000  its image     0x0fff0000  end of its stack     0x10000000  its message buffer
#pragma once

#include <stdint.h>

#include "targets/microkernel/abi/bh_image.h"
#include "targets/microkernel/arch/arch.h"

namespace bh::kernel {

constexpr uint64_t PageBytes = 4096;
constexpr uint64_t BlockBytes = PageBytes * 512;

constexpr uint64_t PoolBytes = 0x02000000;
constexpr uint64_t PoolStart = BH_SLOT_ADDRESS - PoolBytes;
constexpr uint64_t CrashPage = PoolStart - PageBytes;
constexpr uint64_t SlotStart = BH_SLOT_ADDRESS;
constexpr uint64_t SlotBytes = BH_SLOT_BYTES;
constexpr uint64_t BlobStart = SlotStart + BH_SLOTS * SlotBytes;
constexpr uint64_t BlobBytes = BH_MAX_BLOB_BYTES;

// Where the kernel sees the message buffers of components: one page each, frames of the pool.
constexpr uint64_t BufferWindow = KernelOffset + 0x80000000;

constexpr uint64_t ImageStart = 0x00400000;
constexpr uint64_t ImageEnd = 0x08000000;
constexpr uint64_t StackEnd = 0x0fff0000;
constexpr uint64_t StackBytes = 4 * PageBytes;

}  // namespace bh::kernel
