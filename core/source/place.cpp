#include "core/source/place.h"

namespace bh {

std::string print(const Place& place) { return fmt::format("{}", place); }

}  // namespace bh
