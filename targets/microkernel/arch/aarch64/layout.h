// What aarch64 and its machine `virt` fix. See arch/arch.h.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace bh::kernel {

constexpr uint64_t KernelOffset = 0xffffff8000000000;  // the upper of two 39-bit halves

constexpr uint64_t InterruptDistributor = 0x08000000;  // GICv2
constexpr uint64_t InterruptInterface = 0x08010000;
constexpr uint64_t SerialPort = 0x09000000;  // PL011
constexpr uint64_t FlashStart = 0x04000000;  // the second bank
constexpr uint64_t FlashBlockBytes = 0x40000;
constexpr uint64_t DevicePages[] = {InterruptDistributor, InterruptInterface, SerialPort,
                                    FlashStart, FlashStart + FlashBlockBytes};

constexpr uint16_t ElfMachine = 183;
constexpr uint64_t InstructionAlignment = 4;

// Saved and restored by start.S.
struct Context {
  uint64_t x[31] = {};
  uint64_t sp = 0;
  uint64_t pc = 0;
  uint64_t pstate = 0;
  uint64_t map = 0;  // TTBR0_EL1: root and, in its upper 16 bits, the ASID
};
static_assert(offsetof(Context, sp) == 248 && offsetof(Context, pc) == 256);
static_assert(offsetof(Context, map) == 272);

// ASID 0 is the kernel's.
constexpr uint64_t context_map(uint64_t root, uint64_t component) {
  return root | (component + 1) << 48;
}
constexpr uint64_t map_root(uint64_t map) { return map & ((uint64_t{1} << 48) - 1); }

}  // namespace bh::kernel
