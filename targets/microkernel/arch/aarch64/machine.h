// The processor and the few devices of `virt`: the inline half of arch/arch.h, which says what each
// function means and includes this.
#pragma once

#include "targets/microkernel/arch/arch.h"

namespace bh::kernel {

#define BH_WRITE_REGISTER(name, value) \
  asm volatile("msr " #name ", %0" ::"r"(uint64_t{value}) : "memory")
#define BH_READ_REGISTER(name)                              \
  [] {                                                      \
    uint64_t value;                                         \
    asm volatile("mrs %0, " #name : "=r"(value)::"memory"); \
    return value;                                           \
  }()

inline uint64_t clock_ticks() { return BH_READ_REGISTER(cntvct_el0); }
inline uint64_t clock_ticks_per_second() { return BH_READ_REGISTER(cntfrq_el0); }

inline volatile uint32_t& device(uint64_t physical) {
  return *at_physical<volatile uint32_t>(physical);
}

// PL011
inline void serial_put(char c) {
  constexpr uint64_t Flags = SerialPort + 0x18;
  constexpr uint32_t TransmitFull = 1u << 5;
  while ((device(Flags) & TransmitFull) != 0) {
  }
  device(SerialPort) = static_cast<uint8_t>(c);
}

// GICv2 and the generic timer of EL1, private peripheral interrupt 30.
constexpr uint32_t TimerInterrupt = 30;

inline void timer_arm(uint64_t ticks) { BH_WRITE_REGISTER(cntp_tval_el0, ticks); }
inline void timer_start(uint64_t ticks) {
  device(InterruptDistributor) = 1;
  device(InterruptDistributor + 0x100) = 1u << TimerInterrupt;
  device(InterruptInterface + 4) = 0xff;  // let every priority through
  device(InterruptInterface) = 1;
  timer_arm(ticks);
  BH_WRITE_REGISTER(cntp_ctl_el0, 1);
}
inline bool timer_interrupted(uint64_t ticks) {
  uint32_t number = device(InterruptInterface + 0xc) & 0x3ff;
  if (number != TimerInterrupt) return false;
  timer_arm(ticks);
  device(InterruptInterface + 0x10) = number;
  return true;
}

inline void sleep(uint64_t ticks, uint64_t period) {
  BH_WRITE_REGISTER(cntp_cval_el0, BH_READ_REGISTER(cntpct_el0) + ticks);
  asm volatile("dsb sy; wfi" ::: "memory");
  if (!timer_interrupted(period)) timer_arm(period);
}

// Two 16-bit chips with Intel's commands side by side (CFI), so each command is given twice.
inline volatile uint32_t& flash_word(uint32_t block, uint32_t word) {
  return device(FlashStart + block * FlashBlockBytes + word * sizeof(uint32_t));
}
inline void flash_command(volatile uint32_t& at, uint32_t command, uint32_t value) {
  constexpr uint32_t Ready = 0x00800080;
  constexpr uint32_t ReadArray = 0x00ff00ff;
  at = command;
  at = value;
  while ((at & Ready) != Ready) {
  }
  at = ReadArray;
}
inline uint32_t flash_read(uint32_t block, uint32_t word) { return flash_word(block, word); }
inline void flash_erase(uint32_t block) {
  flash_command(flash_word(block, 0), 0x00200020, 0x00d000d0);
}
inline void flash_program(uint32_t block, uint32_t word, uint32_t value) {
  flash_command(flash_word(block, word), 0x00400040, value);
}

// The timer stops first: QEMU, with its clock counted in instructions, may skip to what a timer
// waits for before it resets, and one that has run out waits for the end of time.
[[noreturn]] inline void reset_system() {
  BH_WRITE_REGISTER(cntp_ctl_el0, 0);
  register uint64_t system_reset asm("x0") = 0x84000009;  // PSCI
  for (;;) asm volatile("hvc #0" : "+r"(system_reset)::"memory");
}

// Counter 0 counts all instructions, counter 1 those of the kernel alone.
inline void counters_open_to_components() {
  constexpr uint64_t InstructionsRetired = 8;
  constexpr uint64_t NotEl0 = 1u << 30;
  BH_WRITE_REGISTER(pmevtyper0_el0, InstructionsRetired);
  BH_WRITE_REGISTER(pmevtyper1_el0, InstructionsRetired | NotEl0);
  BH_WRITE_REGISTER(pmcntenset_el0, 3);
  BH_WRITE_REGISTER(pmcr_el0, 0x41);
  BH_WRITE_REGISTER(pmuserenr_el0, 1);
  asm volatile("isb");
}

inline void close_to_components() {
  BH_WRITE_REGISTER(cntkctl_el1, 0);
  BH_WRITE_REGISTER(pmuserenr_el0, 0);
}

inline bool is_memory_fault(uint64_t syndrome) {
  constexpr uint64_t InstructionAbort = 0x20;
  constexpr uint64_t DataAbort = 0x24;
  uint64_t exception_class = syndrome >> 26 & 0x3f;
  return exception_class == InstructionAbort || exception_class == DataAbort;
}

inline void invalidate_translations() {
  asm volatile("dsb ishst; tlbi vmalle1; dsb ish; ic iallu; dsb ish; isb" ::: "memory");
}

inline void use_kernel_map(uint64_t root, uint64_t empty_root) {
  constexpr uint64_t WritableNeverExecutes = 1u << 19;
  BH_WRITE_REGISTER(ttbr1_el1, root);
  BH_WRITE_REGISTER(ttbr0_el1, empty_root);
  BH_WRITE_REGISTER(sctlr_el1, BH_READ_REGISTER(sctlr_el1) | WritableNeverExecutes);
  invalidate_translations();
}

inline void use_component_map(uint64_t map) {
  BH_WRITE_REGISTER(ttbr0_el1, map);
  asm volatile("isb" ::: "memory");
}

inline bool readable_by_kernel(uint64_t virtual_address) {
  asm volatile("at s1e1r, %0; isb" ::"r"(virtual_address));
  return (BH_READ_REGISTER(par_el1) & 1) == 0;
}

}  // namespace bh::kernel
