// Ping: hits three times, each time as soon as it may.
#include "stubs/ping.h"

using namespace pingpong;
using bh::user::print;

extern "C" void component_main() {
  uint64_t moment = 0;
  for (int done = 0; done < 3;) {
    uint32_t hits = 0;
    if (Court::ball::hit(hits) == BH_OK) {
      ++done;
      print("ping\n");
    } else {
      bh::user::receive_until(moment += 10'000);
    }
  }
}
