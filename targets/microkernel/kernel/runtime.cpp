// What the compiler may call on its own in freestanding code.
#include <stddef.h>
#include <stdint.h>

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
