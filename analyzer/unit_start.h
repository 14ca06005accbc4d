// What the texts of translation units start with.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bh {

struct UnitStart {
  size_t head = 0;        // bytes of comments and blank lines before the first inclusion
  std::string inclusion;  // its line: "#include \"includes.h\"\n"
};

// Nothing unless the first thing in the text that is no comment is a line that includes a named
// file. Texts in which spliced lines or trigraphs could hide something else are left alone.
std::optional<UnitStart> unit_start(std::string_view text);

}  // namespace bh
