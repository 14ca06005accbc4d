#include "tests/boot/wild.h"

#include "targets/microkernel/arch/trap.h"
#include "targets/microkernel/user/bulkhead.h"
#include "tests/boot/attacks.h"

namespace bh::boot_test {
namespace {

using user::Registers;
using user::trap;

// Each refusal writes a line, so most calls are such that the monitor lets them through: with a
// channel and a method that are granted for any words.
void wild_call(Random& random, Registers& r) {
  if (!random.one_in(128)) {
    r.x[0] = ServerChannel;
    r.x[1] = random.one_in(4) ? EventMethod : PlainMethod;
  }
  trap<BH_CALL>(r);
}

void wild_print(Random& random, Registers& r) {
  if (!random.one_in(64)) r.x[0] = 0;
  r.x[0] %= BH_PRINT_BYTES + 1;  // more would end it
  trap<BH_PRINT>(r);
}

// Refused, with a line for it, unless it is to nobody.
template <bh_syscall Number>
void wild_reply(Random& random, Registers& r) {
  if (!random.one_in(512)) r.x[1] = BH_NOBODY;
  trap<Number>(r);
}

// In QEMU a change of address spaces costs more than anything else, so most do without one.
void wild_system_call(Random& random, Registers& r) {
  const uint64_t kind = random.next() % 256;
  if (kind < 56) return wild_call(random, r);
  if (kind < 200) return wild_reply<BH_REPLY>(random, r);
  if (kind < 248) return wild_print(random, r);
  if (kind < 250) return wild_reply<BH_REPLY_AND_RECEIVE>(random, r);
  if (kind < 252) return trap<BH_RECEIVE>(r);
  if (kind < 255) return trap<BH_RECEIVE_UNTIL>(r);
  if (random.one_in(8)) {
    r.x[0] = MachineChannel;
    r.x[1] = BH_MACHINE_SHUTDOWN;
    return trap<BH_CALL>(r);
  }
  wild_reply<BH_REPLY>(random, r);
}

}  // namespace

uint64_t make_wild_calls(uint64_t count, uint64_t seed) {
  Random random(seed);
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a over words
  for (uint64_t i = 0; i < count; ++i) {
    Registers r;
    for (uint64_t& x : r.x) x = random.value();
    wild_system_call(random, r);
    for (uint64_t x : r.x) hash = (hash ^ x) * 0x100000001b3;
  }
  return hash;
}

}  // namespace bh::boot_test
