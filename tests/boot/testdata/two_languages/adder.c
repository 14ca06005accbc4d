// The server, in C as a third party might have written it: its own functions, no C++ anywhere.
#include "stubs/adder_c.h"

static uint64_t additions;

static uint64_t add(uint64_t left, uint64_t right) {
  ++additions;
  return left + right;
}

static void shout(uint8_t* text, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (text[i] >= 'a' && text[i] <= 'z') text[i] -= 'a' - 'A';
  }
}

void component_main(void) {
  struct bh_message message;
  bh_receive(&message);
  for (;;) {
    struct bh_words results = {{0}};
    enum bh_status status = BH_OK;
    switch (message.method) {
      case Adder_sums_add:
        results.at[0] = add(message.words.at[0], message.words.at[1]);
        break;
      case Adder_sums_shout:
        shout(bh_buffer(), message.words.at[0]);
        results.at[0] = message.words.at[0];
        break;
      default:
        status = BH_ERROR;
    }
    bh_reply_and_receive(status, &results, &message);
  }
}
