// Asks a table every kind of question, so that a sanitizer sees any access out of bounds.
#pragma once

#include "targets/microkernel/monitor/decide.h"

namespace bh::kernel::testing {

// Returns the number of granted calls.
uint64_t explore(const Table& table);

}  // namespace bh::kernel::testing
