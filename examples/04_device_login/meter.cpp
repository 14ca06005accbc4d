// Meter: compares the PIN and measures. It keeps neither sessions nor attempts nor time: the
// monitor does.
#include "stubs/meter.h"

using namespace device_login;
using bh::user::bytes;

struct Gauge {
  bh_status login(Component, const Pin& pin) { return pin == bytes("1234") ? BH_OK : BH_ERROR; }
  bh_status read(Component, uint32_t& value) {
    value = 42;
    return BH_OK;
  }
  bh_status logout(Component) { return BH_OK; }
};

extern "C" void component_main() {
  Gauge gauge;
  serve(gauge);
}
