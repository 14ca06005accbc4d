#include "tests/bench/airlock.h"

#include <fmt/format.h>

namespace bh {

std::string print_airlock(const Airlock& airlock) {
  const size_t middle = airlock.doors / 2;
  std::string interface = "interface Doors {\n";
  std::string who;
  std::string doors;
  for (size_t i = 0; i < airlock.doors; ++i) {
    interface += fmt::format("    call turn{}()\n", i);
    who += fmt::format("component C{0} {{ }}\nallow a{0}: C{0} -> Plant.doors.turn{0}\n", i);
    doors += fmt::format(
        "protocol Door{0} on Plant.doors shared {{\n    Locked* -turn{0}-> Closed\n"
        "    Closed  -turn{0}-> Open\n    Open    -turn{0}-> Closing\n"
        "    Closing -turn{0}-> Locked\n",
        i);
    const auto mind = [&](size_t neighbour) {
      doors += fmt::format("    Locked  -turn{}-> Locked\n", neighbour);
    };
    if (i > 0) mind(i - 1);
    const bool lets_go = airlock.one_lets_go && i + 1 == middle;
    if (i + 1 < airlock.doors && !lets_go) mind(i + 1);
    doors += "    others stay\n}\n";
  }
  return "policy airlock 1.0\n" + interface + "}\ncomponent Plant { provides doors: Doors }\n" +
         who + doors +
         fmt::format("never both: state Door{}.Open and Door{}.Open\n", middle - 1, middle);
}

}  // namespace bh
