// The smallest base policy on which an emitted module compiles alone: the kernel classes of
// kernel_classes.h, three initial contexts, one user, one role, one type, `kernel_t`, and one rule
// that concerns it alone, because secilc compiles no policy without any. It is there to check the
// module with secilc; a machine boots with its distribution's base instead.
#pragma once

#include <string>

namespace bh {

// CIL text; deterministic.
std::string minimal_base();

}  // namespace bh
