// "Did you mean": the candidate that a mistyped word was most likely meant to be.
#pragma once

#include <string_view>
#include <vector>

namespace bh {

// The first candidate with the least edit distance (insert, delete, replace, swap neighbours; case
// counts little), "" when none is close: at most a third of the word may differ.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace bh
