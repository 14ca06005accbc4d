// The contract is C as well as C++: this file compiles it as strict, freestanding C11.
#include "targets/microkernel/abi/bh_image.h"
#include "targets/microkernel/abi/bh_table.h"
