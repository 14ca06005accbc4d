// KeyStore: signs with keys that never leave it, and notes each signature in the journal.
#include "stubs/keystore.h"

using namespace gateway;
using bh::user::bytes;

using Key = std::array<uint8_t, 32>;
using Signature = std::array<uint8_t, 64>;

// Stands in for a signature scheme: depends on every byte of key and digest, and is no
// cryptography.
static Signature mix(const Key& key, const Digest& digest) {
  Signature signature{};
  uint64_t state = 0xcbf29ce484222325;
  for (size_t i = 0; i < signature.size(); ++i) {
    state = (state ^ key[i % 32] ^ uint64_t{digest[(7 * i) % 32]} << 8) * 0x100000001b3;
    signature[i] = static_cast<uint8_t>(state >> 32);
  }
  return signature;
}

class Keys {
 public:
  Keys() {
    for (size_t slot = 0; slot < keys_.size(); ++slot) {
      for (size_t i = 0; i < 32; ++i) keys_[slot][i] = static_cast<uint8_t>(31 * slot + 7 * i);
    }
  }
  bh_status unlock(Component, const std::array<uint8_t, 8>& pin) {
    return pin == bytes("12345678") ? BH_OK : BH_ERROR;
  }
  // The monitor has seen to it that the caller is unlocked, has signatures left, and may use the
  // slot.
  bh_status sign(Component, Slot slot, const Digest& digest, Signature& signature) {
    signature = mix(keys_[slot], digest);
    Journal::append(bytes("signed"));
    return BH_OK;
  }
  bh_status lock(Component) { return BH_OK; }
  // Granted to nobody: the policy denies it.
  bh_status export_(Component, Slot slot, Key& key) {
    key = keys_[slot];
    return BH_OK;
  }

 private:
  std::array<Key, 16> keys_;
};

extern "C" void component_main() {
  Keys keys;
  Journal::open();
  serve(keys);
}
