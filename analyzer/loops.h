// How deep in loops the blocks of a function are: what is left of "how often" without a profile.
#pragma once

#include <cstdint>
#include <map>

#include "core/facts/facts.h"

namespace bh {

// By block: in how many nested loops it is, at most `most`. A loop is a strongly connected part of
// the flow; the loops inside of it are those that remain without the blocks where it is entered.
std::map<uint32_t, uint32_t> loop_depths(const FlowFact& flow, uint32_t most);

}  // namespace bh
