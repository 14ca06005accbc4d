// How one table takes the place of another while the system runs. See also
// ProtocolStates::carry_over.
#pragma once

#include "targets/microkernel/monitor/decide.h"

namespace bh::kernel {

// Whether `to` may follow `from`: it is newer, the images are compiled against both alike, and
// components and endpoints are the same. BH_EXIT_OK, or what is wrong.
bh_exit may_follow(const Table& from, const Table& to);

}  // namespace bh::kernel
