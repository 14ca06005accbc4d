#include "stubs/porter.h"

using namespace door;

class Door {
 public:
  bh_status enter(Component) { return BH_OK; }
  bh_status go(Component, uint8_t) { return BH_OK; }
};

extern "C" void component_main() {
  Door door;
  serve(door);
}
