// Parser: reads frames from the network. The frames of this example make it try what the policy
// grants and, as a parser that was taken over would, what it does not grant.
#include "stubs/parser.h"

using namespace gateway;
using bh::user::bytes;
using bh::user::print;

static void tell(std::string_view what, bh_status status) {
  print(what);
  print(status == BH_OK ? ": ok\n" : status == BH_REFUSED ? ": refused\n" : ": error\n");
}

static void answer(std::span<const uint8_t> frame) { Network::link::send(443, frame); }

// A domain name request would leave by port 53, which only `port != 53` keeps closed.
static void resolve() {
  tell("ask the name server", Network::link::send(53, bytes("gateway.example")));
  answer(bytes("cannot resolve"));
}

static void sign_frames() {
  const Digest digest = bytes("0123456789abcdef0123456789abcdef");
  std::array<uint8_t, 64> signature{};
  tell("unlock with a wrong pin", KeyStore::keys::unlock(bytes("00000000")));
  tell("sign while locked", KeyStore::keys::sign(1, digest, signature));
  tell("unlock", KeyStore::keys::unlock(bytes("12345678")));
  for (Slot slot : {1, 2, 1}) tell("sign", KeyStore::keys::sign(slot, digest, signature));
  tell("sign a fourth time", KeyStore::keys::sign(2, digest, signature));
  answer(signature);
  tell("lock", KeyStore::keys::lock());
}

// `export` is not granted, so there is no stub for it. A taken-over parser makes the call all the
// same.
static void snoop() {
  std::array<uint8_t, 64> signature{};
  tell("sign with a foreign slot", KeyStore::keys::sign(3, Digest{}, signature));
  constexpr uint8_t Export = 3;
  bh::user::Outgoing call;
  call.put(Slot{1});
  tell("export a key", call.call(KeyStore::keys::Channel, Export));
  constexpr uint16_t Nothing = 7;
  bh::user::Words words;
  tell("call an endpoint without a name", bh::user::call(Nothing, 0, words));
  answer(bytes("nothing found"));
}

// The kernel lives in the high half of every address space.
static void read_kernel_memory() {
  print("reading the kernel's memory\n");
  const auto* secret = reinterpret_cast<const volatile uint8_t*>(0xffff'ff80'4008'0000);
  const std::array<uint8_t, 1> stolen{*secret};
  answer(stolen);
}

static void parse_frame(std::string_view frame) {
  if (frame == "resolve") resolve();
  if (frame == "sign") sign_frames();
  if (frame == "snoop") snoop();
  if (frame == "overflow") read_kernel_memory();
}

struct Frames {
  void received(Component, const bh::user::Bytes<1500>& frame) {
    parse_frame({reinterpret_cast<const char*>(frame.data.data()), frame.size});
  }
};

extern "C" void component_main() {
  Frames frames;
  serve(frames);
}
