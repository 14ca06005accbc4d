// Network: brings frames in and sends what it is given. Plays the outside world of this example.
#include "stubs/network.h"

using namespace gateway;
using bh::user::bytes;
using bh::user::print;
using bh::user::print_number;

struct Link {
  bh_status send(Component, Port port, const bh::user::Bytes<1500>& frame) {
    print("sending ");
    print_number(frame.size);
    print(" bytes to port ");
    print_number(port);
    print("\n");
    return BH_OK;
  }
};

// Hands a frame to the parser and sends its answer.
static void exchange(std::span<const uint8_t> frame) {
  Link link;
  if (Parser::link::received(frame) == BH_OK) serve_one(link);
}

extern "C" void component_main() {
  exchange(bytes("resolve"));
  exchange(bytes("sign"));
  exchange(bytes("snoop"));
  Parser::link::received(bytes("overflow"));
  if (Parser::link::received(bytes("hello?")) != BH_OK)
    print("the parser is gone, the network goes on\n");
}
