#include "stubs/bed_c.h"

void component_main(void) {
  struct bh_message message;
  struct bh_words none = {{0}};
  for (bh_receive(&message);;) bh_reply_and_receive(BH_OK, &none, &message);
}
