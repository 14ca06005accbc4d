// Puts the next table into force when it is asked to.
#include "stubs/admin.h"

using namespace door;

constexpr uint8_t Next[] = {
#embed "next.tbl"
};

class Changes {
 public:
  bh_status now(Component) {
    constexpr size_t Part = BH_BUFFER_BYTES;
    std::span<const uint8_t> left(Next);
    while (!left.empty()) {
      const auto at = static_cast<uint32_t>(sizeof Next - left.size());
      const std::span<const uint8_t> part = left.first(left.size() < Part ? left.size() : Part);
      if (Machine::stage(at, part) != BH_OK) return BH_ERROR;
      left = left.subspan(part.size());
    }
    return Machine::reload();
  }
};

extern "C" void component_main() {
  Changes changes;
  serve(changes);
}
