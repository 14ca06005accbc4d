// Facts about functions that nobody wrote for this program.
#pragma once

#include "core/facts/facts.h"

namespace bh {

// Takes out what generated functions do among themselves: what is left are those that call written
// code of the program, call through a pointer or handle functions, and the calls that lead to them.
// `facts` are those of one unit.
void drop_generated(Facts& facts);

}  // namespace bh
