#include "targets/microkernel/user/player.h"

#include "targets/microkernel/user/bulkhead.h"

BH_COMPONENT(0)

namespace bh::user {

// Filled in by whoever boots it; volatile, so that the compiler does not know it.
extern "C" [[gnu::used]] const volatile PlayerScript script = {};

static Words load(const volatile uint64_t (&words)[BH_WORDS]) {
  Words w;
  for (uint32_t i = 0; i < BH_WORDS; ++i) w.at[i] = words[i];
  return w;
}

static void answer(uint32_t& next) {
  if (next == script.reply_count) return reply(BH_ERROR, {});
  const volatile PlayedReply& played = script.replies[next++];
  reply(static_cast<bh_status>(played.status), load(played.results));
}

}  // namespace bh::user

extern "C" void component_main() {
  using namespace bh::user;
  uint32_t next_reply = 0;
  for (uint32_t i = 0; i < script.call_count; ++i) {
    const volatile PlayedCall& played = script.calls[i];
    while (receive_until(played.microseconds)) answer(next_reply);
    Words words = load(played.words);
    call(static_cast<uint16_t>(played.channel), static_cast<uint8_t>(played.method), words);
  }
  for (;;) {
    receive();
    answer(next_reply);
  }
}
