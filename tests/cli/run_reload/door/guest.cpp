#include "stubs/guest.h"

using namespace door;

extern "C" void component_main() {
  Porter::door::enter();
  Porter::door::go(1);
  Porter::door::go(3);
  Admin::change::now();
  Porter::door::go(1);
  Porter::door::go(3);
  Porter::door::go(3);
  Porter::door::go(2);
  Porter::door::enter();
}
