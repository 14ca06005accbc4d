// Viewer: shows the log. Then it plays one that was taken over and would rather have another log.
#include "stubs/viewer.h"

using namespace logger;
using bh::user::bytes;
using bh::user::print;

static bool show() {
  bh::user::Bytes<80> line;
  if (Logger::log::next(line) != BH_OK || line.size == 0) return false;
  print({reinterpret_cast<const char*>(line.data.data()), line.size});
  print("\n");
  return true;
}

// `append` is not granted, so there is no stub for it.
static void forge() {
  constexpr uint8_t Append = 0;
  bh::user::Outgoing call;
  call.put(std::span<const uint8_t>(bytes("no door was opened")));
  if (call.call(Logger::log::Channel, Append) == BH_REFUSED) print("the log cannot be forged\n");
}

extern "C" void component_main() {
  int shown = 0;
  for (uint64_t moment = 0; shown < 3; moment += 10'000) {
    bh::user::receive_until(moment);
    while (show()) ++shown;
  }
  forge();
}
