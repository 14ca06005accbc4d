// When the moves of a path can happen: the waits that make it a trace.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "core/model/model.h"
#include "solver/queries/space.h"

namespace bh {

struct Schedule {
  Trace trace;           // the requests of the path, each after its wait
  uint64_t rest_ms = 0;  // that pass after the last of them
};

// The earliest whole milliseconds at which all of this is true: the moves happen in order; a
// timeout moves its instance exactly when it is due; and no instance that a request asks has been
// moved by a timeout that the path does not show, nor have at the end the instances of `seen`
// (protocol, caller). Nothing when there are none, or when it would take too long to find out.
std::optional<Schedule> schedule(const Model& model, const std::vector<Move>& path,
                                 const std::vector<std::pair<ProtocolId, ComponentId>>& seen = {});

}  // namespace bh
