#include "stubs/prompt.h"

using namespace held;

class Questions {
 public:
  bh_status ask(Component, uint8_t what, uint8_t& answer) {
    answer = what;
    return BH_OK;
  }
};

extern "C" void component_main() {
  Questions questions;
  serve(questions);
}
