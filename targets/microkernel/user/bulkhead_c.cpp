// The user library once more, with C's names: see user/bulkhead.h.
#include "targets/microkernel/user/bulkhead_c.h"

#include "targets/microkernel/user/bulkhead.h"

namespace {

bh::user::Words words_from(const bh_words& words) {
  bh::user::Words copy;
  for (uint32_t i = 0; i < BH_WORDS; ++i) copy.at[i] = words.at[i];
  return copy;
}
void words_to(bh_words& to, const bh::user::Words& words) {
  for (uint32_t i = 0; i < BH_WORDS; ++i) to.at[i] = words.at[i];
}
void message_to(bh_message& to, const bh::user::Message& message) {
  to.method = message.method;
  to.endpoint = message.endpoint;
  to.caller = message.caller;
  to.generation = message.generation;
  words_to(to.words, message.words);
}

}  // namespace

extern "C" bh_status bh_call(uint16_t channel, uint8_t method, bh_words* words) {
  bh::user::Words copy = words_from(*words);
  const bh_status status = bh::user::call(channel, method, copy);
  words_to(*words, copy);
  return status;
}

extern "C" void bh_receive(bh_message* message) { message_to(*message, bh::user::receive()); }

extern "C" bool bh_receive_until(uint64_t microseconds, bh_message* message) {
  const std::optional<bh::user::Message> received = bh::user::receive_until(microseconds);
  if (received) message_to(*message, *received);
  return received.has_value();
}

extern "C" void bh_reply_and_receive(bh_status status, const bh_words* results,
                                     bh_message* message) {
  message_to(*message, bh::user::reply_and_receive(status, words_from(*results)));
}

extern "C" void bh_reply(bh_status status, const bh_words* results) {
  bh::user::reply(status, words_from(*results));
}

extern "C" void bh_exit(uint64_t status) { bh::user::exit(status); }
extern "C" void bh_print(const char* text) { bh::user::print(text); }
extern "C" void bh_print_number(uint64_t number) { bh::user::print_number(number); }
