// Parts of protocols in the policy's words.
#pragma once

#include <string>

#include "core/model/model.h"

namespace bh {

// "Open -sign-> Open at most 3"
std::string print(const Model& model, const Protocol& protocol, const Transition& transition);
// "Open -after 5s-> Locked"
std::string print_timeout(const Protocol& protocol, uint32_t state, const Timeout& timeout);

}  // namespace bh
