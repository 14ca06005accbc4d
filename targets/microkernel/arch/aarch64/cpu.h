// The processor and the few devices of `virt`, one small function each.
#pragma once

#include <stdint.h>

#include "targets/microkernel/kernel/layout.h"

namespace bh::kernel {

#define BH_WRITE_REGISTER(name, value) \
  asm volatile("msr " #name ", %0" ::"r"(uint64_t{value}) : "memory")
#define BH_READ_REGISTER(name)                              \
  [] {                                                      \
    uint64_t value;                                         \
    asm volatile("mrs %0, " #name : "=r"(value)::"memory"); \
    return value;                                           \
  }()

// Ends the emulated machine with this exit code.
extern "C" [[noreturn]] void exit_system(uint64_t status);

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
inline uint32_t interrupt_take() { return device(InterruptInterface + 0xc) & 0x3ff; }
inline void interrupt_done(uint32_t number) { device(InterruptInterface + 0x10) = number; }

// Until the ticks are over, or some interrupt comes; then the timer is armed with `period` again.
inline void sleep(uint64_t ticks, uint64_t period) {
  BH_WRITE_REGISTER(cntp_cval_el0, BH_READ_REGISTER(cntpct_el0) + ticks);
  asm volatile("dsb sy; wfi" ::: "memory");
  uint32_t number = interrupt_take();
  timer_arm(period);
  if (number == TimerInterrupt) interrupt_done(number);
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

// Nothing but system calls for EL0: no clock, no counters.
inline void close_to_components() {
  BH_WRITE_REGISTER(cntkctl_el1, 0);
  BH_WRITE_REGISTER(pmuserenr_el0, 0);
}

inline void invalidate_translations() {
  asm volatile("dsb ishst; tlbi vmalle1; dsb ish; ic iallu; dsb ish; isb" ::: "memory");
}

// Switches to the final kernel map, without any map of the lower half, and makes writable memory
// unexecutable whatever the tables say (SCTLR_EL1.WXN).
inline void use_kernel_map(uint64_t root, uint64_t empty_root) {
  constexpr uint64_t WritableNeverExecutes = 1u << 19;
  BH_WRITE_REGISTER(ttbr1_el1, root);
  BH_WRITE_REGISTER(ttbr0_el1, empty_root);
  BH_WRITE_REGISTER(sctlr_el1, BH_READ_REGISTER(sctlr_el1) | WritableNeverExecutes);
  invalidate_translations();
}

// Puts the component's map into force, for the kernel as well until the next component resumes.
inline void use_component_map(uint64_t ttbr0) {
  BH_WRITE_REGISTER(ttbr0_el1, ttbr0);
  asm volatile("isb" ::: "memory");
}

// Whether the kernel itself could read the address now; asks the processor, not the tables.
inline bool readable_by_kernel(uint64_t virtual_address) {
  asm volatile("at s1e1r, %0; isb" ::"r"(virtual_address));
  return (BH_READ_REGISTER(par_el1) & 1) == 0;
}

}  // namespace bh::kernel
