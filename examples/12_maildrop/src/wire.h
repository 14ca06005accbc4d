// Messages as bytes: what processes send each other, and nothing that a pointer is part of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace maildrop {

using Bytes = std::vector<std::uint8_t>;

// What a message asks for.
enum class Kind : std::uint8_t {
  Answer = 0,
  Verify = 1,   // accounts: is this the name's password?
  Change = 2,   // accounts: another password
  Deliver = 3,  // spool: keep a message for a user
  List = 4,     // spool: which messages are there?
  Fetch = 5,    // spool: one of them
  Remove = 6,   // spool: forget it
  Stop = 7,     // end
};

class Writer {
 public:
  template <class Number>
    requires std::is_unsigned_v<Number>
  Writer& number(Number value) {
    for (std::size_t i = 0; i < sizeof(Number); ++i)
      bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  Writer& text(std::string_view value);
  template <class Range, class Each>
  Writer& list(const Range& range, Each each) {
    number(static_cast<std::uint32_t>(range.size()));
    for (const auto& item : range) each(*this, item);
    return *this;
  }
  Bytes take() { return std::exchange(bytes_, {}); }

 private:
  Bytes bytes_;
};

// Reads what Writer wrote; whatever does not fit makes it fail for good.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  template <class Number>
    requires std::is_unsigned_v<Number>
  Number number() {
    if (rest_.size() < sizeof(Number)) return fail<Number>();
    Number value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i)
      value = static_cast<Number>(value | static_cast<Number>(rest_[i]) << (8 * i));
    rest_ = rest_.subspan(sizeof(Number));
    return value;
  }
  std::string text();
  bool done() const { return !failed_ && rest_.empty(); }
  bool failed() const { return failed_; }

 private:
  template <class Result>
  Result fail() {
    failed_ = true;
    rest_ = {};
    return Result{};
  }

  std::span<const std::uint8_t> rest_;
  bool failed_ = false;
};

struct Message {
  Kind kind = Kind::Answer;
  Bytes body;
};

}  // namespace maildrop
