// Globs of `code` statements: `*` and `?` stay within one path component, `**` does not.
#pragma once

#include <string_view>

namespace bh {

// In time proportional to pattern times text.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace bh
