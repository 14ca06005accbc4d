// The silent server cannot hold it for longer than the policy says.
#include "stubs/client.h"

using namespace held;

static void ask(bh_status (*server)(uint8_t, uint8_t&)) {
  uint8_t answer = 0;
  const bh_status status = server(7, answer);
  bh::user::print(status == BH_TIMED_OUT ? "no answer\n" : status == BH_OK ? "answered\n" : "?\n");
}

extern "C" void component_main() {
  ask(Silent::port::ask);
  ask(Prompt::port::ask);
}
