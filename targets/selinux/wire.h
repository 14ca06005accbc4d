// A policy as bytes: how the process that runs libsepol hands it over. The reader takes any bytes
// and believes none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "targets/selinux/policy.h"

namespace bh::selinux {

std::string encode(const Policy& policy);

// Nothing when the bytes are not those of a well-formed policy. Needs no more memory than a small
// multiple of their number.
std::optional<Policy> decode(std::string_view bytes);

}  // namespace bh::selinux
