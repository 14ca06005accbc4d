// The standard library: the modules of lang/std, compiled in.
#pragma once

#include <string_view>
#include <vector>

namespace bh {

struct StandardModule {
  std::string_view name;  // "std.posix"
  std::string_view text;
};

// Sorted by name.
const std::vector<StandardModule>& standard_modules();

}  // namespace bh
