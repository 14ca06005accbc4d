// What generated stubs are made of: arguments into words and bytes, and out of them again.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <array>
#include <span>
#include <type_traits>

#include "targets/microkernel/user/bulkhead.h"

namespace bh::user {

// A `bytes[..Max]` value: the first `size` bytes count. INVARIANT: size <= Max.
template <size_t Max>
struct Bytes {
  size_t size = 0;
  std::array<uint8_t, Max> data{};

  constexpr Bytes() = default;
  // As much of it as fits.
  constexpr explicit Bytes(std::span<const uint8_t> from)
      : size(from.size() < Max ? from.size() : Max) {
    for (size_t i = 0; i < size; ++i) data[i] = from[i];
  }
  constexpr std::span<const uint8_t> view() const { return {data.data(), size}; }
};

// The bytes of a literal, without its closing zero.
template <size_t N>
constexpr std::array<uint8_t, N - 1> bytes(const char (&text)[N]) {
  std::array<uint8_t, N - 1> result{};
  for (size_t i = 0; i < N - 1; ++i) result[i] = static_cast<uint8_t>(text[i]);
  return result;
}

// Arguments of a call, or results of a reply, put in parameter order.
class Outgoing {
 public:
  // Integers, bools and enumerators.
  template <class T>
    requires(std::is_integral_v<T> || std::is_enum_v<T>)
  void put(T value) {
    words_.at[next_++] = static_cast<uint64_t>(value);
  }
  // The word always tells the true size, so that the monitor sees an argument that is too long and
  // refuses it; what does not fit the buffer is not copied.
  void put(std::span<const uint8_t> value) {
    words_.at[next_++] = value.size();
    for (uint8_t byte : value) {
      if (filled_ == BH_BUFFER_BYTES) return;
      buffer()[filled_++] = byte;
    }
  }
  bh_status call(uint16_t channel, uint8_t method) { return user::call(channel, method, words_); }
  Words& words() { return words_; }

 private:
  Words words_;
  size_t next_ = 0;
  size_t filled_ = 0;
};

// The same read back, in the same order. The monitor has checked sizes and ranges; a size that a
// caller of this class did not declare is cut off all the same.
class Incoming {
 public:
  explicit Incoming(const Words& words) : words_(words) {}

  template <class T>
    requires(std::is_integral_v<T> || std::is_enum_v<T>)
  void get(T& value) {
    value = static_cast<T>(words_.at[next_++]);
  }
  template <size_t N>
  void get(std::array<uint8_t, N>& value) {
    const std::span<const uint8_t> from = take();
    for (size_t i = 0; i < N && i < from.size(); ++i) value[i] = from[i];
  }
  template <size_t Max>
  void get(Bytes<Max>& value) {
    value = Bytes<Max>(take());
  }

 private:
  std::span<const uint8_t> take() {
    const uint64_t size = words_.at[next_++];
    const size_t left = BH_BUFFER_BYTES - taken_;
    const std::span<const uint8_t> from(buffer() + taken_, size < left ? size : left);
    taken_ += from.size();
    return from;
  }
  const Words& words_;
  size_t next_ = 0;
  size_t taken_ = 0;
};

// What a handler answers.
struct Reply {
  bh_status status = BH_OK;
  Outgoing results;
};

}  // namespace bh::user
