// What user/ knows of the processor: see arch/arch.h.
#pragma once

#include "targets/microkernel/arch/aarch64/trap.h"
