// A generated policy of the size of a large product, the same text everywhere.
#pragma once

#include <cstdint>
#include <string>

namespace bh {

struct LargePolicy {
  uint32_t components = 1000;
  uint32_t rules = 20'000;
  uint32_t conditional_percent = 5;
};

// Components of eight secrecy levels, each with one endpoint; rules between components of one
// level; a fifth of the endpoints under a protocol; a property for each 500 rules, up to 200.
// Checking it reports nothing.
std::string print_large_policy(const LargePolicy& size);

}  // namespace bh
