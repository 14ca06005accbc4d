// The address map. Physical memory of `virt` with 128 MiB; the kernel sees physical address p at p
// + KernelOffset.
//
//   0x08000000  interrupt controller
//   0x09000000  serial port
//   0x40080000  kernel image, its data
//   0x41fff000  crash record, the only memory that outlives a reset
//   0x42000000  frame pool, unmapped once the system runs
//   0x44000000  image archive, read-only
//   0x47000000  the table in force and the one to come, by turns
//
// A component's own addresses:
//   0x00400000  its image     0x0fff0000  end of its stack     0x10000000  its message buffer
#pragma once

#include <stdint.h>

#include "targets/microkernel/abi/bh_table.h"

namespace bh::kernel {

constexpr uint64_t KernelOffset = 0xffffff8000000000;
constexpr uint64_t PageBytes = 4096;
constexpr uint64_t BlockBytes = PageBytes * 512;

constexpr uint64_t InterruptDistributor = 0x08000000;
constexpr uint64_t InterruptInterface = 0x08010000;
constexpr uint64_t SerialPort = 0x09000000;

constexpr uint64_t CrashPage = 0x41fff000;

constexpr uint64_t PoolStart = 0x42000000;
constexpr uint64_t PoolBytes = 0x02000000;
constexpr uint64_t ArchiveStart = BH_ARCHIVE_ADDRESS;
constexpr uint64_t ArchiveBytes = BH_ARCHIVE_MAX_BYTES;
constexpr uint64_t BlobStart = BH_BLOB_ADDRESS;
constexpr uint64_t BlobBytes = BH_MAX_BLOB_BYTES;

// Where the kernel sees the message buffers of components: one page each, frames of the pool.
constexpr uint64_t BufferWindow = KernelOffset + 0x80000000;

constexpr uint64_t ImageStart = 0x00400000;
constexpr uint64_t ImageEnd = 0x08000000;
constexpr uint64_t StackEnd = 0x0fff0000;
constexpr uint64_t StackBytes = 4 * PageBytes;

// Only for what is mapped: see boot/.
template <typename T = uint8_t>
T* at_physical(uint64_t physical) {
  return reinterpret_cast<T*>(physical + KernelOffset);
}

}  // namespace bh::kernel
