// Minimum cut of a directed graph with capacities, by maximum flow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bh {

struct CutArc {
  size_t from = 0;
  size_t to = 0;
  int64_t capacity = 0;  // at least 0
};

// More than any arc that may be cut. The sum of the others must stay below.
constexpr int64_t Uncuttable = int64_t{1} << 50;

struct MinCut {
  int64_t value = 0;              // Uncuttable or more: source and sink cannot be parted
  std::vector<bool> source_side;  // by node; of all cuts with that value the one nearest to source
};

MinCut min_cut(size_t nodes, const std::vector<CutArc>& arcs, size_t source, size_t sink);

}  // namespace bh
