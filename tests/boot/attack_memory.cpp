#include "targets/microkernel/kernel/layout.h"
#include "tests/boot/attacks.h"

namespace bh::boot_test {
namespace {

using kernel::KernelOffset;

constexpr uint64_t ReturnInstruction = 0xd65f03c0;
constexpr uint64_t KernelCode = KernelOffset + 0x40080000;
// The kernel's writable data begins on the page after its constants; any page there will do.
constexpr uint64_t KernelData = KernelOffset + 0x400a0000;
// Components are loaded behind the kernel's own tables.
constexpr uint64_t ForeignFrame = kernel::PoolStart + 0x20000;
constexpr uint64_t OtherSlot = kernel::SlotStart + kernel::SlotBytes;
constexpr uint64_t BetweenTheHalves = 0x0000800000000000;
constexpr uint64_t Tag = uint64_t{0xa5} << 56;

const volatile uint32_t own_constant = ReturnInstruction;
volatile uint32_t own_data = ReturnInstruction;

uint32_t read(uint64_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }
void write(uint64_t address) { *reinterpret_cast<volatile uint32_t*>(address) = ReturnInstruction; }
void execute(uint64_t address) {
  asm("" : "+r"(address));  // the compiler must not know it
  reinterpret_cast<void (*)()>(address)();
}
template <typename T>
uint64_t address_of(T& object) {
  return reinterpret_cast<uint64_t>(&object);
}

[[gnu::noinline]] uint64_t overflow(uint64_t depth) {
  volatile uint64_t frame[64];
  frame[depth % 64] = depth;
  if (frame[0] == ~uint64_t{0}) return 0;
  return overflow(depth + 1) + frame[depth % 64];
}

// Everything that its own pages are for.
[[gnu::noinline]] void allowed() {
  volatile uint32_t on_stack = read(address_of(own_constant));
  write(address_of(on_stack));
  write(address_of(own_data));
  write(BH_BUFFER_ADDRESS);
  write(BH_BUFFER_ADDRESS + BH_BUFFER_BYTES - 4);
  read(kernel::ImageStart);
  read(kernel::StackEnd - 4);
  write(kernel::StackEnd - kernel::StackBytes);
}

}  // namespace

void attack_memory(Attack which) {
  volatile uint32_t on_stack = ReturnInstruction;
  switch (which) {
    case Attack::ReadNull:
      read(0);
      return;
    case Attack::WriteNull:
      return write(0);
    case Attack::ExecuteNull:
      return execute(0);
    case Attack::ReadKernelCode:
      read(KernelCode);
      return;
    case Attack::WriteKernelCode:
      return write(KernelCode);
    case Attack::ExecuteKernelCode:
      return execute(KernelCode);
    case Attack::ReadKernelData:
      read(KernelData);
      return;
    case Attack::WriteKernelData:
      return write(KernelData);
    case Attack::ExecuteKernelData:
      return execute(KernelData);
    case Attack::ReadKernelMap:
      read(KernelOffset + kernel::PoolStart);
      return;
    case Attack::WriteKernelMap:
      return write(KernelOffset + kernel::PoolStart);
    case Attack::ReadTable:
      read(KernelOffset + kernel::SlotStart);
      return;
    case Attack::WriteTable:
      return write(KernelOffset + kernel::SlotStart);
    case Attack::ReadForeignFrame:
      read(ForeignFrame);
      return;
    case Attack::WriteForeignFrame:
      return write(ForeignFrame);
    case Attack::ExecuteForeignFrame:
      return execute(ForeignFrame);
    case Attack::ReadForeignFrameAlias:
      read(KernelOffset + ForeignFrame);
      return;
    case Attack::WriteForeignFrameAlias:
      return write(KernelOffset + ForeignFrame);
    case Attack::ExecuteForeignFrameAlias:
      return execute(KernelOffset + ForeignFrame);
    case Attack::ReadSerialPort:
      read(kernel::SerialPort);
      return;
    case Attack::WriteSerialPort:
      return write(kernel::SerialPort);
    case Attack::ExecuteSerialPort:
      return execute(kernel::SerialPort);
    case Attack::ReadSerialPortAlias:
      read(KernelOffset + kernel::SerialPort);
      return;
    case Attack::WriteSerialPortAlias:
      return write(KernelOffset + kernel::SerialPort);
    case Attack::ReadInterruptController:
      read(kernel::InterruptInterface);
      return;
    case Attack::WriteInterruptController:
      return write(kernel::InterruptDistributor);
    case Attack::WriteInterruptControllerAlias:
      return write(KernelOffset + kernel::InterruptDistributor);
    case Attack::ReadFlash:
      read(kernel::FlashStart);
      return;
    case Attack::WriteFlash:
      return write(kernel::FlashStart);
    case Attack::ReadFlashAlias:
      read(KernelOffset + kernel::FlashStart);
      return;
    case Attack::WriteFlashAlias:
      return write(KernelOffset + kernel::FlashStart);
    case Attack::WriteOtherSlot:
      return write(OtherSlot);
    case Attack::WriteOtherSlotAlias:
      return write(KernelOffset + OtherSlot);
    case Attack::WriteStagedTable:
      return write(kernel::BlobStart);
    case Attack::WriteStagedTableAlias:
      return write(KernelOffset + kernel::BlobStart);
    case Attack::ReadCrashRecordAlias:
      read(KernelOffset + kernel::CrashPage);
      return;
    case Attack::WriteCrashRecordAlias:
      return write(KernelOffset + kernel::CrashPage);
    case Attack::ReadBetweenTheHalves:
      read(BetweenTheHalves);
      return;
    case Attack::ReadTaggedAddress:
      read(Tag | address_of(own_constant));
      return;
    case Attack::ReadBeforeImage:
      read(kernel::ImageStart - 4);
      return;
    case Attack::ReadBehindBuffer:
      read(BH_BUFFER_ADDRESS + BH_BUFFER_BYTES);
      return;
    case Attack::WriteBehindBuffer:
      return write(BH_BUFFER_ADDRESS + BH_BUFFER_BYTES);
    case Attack::WriteBeforeBuffer:
      return write(BH_BUFFER_ADDRESS - 4);
    case Attack::ReadAboveStack:
      read(kernel::StackEnd);
      return;
    case Attack::WriteOwnCode:
      return write(reinterpret_cast<uint64_t>(&attack_memory));
    case Attack::WriteOwnConstant:
      return write(address_of(own_constant));
    case Attack::ExecuteOwnStack:
      return execute(address_of(on_stack));
    case Attack::ExecuteOwnBuffer:
      write(BH_BUFFER_ADDRESS);
      return execute(BH_BUFFER_ADDRESS);
    case Attack::ExecuteOwnConstant:
      return execute(address_of(own_constant));
    case Attack::ExecuteOwnData:
      return execute(address_of(own_data));
    case Attack::JumpOutsideText:
      return execute(kernel::ImageEnd - 4);
    case Attack::JumpBehindBuffer:
      return execute(BH_BUFFER_ADDRESS + BH_BUFFER_BYTES);
    case Attack::OverflowStack:
      overflow(on_stack);
      return;
    case Attack::AllowedAccess:
      return allowed();
    default:
      return;
  }
}

}  // namespace bh::boot_test
