// What a component in C is built against; user/bulkhead.h is the same for C++, and says more of
// each. C11, freestanding.
//
// A component defines, once, BH_COMPONENT(hash) (its generated header stubs/NAME_c.h does) and
//     void component_main(void);     // returning from it is bh_exit(0)
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "targets/microkernel/abi/bh_table.h"

#ifndef __cplusplus
#define BH_COMPONENT(hash)                     \
  __attribute__((section(".bh_header"), used)) \
  const struct bh_image_header bh_this_image = {BH_IMAGE_MAGIC, hash};
#endif

#ifdef __cplusplus
extern "C" {
#endif

// The words of a message, arguments or results: numbers, and for each bytes parameter its size.
struct bh_words {
  uint64_t at[BH_WORDS];
};

struct bh_message {
  uint8_t method;
  uint16_t endpoint;
  uint16_t caller;      // component
  uint16_t generation;  // of the caller: another one after each time that it was started again
  struct bh_words words;
};

// BH_BUFFER_BYTES. Bytes parameters lie here, one after the other, in both directions. Any call or
// receive overwrites it.
static inline uint8_t* bh_buffer(void) { return (uint8_t*)BH_BUFFER_ADDRESS; }

// Arguments in, results out. Any status but BH_OK leaves the words zero.
enum bh_status bh_call(uint16_t channel, uint8_t method, struct bh_words* words);
void bh_receive(struct bh_message* message);
// A call that comes before so many microseconds have passed since the start of the system; false
// when none does.
bool bh_receive_until(uint64_t microseconds, struct bh_message* message);
// Answers the call received last (after an event: nothing to answer) and receives the next into
// `message`, from which `results` may be a part.
void bh_reply_and_receive(enum bh_status status, const struct bh_words* results,
                          struct bh_message* message);
void bh_reply(enum bh_status status, const struct bh_words* results);
__attribute__((noreturn)) void bh_exit(uint64_t status);
// Debugging output: the kernel marks each line with its writer.
void bh_print(const char* text);
void bh_print_number(uint64_t number);

#ifdef __cplusplus
}
#endif
