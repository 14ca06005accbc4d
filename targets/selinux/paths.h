// Paths in file contexts.
#pragma once

#include <string>
#include <string_view>

namespace bh {

// What is wrong with the path of one file, in words; "" when nothing is. Absolute, of printable
// ASCII without spaces and quotes, at most 4095 bytes, without `.`, `..` and empty parts.
std::string wrong_with_path(std::string_view path);

// The same of a regular expression over absolute paths: characters, `.`, `[..]`, groups with
// alternatives, each repeated by at most one of `*`, `+` and `?`, or escaped by a backslash. What
// is accepted means the same in POSIX's extended expressions and in PCRE, of which libselinux uses
// either. A repeated group may hold no further repetition: matching takes no exponential time.
std::string wrong_with_path_expression(std::string_view expression);

// The regular expression that matches this path alone.
std::string escape_path(std::string_view path);

}  // namespace bh
