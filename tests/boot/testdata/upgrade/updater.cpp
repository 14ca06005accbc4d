// Reports that this image is well, and goes on to the next one, if it was built knowing of one.
#include "stubs/updater.h"

#include <iterator>

using namespace updater;
using bh::user::print;

constexpr uint8_t Next[] = {0};  // the digest of the next image, where there is one

extern "C" void component_main() {
  if (Machine::healthy() == BH_OK) print("well\n");
  if constexpr (std::size(Next) == 32) {
    print("upgrading\n");
    if (Machine::upgrade(Next) != BH_OK) print("refused\n");
  }
}
