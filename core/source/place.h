// Where something stands in the code under analysis (not in a policy: that is a Span).
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <string>

namespace bh {

// The path is relative to the project's root. For text from a macro: where the macro was used.
struct Place {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
  auto operator<=>(const Place&) const = default;
};

std::string print(const Place& place);  // "src/log.c:12"

}  // namespace bh

// In messages, as print() writes it.
template <>
struct fmt::formatter<bh::Place> : fmt::formatter<std::string_view> {
  auto format(const bh::Place& place, format_context& context) const {
    return fmt::format_to(context.out(), "{}:{}", place.file, place.line);
  }
};
