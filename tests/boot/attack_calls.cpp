#include "targets/microkernel/arch/trap.h"
#include "targets/microkernel/user/bulkhead.h"
#include "tests/boot/attacks.h"

namespace bh::boot_test {
namespace {

using user::Registers;
using user::trap;

void call(uint64_t channel, uint64_t method, uint64_t first = 0, uint64_t second = 0) {
  Registers r{{channel, method, first, second}};
  trap<BH_CALL>(r);
}

void reply(uint64_t id, uint64_t result) {
  Registers r{{BH_OK, id, result}};
  trap<BH_REPLY>(r);
}

template <typename Function>
[[noreturn]] void for_ever(Function function) {
  for (;;) function();
}

// Where a receiver finds them: see BH_RECEIVE.
constexpr uint64_t in_caller_field(uint64_t caller) { return caller << 24; }
constexpr uint64_t in_endpoint_field(uint64_t endpoint) { return endpoint << 8; }

}  // namespace

void attack_by_call(Attack which) {
  constexpr uint64_t Huge = ~uint64_t{0};
  Registers r;
  switch (which) {
    case Attack::UnknownSystemCall:
      return trap<77>(r);
    case Attack::LargestSystemCall:
      return trap<0xffff>(r);
    case Attack::PrintTooLong:
      r.x[0] = BH_PRINT_BYTES + 1;
      return trap<BH_PRINT>(r);
    case Attack::PrintHugeLength:
      r.x[0] = Huge;
      return trap<BH_PRINT>(r);
    case Attack::PrintForgedLine:
      return user::print("\n\r\x1b[2K{\"exit\":0,\"why\":\"shutdown\",\"records\":0,\"lost\":0}\n");
    case Attack::UnknownChannel:
      return call(AttackerChannels, 0);
    case Attack::HugeChannel:
      return call(Huge, 0);
    case Attack::ChannelThatWraps:
      return call(uint64_t{1} << 32 | ServerChannel, 0);
    case Attack::UnknownMethod:
      return call(ServerChannel, ServerMethods);
    case Attack::HugeMethod:
      return call(ServerChannel, Huge);
    case Attack::SpoofedCaller:
      return call(ServerChannel, PlainMethod | in_caller_field(ClientNumber));
    case Attack::SpoofedEndpoint:
      return call(ServerChannel, PlainMethod | in_endpoint_field(AttackerNumber));
    case Attack::MethodNotGranted:
      return call(ServerChannel, UngrantedMethod);
    case Attack::ArgumentsOutOfRange:
      return call(ServerChannel, ConditionalMethod, 3);
    case Attack::OversizeMessage:
      return call(ServerChannel, BytesMethod, BH_BUFFER_BYTES + 1);
    case Attack::HugeMessage:
      return call(ServerChannel, BytesMethod, Huge);
    case Attack::SizesThatWrap:
      return call(ServerChannel, TwoBytesMethod, Huge, 2);
    case Attack::ShutdownWithoutRight:
      return call(MachineChannel, BH_MACHINE_SHUTDOWN);
    case Attack::ReplyTwice:
      reply(ClientNumber, 29);
      return reply(ClientNumber, 28);
    case Attack::ReplyToAnother:
      return reply(ServerNumber, 28);
    case Attack::ReplyToAnotherLife:
      return reply(ClientNumber | uint64_t{1} << 16, 28);
    case Attack::ReplyToHugeId:
      return reply(Huge, 28);
    case Attack::ExitWhileServing:
      user::exit(0);
    case Attack::HoardBySleeping:
      user::receive_until(1'500);
      return;
    case Attack::EndlessLoop:
      for_ever([] { asm volatile(""); });
    case Attack::FloodRefusedCalls:
      for_ever([] { call(ServerChannel, UngrantedMethod); });
    case Attack::FloodPrints:
      for_ever([] { user::print("nobody else shall be heard\n"); });
    case Attack::FloodReplies:
      for_ever([] { user::reply(BH_ERROR, {}); });
    case Attack::FloodCalls:
      for_ever([] { call(ServerChannel, PlainMethod, 7, 7); });
    case Attack::FloodEvents:
      for_ever([] { call(ServerChannel, EventMethod, 7); });
    case Attack::FloodReceives:
      for_ever([] { user::receive_until(0); });
    default:
      return;
  }
}

}  // namespace bh::boot_test
