// Worker: answers requests, and believes what they say.
#include "stubs/worker.h"

using namespace supervisor;
using bh::user::print;
using bh::user::print_number;

class Elements {
 public:
  // The mistake: nobody has looked whether there is such an element.
  bh_status element(Component, uint32_t at, const bh::user::Bytes<16>& of, uint8_t& value) {
    value = *static_cast<const volatile uint8_t*>(of.data.data() + at);
    print("answer ");
    print_number(++answers_);
    print(" of this life\n");
    return BH_OK;
  }

 private:
  uint32_t answers_ = 0;
};

extern "C" void component_main() {
  Elements elements;
  serve(elements);
}
