#include "stubs/asker.h"

extern "C" void component_main() {
  uint64_t sum = 0;
  if (two_languages::Adder::sums::add(20, 22, sum) != BH_OK) return;
  bh::user::print("c++: ");
  bh::user::print_number(sum);
  bh::user::print("\n");
}
