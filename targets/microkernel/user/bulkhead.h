// What a component is built against: system calls, one function each, and the frame of a program.
//
// A component is one or more .cpp files (bh_component_image in cmake/Microkernel.cmake) that define
//     BH_COMPONENT(AbiHash)                 // once, at namespace scope: the hash the policy was
//     emitted with extern "C" void component_main();     // returning from it is exit(0)
// There is no heap, no floating point, no second thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <optional>
#include <string_view>

#include "targets/microkernel/abi/bh_table.h"

#define BH_COMPONENT(hash)                                                                     \
  extern "C" [[gnu::section(".bh_header"), gnu::used]] const bh_image_header bh_this_image = { \
      BH_IMAGE_MAGIC, hash};

namespace bh::user {

// The words of a message: see abi/bh_table.h.
struct Words {
  uint64_t at[BH_WORDS] = {};
};

struct Message {
  uint8_t method = 0;
  uint16_t endpoint = 0;
  uint16_t caller = 0;      // component
  uint16_t generation = 0;  // of the caller: another one after each time that it was started again
  Words words;
};

// Bytes parameters lie here, one after the other, in both directions. Any call or receive
// overwrites it.
inline uint8_t* buffer() { return reinterpret_cast<uint8_t*>(BH_BUFFER_ADDRESS); }

// Arguments in, results out. Any status but BH_OK leaves the words zero.
bh_status call(uint16_t channel, uint8_t method, Words& words);
Message receive();
// A call that comes before so many microseconds have passed since the start of the system; nothing
// when none does. A program without endpoints waits so.
std::optional<Message> receive_until(uint64_t microseconds);
// Answers the call received last (after an event: nothing to answer) and receives the next. An
// answer that comes too late, or to a caller that was started again meanwhile, is lost.
Message reply_and_receive(bh_status status, const Words& results);
// Answers the call received last and goes on; after an event there is nothing to answer.
void reply(bh_status status, const Words& results);
[[noreturn]] void exit(uint64_t status);
// Debugging text; a line goes out when '\n' completes it.
void print(std::string_view text);
void print_number(uint64_t number);

}  // namespace bh::user
