// Client: one sound request, then one that crashes whoever believes it, until nobody answers any
// more.
#include "stubs/client.h"

using namespace supervisor;
using bh::user::print;

extern "C" void component_main() {
  constexpr uint32_t FarAway = 0x4000'0000;
  constexpr int Patience = 20;
  uint64_t moment = 0;
  for (int refused = 0; refused < Patience;) {
    uint8_t value = 0;
    if (Worker::reader::element(1, bh::user::bytes("abc"), value) == BH_OK && value == 'b') {
      refused = 0;
      print("served\n");
      if (Worker::reader::element(FarAway, bh::user::bytes("abc"), value) == BH_PEER_GONE) {
        print("it is gone\n");
      }
    } else {
      ++refused;
      bh::user::receive_until(moment += 10'000);
    }
  }
  print("I go on without it\n");
}
