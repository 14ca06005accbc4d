// Stands for a passive object: answers every method with ok and zero results.
#include "targets/microkernel/user/bulkhead.h"

#ifndef BH_ABI_HASH
#error "define BH_ABI_HASH, the hash of the policy that the image belongs to"
#endif
BH_COMPONENT(BH_ABI_HASH)

extern "C" void component_main() {
  bh::user::receive();
  for (;;) bh::user::reply_and_receive(BH_OK, {});
}
