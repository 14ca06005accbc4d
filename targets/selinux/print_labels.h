// Levels and ranges in the way that contexts write them.
#pragma once

#include <string>
#include <string_view>

#include "targets/selinux/policy.h"

namespace bh::selinux {

// "s0:c0.c3,c7"
std::string print(const Policy& policy, const Level& level);
// "s0-s0:c0.c1023"; one level alone where both are the same
std::string print(const Policy& policy, const Range& range);

// Nothing when it is no level, or range, of the policy.
std::optional<Level> parse_level(const Policy& policy, std::string_view text);
std::optional<Range> parse_range(const Policy& policy, std::string_view text);

}  // namespace bh::selinux
