#include "targets/microkernel/kernel/layout.h"
#include "tests/boot/attacks.h"

namespace bh::boot_test {

#define BH_READ(name) asm volatile("mrs %0, " name : "=r"(x))
#define BH_WRITE(name) asm volatile("msr " name ", %0" ::"r"(x))
#define BH_RUN(text) asm volatile(text ::: "memory")
// An instruction on its own stack, where it could do no harm either way.
#define BH_ON_ADDRESS(text) asm volatile(text ", %0" ::"r"(&x) : "memory")

void attack_by_instruction(Attack which) {
  uint64_t x = 0;
  switch (which) {
    case Attack::MisalignedJump:
      return reinterpret_cast<void (*)()>(reinterpret_cast<uint64_t>(&attack_by_instruction) + 2)();
    case Attack::MisalignedStack:
      BH_RUN("sub sp, sp, #8\n\tstr xzr, [sp]\n\tadd sp, sp, #8");
      return;
    case Attack::UndefinedInstruction:
      BH_RUN("udf #0");
      return;
    case Attack::FloatingPoint:
      BH_RUN(".inst 0x1e604020");  // fmov d0, d1
      return;
    case Attack::VectorInstruction:
      BH_RUN(".inst 0x4e208400");  // add v0.16b, v0.16b, v0.16b
      return;
    case Attack::ReadMapRegister:
      BH_READ("ttbr0_el1");
      return;
    case Attack::WriteMapRegister:
      BH_WRITE("ttbr0_el1");
      return;
    case Attack::WriteVectorBase:
      BH_WRITE("vbar_el1");
      return;
    case Attack::WriteSystemControl:
      BH_WRITE("sctlr_el1");
      return;
    case Attack::WriteExceptionReturn:
      BH_WRITE("spsr_el1");
      return;
    case Attack::WriteDebugControl:
      BH_WRITE("mdscr_el1");
      return;
    case Attack::ReadProcessorIdentity:
      BH_READ("midr_el1");
      return;
    case Attack::ReadClock:
      BH_READ("cntvct_el0");
      return;
    case Attack::ReadPhysicalClock:
      BH_READ("cntpct_el0");
      return;
    case Attack::ReadClockFrequency:
      BH_READ("cntfrq_el0");
      return;
    case Attack::WriteTimer:
      BH_WRITE("cntp_ctl_el0");
      return;
    case Attack::ReadCounter:
      BH_READ("pmccntr_el0");
      return;
    case Attack::WriteCounterControl:
      BH_WRITE("pmcr_el0");
      return;
    case Attack::ReadInterruptMask:
      BH_READ("daif");
      return;
    case Attack::MaskInterrupts:
      BH_RUN("msr daifset, #2");
      return;
    case Attack::SwitchStackPointer:
      BH_RUN("msr spsel, #1");
      return;
    case Attack::ReturnFromException:
      BH_RUN("eret");
      return;
    case Attack::Semihosting:
      asm volatile("mov w0, #0x18\n\thlt #0xf000" ::: "x0", "x1");  // exit
      return;
    case Attack::SemihostingRead:
      asm volatile("mov w0, #0x7\n\thlt #0xf000" ::: "x0", "x1");  // a character of the console
      return;
    case Attack::Halt:
      BH_RUN("hlt #0");
      return;
    case Attack::Breakpoint:
      BH_RUN("brk #0");
      return;
    case Attack::DebugState:
      BH_RUN("dcps1");
      return;
    case Attack::HypervisorCall:
      BH_RUN(".inst 0xd4000002");  // hvc #0
      return;
    case Attack::MonitorCall:
      BH_RUN(".inst 0xd4000003");  // smc #0
      return;
    case Attack::WaitForInterrupt:
      BH_RUN("wfi");
      return;
    case Attack::InvalidateData:
      BH_ON_ADDRESS("dc ivac");
      return;
    case Attack::InvalidateDataBySet:
      asm volatile("dc isw, %0" ::"r"(x) : "memory");
      return;
    case Attack::CleanData:
      BH_ON_ADDRESS("dc cvac");
      return;
    case Attack::CleanAndInvalidateData:
      BH_ON_ADDRESS("dc civac");
      return;
    case Attack::ZeroData:
      asm volatile("dc zva, %0" ::"r"(BH_BUFFER_ADDRESS) : "memory");
      return;
    case Attack::InvalidateCode:
      BH_ON_ADDRESS("ic ivau");
      return;
    case Attack::InvalidateAllCode:
      BH_RUN("ic iallu");
      return;
    case Attack::InvalidateTranslations:
      BH_RUN("tlbi vmalle1");
      return;
    case Attack::TranslateAddress:
      BH_ON_ADDRESS("at s1e1r");
      return;
    case Attack::ReadCacheType:
      BH_READ("ctr_el0");
      return;
    case Attack::WaitForEvent:
      BH_RUN("wfe");
      return;
    case Attack::SendEvent:
      BH_RUN("sev");
      return;
    case Attack::Yield:
      BH_RUN("yield");
      return;
    case Attack::Barriers:
      BH_RUN("dmb sy\n\tdsb sy\n\tisb");
      return;
    case Attack::PrefetchKernel:
      asm volatile("prfm pldl1keep, [%0]" ::"r"(kernel::KernelOffset + 0x40080000));
      return;
    case Attack::ExclusiveAccess:
      asm volatile("ldxr x9, [%0]\n\tstxr w10, x9, [%0]\n\tclrex" ::"r"(&x)
                   : "x9", "x10", "memory");
      return;
    case Attack::LeaveMark:
      x = 0x5ec2e7;
      BH_WRITE("tpidr_el0");
      return;
    default:
      return;
  }
}

}  // namespace bh::boot_test
