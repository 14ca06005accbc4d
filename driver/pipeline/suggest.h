// A first policy from code, checked before it is shown.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/suggest.h"
#include "core/base/result.h"

namespace bh {

struct FirstPolicy {
  std::string text;                   // as `bulkhead fmt` lays it out
  std::vector<std::string> findings;  // what `bulkhead validate` says of it on the same facts
};

// Fails when the text is no policy: our own fault.
Result<FirstPolicy> make_first_policy(const Advice& advice, const Facts& facts);

// "FUNCTION CALLS" a line, '#' begins a comment. Fails on anything else, naming the line.
Result<std::map<std::string, uint64_t>> parse_profile(std::string_view text,
                                                      const std::string& path);

}  // namespace bh
