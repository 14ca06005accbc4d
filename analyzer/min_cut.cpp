#include "analyzer/min_cut.h"

#include <lemon/preflow.h>
#include <lemon/smart_graph.h>

namespace bh {

MinCut min_cut(size_t nodes, const std::vector<CutArc>& arcs, size_t source, size_t sink) {
  using Graph = lemon::SmartDigraph;
  using Numbers = Graph::ArcMap<int64_t>;
  Graph graph;
  graph.reserveNode(static_cast<int>(nodes));
  for (size_t i = 0; i < nodes; ++i) graph.addNode();
  Numbers capacity(graph);
  for (const CutArc& arc : arcs) {
    const Graph::Arc added = graph.addArc(Graph::nodeFromId(static_cast<int>(arc.from)),
                                          Graph::nodeFromId(static_cast<int>(arc.to)));
    capacity[added] = arc.capacity;
  }
  lemon::Preflow<Graph, Numbers> flow(graph, capacity, Graph::nodeFromId(static_cast<int>(source)),
                                      Graph::nodeFromId(static_cast<int>(sink)));
  flow.run();

  // What the source still reaches where capacity is left.
  MinCut cut{flow.flowValue(), std::vector<bool>(nodes, false)};
  std::vector<size_t> open = {source};
  cut.source_side[source] = true;
  const auto reach = [&](Graph::Node node) {
    const auto id = static_cast<size_t>(Graph::id(node));
    if (cut.source_side[id]) return;
    cut.source_side[id] = true;
    open.push_back(id);
  };
  while (!open.empty()) {
    const Graph::Node node = Graph::nodeFromId(static_cast<int>(open.back()));
    open.pop_back();
    for (Graph::OutArcIt arc(graph, node); arc != lemon::INVALID; ++arc)
      if (flow.flow(arc) < capacity[arc]) reach(graph.target(arc));
    for (Graph::InArcIt arc(graph, node); arc != lemon::INVALID; ++arc)
      if (flow.flow(arc) > 0) reach(graph.source(arc));
  }
  return cut;
}

}  // namespace bh
