// From the loader's bytes to a system ready to run. Everything that can be wrong ends the boot with
// its exit code.
#pragma once

#include "targets/microkernel/arch/arch.h"
#include "targets/microkernel/kernel/image.h"
#include "targets/microkernel/kernel/kernel.h"

namespace bh::kernel {

// The kernel's own map: code, constants, data, devices, the crash page and (read-only) the slots
// for good, the pool for the boot.
AddressSpace map_kernel(Kernel& kernel, FramePool& pool);
// Address space, registers and message buffer of component `index` from its file. The buffer is the
// only memory that the kernel goes on to share with it.
void load_component(Kernel& kernel, FramePool& pool, AddressSpace& kernel_map, const Table& table,
                    uint32_t index, Bytes file);
// Ends the boot unless both halves keep their promises.
void check_maps(Kernel& kernel, const FramePool& pool, uint64_t kernel_root);
// Takes the pool out of the kernel's map: from now on no map in the system can change.
void seal_kernel_map(Kernel& kernel, AddressSpace& kernel_map);

}  // namespace bh::kernel
