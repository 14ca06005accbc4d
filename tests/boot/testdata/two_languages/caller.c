#include "stubs/caller_c.h"

static void add(uint64_t left, uint64_t right) {
  struct bh_words words = {{left, right}};
  const enum bh_status status = bh_call(Adder_sums_channel, Adder_sums_add, &words);
  bh_print(status == BH_OK ? "c: " : "c: refused ");
  bh_print_number(words.at[0]);
  bh_print("\n");
}

void component_main(void) {
  add(40, 2);
  add(1, 100);  // out of range
  struct bh_words words = {{5}};
  for (int i = 0; i < 5; ++i) bh_buffer()[i] = (uint8_t)"hello"[i];
  if (bh_call(Adder_sums_channel, Adder_sums_shout, &words) == BH_OK && words.at[0] == 5) {
    char text[6] = {0};
    for (int i = 0; i < 5; ++i) text[i] = (char)bh_buffer()[i];
    bh_print(text);
    bh_print("\n");
  }
  struct bh_words none = {{0}};
  const int reset = Adder_sums_shout + 1;  // has no name here: the policy does not grant it
  if (bh_call(Adder_sums_channel, (uint8_t)reset, &none) == BH_REFUSED) bh_print("no reset\n");
}
