// The kernel's access decisions, all of them.
#pragma once

#include <string>
#include <vector>

namespace bh::guest {

// Tells "class NAME NUMBER PERMISSION=BIT .." of every class of the loaded policy, "cell SOURCE
// TARGET CLASS HEX" of each pair of types with any permission, "asked COUNT" of pairs and classes.
void tell_matrix(const std::vector<std::string>& types);

}  // namespace bh::guest
