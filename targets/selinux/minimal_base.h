// The smallest base policy on which an emitted module compiles alone: the kernel classes of
// kernel_classes.h, three initial contexts, one user, one role, one type (`kernel_t`), no allow
// rule at all. It is there to check the module with secilc; a machine boots with its distribution's
// base instead.
#pragma once

#include <string>

namespace bh {

// CIL text; deterministic.
std::string minimal_base();

}  // namespace bh
