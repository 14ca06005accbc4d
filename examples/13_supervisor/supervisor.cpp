// Supervisor: hears of crashes, and starts again whoever it may, as long as it may.
#include "stubs/supervisor.h"

using namespace supervisor;
using bh::user::print;

class Crashes {
 public:
  void crashed(Component) {
    const bool again = Worker::life::restart() == BH_OK;
    print(again ? "the worker crashed: started again\n" : "the worker crashed: it stays dead\n");
  }
};

extern "C" void component_main() {
  Crashes crashes;
  serve(crashes);
}
