#include "targets/microkernel/user/bulkhead.h"

#include "targets/microkernel/arch/trap.h"

namespace bh::user {
namespace {

Registers with_words(uint64_t x0, uint64_t x1, const Words& w) {
  return {{x0, x1, w.at[0], w.at[1], w.at[2], w.at[3], w.at[4], w.at[5]}};
}

Words words_of(const Registers& r) { return {{r.x[2], r.x[3], r.x[4], r.x[5], r.x[6], r.x[7]}}; }

// The id of the caller whose call is open.
constinit uint64_t open_caller = BH_NOBODY;

Message message_of(const Registers& r) {
  const uint64_t tag = r.x[1];
  open_caller = (tag & BH_TAG_EVENT) != 0 ? BH_NOBODY : static_cast<uint32_t>(tag >> 24);
  return {static_cast<uint8_t>(tag), static_cast<uint16_t>(tag >> 8),
          static_cast<uint16_t>(tag >> 24), static_cast<uint16_t>(tag >> 40), words_of(r)};
}

Registers answer(bh_status status, const Words& results) {
  const uint64_t caller = open_caller;
  open_caller = BH_NOBODY;
  return with_words(status, caller, results);
}

}  // namespace

bh_status call(uint16_t channel, uint8_t method, Words& words) {
  Registers r = with_words(channel, method, words);
  trap<BH_CALL>(r);
  words = words_of(r);
  return static_cast<bh_status>(r.x[0]);
}

Message receive() {
  Registers r;
  trap<BH_RECEIVE>(r);
  return message_of(r);
}

std::optional<Message> receive_until(uint64_t microseconds) {
  Registers r{{microseconds}};
  trap<BH_RECEIVE_UNTIL>(r);
  open_caller = BH_NOBODY;
  if (r.x[0] != BH_OK) return std::nullopt;
  return message_of(r);
}

Message reply_and_receive(bh_status status, const Words& results) {
  Registers r = answer(status, results);
  trap<BH_REPLY_AND_RECEIVE>(r);
  return message_of(r);
}

void reply(bh_status status, const Words& results) {
  Registers r = answer(status, results);
  trap<BH_REPLY>(r);
}

void exit(uint64_t status) {
  Registers r{{status}};
  trap<BH_EXIT>(r);
  __builtin_unreachable();
}

void print(std::string_view text) {
  while (!text.empty()) {
    Registers r;
    size_t count = text.size() < BH_PRINT_BYTES ? text.size() : size_t{BH_PRINT_BYTES};
    for (size_t i = 0; i < count; ++i) {
      r.x[1 + i / 8] |= uint64_t{static_cast<unsigned char>(text[i])} << (i % 8 * 8);
    }
    r.x[0] = count;
    trap<BH_PRINT>(r);
    text.remove_prefix(count);
  }
}

void print_number(uint64_t number) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  print({digits + at, sizeof digits - at});
}

extern "C" void component_main();

extern "C" [[noreturn]] void component_start() {
  component_main();
  exit(0);
}

}  // namespace bh::user

// The compiler may call these for copies and initialisation of its own.
extern "C" void* memcpy(void* to, const void* from, size_t count) {
  auto* out = static_cast<uint8_t*>(to);
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<const uint8_t*>(from)[i];
  return to;
}

extern "C" void* memset(void* to, int byte, size_t count) {
  auto* out = static_cast<uint8_t*>(to);
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<uint8_t>(byte);
  return to;
}

extern "C" void* memmove(void* to, const void* from, size_t count) {
  auto* out = static_cast<uint8_t*>(to);
  auto* in = static_cast<const uint8_t*>(from);
  if (out <= in) return memcpy(to, from, count);
  for (size_t i = count; i > 0; --i) out[i - 1] = in[i - 1];
  return to;
}

extern "C" int memcmp(const void* left, const void* right, size_t count) {
  auto* a = static_cast<const uint8_t*>(left);
  auto* b = static_cast<const uint8_t*>(right);
  for (size_t i = 0; i < count; ++i) {
    if (a[i] != b[i]) return a[i] - b[i];
  }
  return 0;
}

extern "C" size_t strlen(const char* text) {
  size_t length = 0;
  while (text[length] != 0) ++length;
  return length;
}
