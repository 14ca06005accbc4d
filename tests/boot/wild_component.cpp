// System calls with random registers, from a fixed seed: mostly small numbers, so that many calls
// are right or nearly so. Prints a hash of everything that came back.
#include "targets/microkernel/arch/trap.h"
#include "targets/microkernel/user/bulkhead.h"
#include "tests/boot/wild.h"

BH_COMPONENT(0xb007)

constexpr uint32_t Calls = 2000;

extern "C" void component_main() {
  bh::boot_test::Random random(0x9e3779b97f4a7c15);
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a over words
  for (uint32_t i = 0; i < Calls; ++i) {
    bh::user::Registers v;
    for (uint64_t& x : v.x) x = random.value();
    // Left out: receive, which would wait for ever, exit, and print, whose text would
    // drown the log.
    if (random.one_in(16)) {
      bh::user::trap<BH_REPLY>(v);
      continue;
    }
    bh::user::trap<BH_CALL>(v);
    for (uint64_t x : v.x) hash = (hash ^ x) * 0x100000001b3;
  }
  bh::user::print("answers ");
  bh::user::print_number(hash);
  bh::user::print("\n");
}
