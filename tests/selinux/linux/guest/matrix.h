// The kernel's access decisions, all of them.
#pragma once

#include <string>
#include <vector>

namespace bh::guest {

// Tells "class NAME NUMBER PERMISSION=BIT .." of every class of the loaded policy, "cell SOURCE
// TARGET CLASS HEX" of each pair of types with any permission, "asked COUNT" of pairs and classes.
void tell_matrix(const std::vector<std::string>& types);

// Tells "answer HEX": what is allowed between two contexts; or "answer none": one of them is none.
void tell_decision(const std::string& source, const std::string& target,
                   const std::string& object_class);

}  // namespace bh::guest
