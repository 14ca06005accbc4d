// A policy whose states cannot be counted off: one endpoint, and for each of its methods a
// protocol.
#pragma once

#include <cstddef>
#include <string>

namespace bh {

struct Airlock {
  size_t doors = 32;         // protocols of four states; each its own component that turns it
  bool one_lets_go = false;  // the door before the middle does not mind that the next one is turned
};

// Each door is locked, closed, open and closing in turn, and minds that its neighbours are turned
// while it is not locked. Property `both`: the two doors in the middle are never open together.
std::string print_airlock(const Airlock& airlock);

}  // namespace bh
