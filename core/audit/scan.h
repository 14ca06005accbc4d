// Reading a line that has exactly one way to be written: the console's and the audit log's.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace bh {

// Reads what must stand next; the first thing that does not makes every later step fail. Never
// looks at a byte twice.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  bool next_is(std::string_view text) const { return left_.starts_with(text); }
  void expect(std::string_view text) {
    if (next_is(text)) {
      left_.remove_prefix(text.size());
    } else {
      sound_ = false;
    }
  }
  uint64_t number(uint64_t most = std::numeric_limits<uint64_t>::max()) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), value);
    const bool padded = left_.size() > 1 && left_[0] == '0' && end != left_.data() + 1;
    if (error != std::errc() || padded || value > most) {
      sound_ = false;
      return 0;
    }
    left_.remove_prefix(static_cast<size_t>(end - left_.data()));
    return value;
  }
  uint64_t field(std::string_view name, uint64_t most = std::numeric_limits<uint64_t>::max()) {
    expect(fmt::format(",\"{}\":", name));
    return number(most);
  }
  bool flag(std::string_view name) {
    expect(fmt::format(",\"{}\":", name));
    const bool set = next_is("true");
    expect(set ? "true" : "false");
    return set;
  }
  // The text up to a quotation mark; no escapes.
  std::string_view quoted() {
    expect("\"");
    const size_t end = left_.find_first_of("\"\\");
    if (end == std::string_view::npos || left_[end] == '\\') {
      sound_ = false;
      return {};
    }
    const std::string_view text = left_.substr(0, end);
    left_.remove_prefix(end + 1);
    return text;
  }
  // A JSON string as json_string (log.cpp) writes it.
  std::string text() {
    std::string value;
    expect("\"");
    while (sound_ && !next_is("\"")) {
      if (left_.empty() || static_cast<unsigned char>(left_[0]) < ' ') {
        sound_ = false;
      } else if (left_[0] == '\\') {
        value += escaped();
      } else {
        value += left_[0];
        left_.remove_prefix(1);
      }
    }
    expect("\"");
    return value;
  }
  // The enumerator, up to `last`, whose name comes next in quotation marks.
  template <class Enum>
  Enum name(Enum last) {
    const std::string_view text = quoted();
    for (int i = 0; i <= static_cast<int>(last); ++i) {
      if (print(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
    }
    sound_ = false;
    return last;
  }
  // Sixteen lower-case hexadecimal digits.
  uint64_t hash() {
    uint64_t value = 0;
    for (int i = 0; i < 16; ++i) {
      const char c = left_.empty() ? '?' : left_.front();
      const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      if (!digit) {
        sound_ = false;
        return 0;
      }
      value = value << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
      left_.remove_prefix(1);
    }
    return value;
  }
  void require(bool holds) { sound_ &= holds; }
  bool at_end() const { return sound_ && left_.empty(); }
  bool sound() const { return sound_; }
  std::string_view rest() const { return left_; }

 private:
  char escaped() {
    for (const char c : {'"', '\\'}) {
      if (left_.size() < 2 || left_[1] != c) continue;
      left_.remove_prefix(2);
      return c;
    }
    for (unsigned code = 0; code < ' '; ++code) {
      const std::string written = fmt::format("\\u{:04x}", code);
      if (!next_is(written)) continue;
      expect(written);
      return static_cast<char>(code);
    }
    sound_ = false;
    return 0;
  }

  std::string_view left_;
  bool sound_ = true;
};

}  // namespace bh
