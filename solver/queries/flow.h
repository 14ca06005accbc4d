// How data moves: the graph of what the rules and protocols let pass.
#pragma once

#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "solver/queries/engine.h"

namespace bh {

// One datum on its way in one direction.
struct Transfer {
  DataItem item;
  ComponentId from;
  ComponentId to;
};

// Arguments go from the subject to the owner of the operation's endpoint, results come back. The
// fact that a request or a reply came, and a reply's status, are public by definition and no item.
std::vector<Transfer> transfers_of(const Model& model, ComponentId subject, OperationId operation);

struct FlowEdge {
  Transfer transfer;
  const MatrixCell* cell;
  Can can;  // Yes, or Unknown: perhaps never granted
};

// How data gets from one component to another: every edge that some release covers, and of the
// others, which nothing can cut, as many of the first as tell whether it gets there for sure, and
// whether it still does without any one of the rules. In the order of the matrix.
struct FlowLink {
  ComponentId to;
  std::vector<FlowEdge> edges;
};
using FlowGraph = std::vector<std::vector<FlowLink>>;  // by the component that sends

// Of the transfers of every cell that may be granted in some reachable state.
FlowGraph make_flow_graph(Engine& engine);

// The first release that the property excepts and that lets the edge's datum through; none: the
// edge counts.
ReleaseId cut_by(const Model& model, const NeverFlow& flow, const FlowEdge& edge);

// A component that a proof trusts to apply a release as its reason says: who sends what a release
// lets out, who receives what an endorsement lets in.
struct Trust {
  ComponentId component;
  ReleaseId release;
};
// What the proof that the flow never happens relies on; nothing when it may happen.
std::vector<Trust> trusted_by(const Model& model, const NeverFlow& flow, const FlowGraph& graph);
// What the proof relies on that every edge keeps to its labels.
std::vector<Trust> trusted_by_labels(const Model& model, const FlowGraph& graph);

// "KeyStore.keys.sign.signature"
std::string print(const Model& model, const DataItem& item);

// The first allow of the cell that grants something; the first allow if the solver cannot tell.
RuleId granting_rule(Engine& engine, const MatrixCell& cell);

}  // namespace bh
