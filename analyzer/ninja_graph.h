// A run as a build graph for ninja: one edge for each unit, and one for the index.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/extract_run.h"
#include "analyzer/shards.h"
#include "analyzer/units.h"

namespace bh {

// The graph; `file` is where it will lie, for it writes itself again when the database changes. The
// last edge is an ordinary run: it sees what ninja cannot (a header that appears earlier on the
// include path), and otherwise finds everything done. Fails when a path holds a line break.
Result<std::string> ninja_graph(const ExtractOptions& options, const std::vector<Unit>& units,
                                const std::string& file);

// What make and ninja read: `target` depends on the files that exist.
std::string depfile(std::string_view target, const std::string& root, const ShardInputs& inputs);

}  // namespace bh
