// Console: somebody at the keys, who guesses, logs in, reads, and falls asleep.
#include "stubs/console.h"

using namespace device_login;
using bh::user::bytes;
using bh::user::print;

static void tell(std::string_view what, bh_status status) {
  print(what);
  print(status == BH_OK ? ": ok\n" : status == BH_REFUSED ? ": refused\n" : ": error\n");
}

static void read() {
  uint32_t value = 0;
  tell("read", Meter::device::read(value));
}

extern "C" void component_main() {
  read();
  for (const auto& pin : {bytes("0000"), bytes("1111"), bytes("4321")}) {
    tell("guess", Meter::device::login(pin));
  }
  tell("log in while blocked", Meter::device::login(bytes("1234")));
  bh::user::receive_until(1'500'000);
  tell("log in", Meter::device::login(bytes("1234")));
  read();
  bh::user::receive_until(3'000'000);
  print("after a nap\n");
  read();
}
