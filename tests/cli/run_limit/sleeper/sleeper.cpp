// Asks once, and then does nothing for an hour.
#include "stubs/sleeper.h"

extern "C" void component_main() {
  sleeper::Bed::nap::nap(1);
  bh::user::print("good night\n");
  bh::user::receive_until(3'600'000'000);
}
