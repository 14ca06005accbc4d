// The seam: all that kernel/ and boot/ know of the processor and its machine. One folder beside
// this file fills it in; nothing else may name an architecture (cmake/check_layers.cmake).
//
// A folder has
//   layout.h       the constants and struct Context below, for the host too
//   machine.h      the inline functions below
//   paging.cpp     arch/paging.h
//   trap.h         a component's system call: user/bulkhead.cpp
//   start.S        the start, which calls boot(); traps, which call the trap_* of boot/
//   link.ld        where the kernel lies
//   compile.flags  for the compiler
#pragma once

#include <stdint.h>

#include "targets/microkernel/arch/aarch64/layout.h"
#include "targets/microkernel/arch/paging.h"

namespace bh::kernel {

// From layout.h:
//   struct Context        what a trap saves of a component: x[0..7] the registers of a system call,
//                         pc, sp, and map, its address space as the processor takes it
//   KernelOffset          the kernel sees physical address p at p + KernelOffset
//   DevicePages           the pages of the devices that the kernel uses
//   ElfMachine            of the executables that run here
//   InstructionAlignment  of an entry point, in bytes
//   context_map(root, n)  Context::map of component n, whose translation tables start at root
//   map_root(map)         the root again

// Only for what is mapped: see boot/.
template <typename T = uint8_t>
T* at_physical(uint64_t physical) {
  return reinterpret_cast<T*>(physical + KernelOffset);
}

// ---- from start.S
// -------------------------------------------------------------------------------
// Ends the emulated machine with this exit code.
extern "C" [[noreturn]] void exit_system(uint64_t status);
// Runs the component whose first member this is, until its next trap.
extern "C" [[noreturn]] void resume(struct Component* component);

// ---- clock, serial port, timer
// ------------------------------------------------------------------
inline uint64_t clock_ticks();  // never go back; of the same clock as the timer's
inline uint64_t clock_ticks_per_second();
inline void serial_put(char c);
// Interrupts after so many ticks, once.
inline void timer_start(uint64_t ticks);
// To be asked at every interrupt. True if it was the timer's, which then runs for `ticks` anew.
inline bool timer_interrupted(uint64_t ticks);
// Until the ticks are over, or some interrupt comes; then the timer runs for `period` anew.
inline void sleep(uint64_t ticks, uint64_t period);

// ---- flash and restart
// ---------------------------------------------------------------------------------
// Two erase blocks for the record of monitor/slots.h. Flash that there is none of reads as zeros.
inline uint32_t flash_read(uint32_t block, uint32_t word);
inline void flash_erase(uint32_t block);
inline void flash_program(uint32_t block, uint32_t word, uint32_t value);
// Starts the machine anew, flash and slots as they are.
[[noreturn]] inline void reset_system();

// ---- rights
// --------------------------------------------------------------------------------------------
// Nothing but system calls for components: no clock, no counters.
inline void close_to_components();
// Measuring only: components may count all instructions, and those of the kernel alone.
inline void counters_open_to_components();
// Whether the exception was an access to memory, or the attempt to run what is no code.
inline bool is_memory_fault(uint64_t syndrome);

// ---- maps
// ----------------------------------------------------------------------------------------------
// Switches to the final kernel map, without any map of the lower half, and makes writable memory
// unexecutable whatever the tables say.
inline void use_kernel_map(uint64_t root, uint64_t empty_root);
// Puts a component's Context::map into force, for the kernel as well until the next one resumes.
inline void use_component_map(uint64_t map);
// After any change of a map that was in use.
inline void invalidate_translations();
// Whether the kernel itself could read the address now; asks the processor, not the tables.
inline bool readable_by_kernel(uint64_t virtual_address);

}  // namespace bh::kernel

#if __STDC_HOSTED__ == 0
#include "targets/microkernel/arch/aarch64/machine.h"
#endif
