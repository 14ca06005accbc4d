// Pong: hits three times as soon as it may, and at the end, when the turn is certainly Ping's, once
// more.
#include "stubs/pong.h"

using namespace pingpong;
using bh::user::print;

extern "C" void component_main() {
  uint64_t moment = 0;
  for (int done = 0; done < 3;) {
    uint32_t hits = 0;
    if (Court::ball::hit(hits) == BH_OK) {
      ++done;
      print("pong\n");
    } else {
      bh::user::receive_until(moment += 10'000);
    }
  }
  uint32_t hits = 0;
  if (Court::ball::hit(hits) == BH_REFUSED) print("not twice\n");
}
