// Where two texts differ, for people.
#pragma once

#include <string>
#include <string_view>

namespace bh {

// The first differing places of `before` and `after`, as in a unified diff without context:
//
//   @@ -3 +3 @@
//   -type  Slot = u8
//   +type Slot = u8
//
// At most three places of six lines each; what is left out is said. "" for equal texts.
std::string print_differences(std::string_view before, std::string_view after);

}  // namespace bh
