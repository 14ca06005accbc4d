// The states of one endpoint's protocols, explored breadth first.
//
// Protocols never reach across endpoints, so what a caller can be granted at an endpoint depends on
// requests to this endpoint alone: the caller's own, and through shared protocols those of
// everyone.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/model/model.h"

namespace bh {

// A request that the rules grant, with the reply that it gets.
using Move = TraceStep;

enum class Limits : uint8_t {
  Counted,  // exact
  Ignored,  // `at most` never closes a transition, and of other callers only shared protocols are
            // looked at: whatever is impossible here is impossible
};

enum class SearchKind : uint8_t { Found, Impossible, GaveUp };

struct Search {
  SearchKind kind = SearchKind::GaveUp;
  size_t states = 0;  // explored
  Trace trace;        // Found: the shortest
  std::vector<size_t>
      goal_ends;  // Found: for each goal, how many steps of the trace lead up to and through it
};

// What a full exploration saw.
struct Exploration {
  size_t states_explored = 0;
  bool complete = false;                  // false: the state limit was hit
  std::set<OperationId> enabled;          // operations that the requester can be granted
  std::vector<std::vector<bool>> states;  // by the endpoint's protocols, then by state: reached
  std::optional<Trace>
      dead_end;  // shortest trace of one step or more after which no move is enabled
  bool maybe_dead_end =
      false;  // Limits::Ignored: some reached state has only limited moves, or none
};

class Space {
 public:
  // `moves`: the requests that rules grant, one for each (caller, operation) that matters, with
  // replies. `state_limit` bounds the memory: explored states of an ordinary size.
  Space(const Model& model, EndpointId endpoint, ComponentId requester, std::vector<Move> moves,
        Limits limits, size_t state_limit);

  // The shortest way for the goals, all of the requester, to be granted in this order with any
  // moves in between. Their replies come as they help.
  Search search(const std::vector<Request>& goals) const;
  Exploration explore() const;

  const std::vector<ProtocolId>& protocols() const { return protocols_; }

 private:
  // The states of all instances one after the other; an instance is its state and its counters.
  using Node = std::u32string;
  struct Instance {
    ProtocolId protocol;
    ComponentId caller;  // invalid when shared
    uint32_t offset;     // of its state in the node
  };
  Node initial() const;
  std::optional<Node> after(const Node& node, const Move& move) const;
  bool permits(const Node& node, const Instance& instance, MethodId method) const;
  bool permits_without_limit(const Node& node, const Move& move) const;
  void advance(Node& node, const Instance& instance, MethodId method, Outcome outcome) const;
  bool concerns(const Instance& instance, const Move& move) const;
  bool used_up(const Node& node, const Instance& instance, uint32_t transition) const;
  size_t index_of(ProtocolId protocol) const;
  void mark_states(const Node& node, Exploration& seen) const;
  bool over_limit(size_t nodes) const;

  const Model& model_;
  ComponentId requester_;
  std::vector<Move> moves_;
  Limits limits_;
  size_t state_limit_;
  std::vector<ProtocolId> protocols_;  // of the endpoint, declaration order
  std::vector<Instance> instances_;
  std::vector<std::vector<uint32_t>>
      counter_slots_;  // by protocols_, by transition: slot after the state
  uint32_t node_size_ = 0;
};

// The replies that a request may get and that some protocol on its endpoint tells apart: {Ok} or
// {Ok, Error}. An event is its own reply, ok.
std::vector<ReplyStatus> replies_of(const Model& model, OperationId operation);

}  // namespace bh
