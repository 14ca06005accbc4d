// What a component must not be able to do, one case a number.
#pragma once

#include <stdint.h>

namespace bh::boot_test {

enum class Attack : uint64_t {
  ReadNull,
  WriteNull,
  ReadKernelCode,
  WriteKernelData,
  ExecuteKernelCode,
  ReadForeignFrame,       // another component's memory by its physical address
  ReadForeignFrameAlias,  // and by where the kernel saw it while booting
  ReadTable,
  ReadDevice,
  WriteDevice,
  WriteOwnCode,
  WriteOwnConstant,
  ExecuteOwnStack,
  ExecuteOwnBuffer,
  ExecuteOwnConstant,
  RunOffCode,
  OverflowStack,
  MisalignedJump,
  UndefinedInstruction,
  FloatingPoint,
  ReadSystemRegister,
  WriteSystemRegister,
  ReadClock,
  ReadCounter,
  WaitForInterrupt,
  MaskInterrupts,
  Semihosting,
  Breakpoint,
  HypervisorCall,
  MonitorCall,
  Count,
};

}  // namespace bh::boot_test
