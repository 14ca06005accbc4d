// Each case tries one thing; if it returns, the attack was not stopped, and the script goes on.
#include "tests/boot/attacks.h"

#include "targets/microkernel/kernel/layout.h"

namespace bh::boot_test {
namespace {

constexpr uint64_t KernelCode = kernel::KernelOffset + 0x40080000;
constexpr uint64_t ReturnInstruction = 0xd65f03c0;
const volatile uint32_t own_constant = ReturnInstruction;

uint32_t read(uint64_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }
void write(uint64_t address) { *reinterpret_cast<volatile uint32_t*>(address) = ReturnInstruction; }
void execute(uint64_t address) { reinterpret_cast<void (*)()>(address)(); }

[[gnu::noinline]] uint64_t overflow(uint64_t depth) {
  volatile uint64_t frame[64];
  frame[depth % 64] = depth;
  if (frame[0] == ~uint64_t{0}) return 0;
  return overflow(depth + 1) + frame[depth % 64];
}

// The kernel's writable data begins on the page after its constants; any page there will do.
uint64_t kernel_data() { return kernel::KernelOffset + 0x400a0000; }

}  // namespace

void attack(Attack which) {
  volatile uint32_t on_stack = ReturnInstruction;
  uint64_t x = 0;
  switch (which) {
    case Attack::ReadNull:
      read(0);
      return;
    case Attack::WriteNull:
      write(0);
      return;
    case Attack::ReadKernelCode:
      read(KernelCode);
      return;
    case Attack::WriteKernelData:
      write(kernel_data());
      return;
    case Attack::ExecuteKernelCode:
      execute(KernelCode);
      return;
    case Attack::ReadForeignFrame:
      read(kernel::PoolStart);
      return;
    case Attack::ReadForeignFrameAlias:
      read(kernel::KernelOffset + kernel::PoolStart);
      return;
    case Attack::ReadTable:
      read(kernel::KernelOffset + kernel::BlobStart);
      return;
    case Attack::ReadDevice:
      read(kernel::SerialPort);
      return;
    case Attack::WriteDevice:
      write(kernel::KernelOffset + kernel::SerialPort);
      return;
    case Attack::WriteOwnCode:
      write(reinterpret_cast<uint64_t>(&attack));
      return;
    case Attack::WriteOwnConstant:
      write(reinterpret_cast<uint64_t>(&own_constant));
      return;
    case Attack::ExecuteOwnStack:
      execute(reinterpret_cast<uint64_t>(&on_stack));
      return;
    case Attack::ExecuteOwnBuffer:
      write(BH_BUFFER_ADDRESS);
      execute(BH_BUFFER_ADDRESS);
      return;
    case Attack::ExecuteOwnConstant:
      execute(reinterpret_cast<uint64_t>(&own_constant));
      return;
    case Attack::RunOffCode:
      execute(kernel::ImageEnd - 4);
      return;
    case Attack::OverflowStack:
      overflow(on_stack);
      return;
    case Attack::MisalignedJump:
      execute(reinterpret_cast<uint64_t>(&attack) + 2);
      return;
    case Attack::UndefinedInstruction:
      asm volatile("udf #0");
      return;
    case Attack::FloatingPoint:
      asm volatile(".inst 0x1e604020");
      return;  // fmov d0, d1
    case Attack::ReadSystemRegister:
      asm volatile("mrs %0, ttbr0_el1" : "=r"(x));
      return;
    case Attack::WriteSystemRegister:
      asm volatile("msr vbar_el1, %0" ::"r"(x));
      return;
    case Attack::ReadClock:
      asm volatile("mrs %0, cntvct_el0" : "=r"(x));
      return;
    case Attack::ReadCounter:
      asm volatile("mrs %0, pmccntr_el0" : "=r"(x));
      return;
    case Attack::WaitForInterrupt:
      asm volatile("wfi");
      return;
    case Attack::MaskInterrupts:
      asm volatile("msr daifset, #2");
      return;
    case Attack::Semihosting:
      asm volatile("mov w0, #0x18\n\thlt #0xf000" ::: "x0", "x1");
      return;
    case Attack::Breakpoint:
      asm volatile("brk #0");
      return;
    case Attack::HypervisorCall:
      asm volatile(".inst 0xd4000002");
      return;  // hvc #0
    case Attack::MonitorCall:
      asm volatile(".inst 0xd4000003");
      return;  // smc #0
    case Attack::Count:
      return;
  }
}

}  // namespace bh::boot_test
