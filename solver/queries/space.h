// The states of one endpoint's protocols, explored breadth first.
//
// Protocols never reach across endpoints, so what a caller can be granted at an endpoint depends on
// requests to this endpoint alone: the caller's own, and through shared protocols those of
// everyone. Of time only this is looked at: whoever wants to may wait until a timeout moves an
// instance. Whether several clocks can be waited for in the order that is found is decided
// afterwards (schedule.h); so what is impossible here is impossible, and what is found may not be
// where more than one clock runs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/model/model.h"
#include "solver/smt/reach.h"

namespace bh {

// A request that the rules grant, with the reply that it gets; or that the timeout of an instance
// moves it.
struct Move {
  Request request;  // of a timeout only the caller: whose instance it is, nobody's when shared
  ReplyStatus reply = ReplyStatus::Ok;
  ProtocolId timeout;  // of a request invalid
};

enum class Limits : uint8_t {
  Counted,  // exact
  Ignored,  // `at most` never closes a transition, and of other callers only shared protocols are
            // looked at: whatever is impossible here is impossible
};

enum class SearchKind : uint8_t { Found, Impossible, GaveUp };

struct Search {
  SearchKind kind = SearchKind::GaveUp;
  size_t states = 0;       // explored
  std::vector<Move> path;  // Found: with as few requests as possible
  std::vector<size_t>
      goal_ends;  // Found: for each goal, how many moves of the path lead up to and through it
  std::string reason = {};  // GaveUp: why, where it is not for the number of states
};

// What a full exploration saw.
struct Exploration {
  size_t states_explored = 0;
  bool complete = false;  // whatever was not seen is impossible; false: the state limit was hit
  std::set<std::pair<ComponentId, OperationId>> enabled;  // requests that are granted somewhere
  std::vector<std::vector<bool>> states;  // by the endpoint's protocols, then by state: reached
  // After these moves, one or more, no request is granted any more, however long one waits. The
  // path with the fewest requests.
  std::optional<std::vector<Move>> dead_end;
  // Some reached state may be such: with Limits::Ignored because it has only limited moves, or
  // none; with both because its timeouts may come in several orders.
  bool maybe_dead_end = false;
  std::string reason = {};  // not complete: why, where it is not for the number of states
};

// What a goal asks of the endpoint's protocols: of each of these one of its states.
struct Wanted {
  ProtocolId protocol;
  std::vector<uint32_t> states;
};

class Space {
 public:
  // `protocols`: all of one endpoint, in declaration order. `moves`: the requests that rules grant,
  // one for each (caller, operation) that matters, with replies. `state_limit` bounds the memory:
  // explored states of an ordinary size.
  Space(const Model& model, std::vector<ProtocolId> protocols, ComponentId requester,
        std::vector<Move> moves, Limits limits, size_t state_limit);
  void set_state_limit(size_t state_limit) { state_limit_ = state_limit; }

  // How the goals, all of the requester, can be granted in this order with any moves in between.
  // Their replies come as they help.
  Search search(const std::vector<Request>& goals) const;
  // How the requester can see all these states at the same time.
  Search search(const std::vector<Wanted>& states) const;
  Exploration explore() const;
  // Adds what is seen by going on only from nodes that show a state for the first time: little
  // work, much seen.
  void look_around(Exploration& seen) const;

  // Whether each of the moves can be made after those before.
  bool admits(const std::vector<Move>& path) const;
  // Whether after the moves, which it admits, no request is granted any more, however long one
  // waits.
  bool ends_with(const std::vector<Move>& path) const;

  // The same as automata: one for each instance, whose locations are its states with their holders.
  // Limits are counters, and hold whatever `limits` says. The moves are those of requests and of
  // timeouts, each kind of move once. With goals, one more automaton counts how many of them are
  // fulfilled.
  struct Projection {
    struct Local {
      uint32_t state;
      ComponentId holder;
      bool operator==(const Local&) const = default;
    };
    smt::Automata automata;
    std::vector<std::vector<Local>> locations;  // by automaton
    std::vector<size_t> origins;                // by move: which it is, see move_of()
  };
  // Nothing when an instance has too many.
  std::optional<Projection> project(const std::vector<Request>& goals = {}) const;
  // The states in which the request is granted, limits aside; in which these states are seen; in
  // which no request of the moves is granted.
  smt::StateSet granted(const Projection& projection, const Request& request) const;
  smt::StateSet seen(const Projection& projection, const std::vector<Wanted>& states) const;
  smt::StateSet stuck(const Projection& projection) const;
  // What the runs stand for. `goals` as they were projected.
  Search expand(const Projection& projection, const std::vector<smt::Run>& runs,
                const std::vector<Request>& goals) const;

  // Whether limits or timeouts play a role: then fewer runs may be more requests.
  bool has_counters_or_clocks() const;
  const std::vector<Move>& moves() const { return moves_; }
  const std::vector<ProtocolId>& protocols() const { return protocols_; }

 private:
  // The states of all instances one after the other; an instance is its state, its holder (if some
  // transition asks for it) and its counters.
  using Node = std::u32string;
  struct Instance {
    ProtocolId protocol;
    ComponentId caller;  // invalid when shared
    uint32_t offset;     // of its state in the node
    uint32_t end;        // where the next one begins
    bool has_holder;     // right after the state
    uint32_t index;      // of its protocol
  };
  // Of one protocol, by state: its transitions, by method.
  using ByState = std::vector<std::vector<std::pair<MethodId, uint32_t>>>;
  enum class Waking : uint8_t { Never, Maybe, Surely };
  // Whether a request is granted in the node.
  using Awake = std::function<bool(const Node&)>;

  void index_transitions(const Protocol& protocol);
  Node initial() const;
  std::optional<Node> after(const Node& node, const Move& move,
                            const std::vector<uint32_t>& touched) const;
  std::optional<Node> after(const Node& node, size_t move) const;
  // The instances that the move may change or that may refuse it.
  std::vector<uint32_t> touched_by(const Move& move) const;
  std::span<const std::pair<MethodId, uint32_t>> transitions(const Instance& instance,
                                                             uint32_t state, MethodId method) const;
  bool permits(const Node& node, const Instance& instance, const Move& move) const;
  bool permits(const Node& node, size_t move) const;
  bool permits_for_sure(const Node& node, size_t move) const;
  void advance(Node& node, const Instance& instance, const Move& move, Outcome outcome) const;
  void enter(Node& node, const Instance& instance, uint32_t state, ComponentId holder) const;
  bool concerns(const Instance& instance, const Move& move) const;
  std::optional<smt::Automata::Step> step(const Instance& instance, Projection::Local from,
                                          const Move& move, Projection::Local& to) const;
  bool may_take_now(const Node& node, const Instance& instance, const Transition& transition,
                    ComponentId caller) const;
  bool used_up(const Node& node, const Instance& instance, uint32_t transition) const;
  const Timeout* timeout(const Node& node, const Instance& instance) const;
  std::optional<Node> after_timeout(const Node& node, const Instance& instance) const;
  Waking waking(const Node& node, const Awake& awake) const;
  std::vector<Node> after_some_timeouts(const Node& node) const;
  // Whether some of its states was not yet seen.
  bool mark_states(const Node& node, Exploration& seen) const;
  bool over_limit(size_t nodes) const;

  // The nodes found so far, each with the move that first led to it: a place in move_of().
  class Frontier {
   public:
    struct Entry {
      const Node* node;  // the key in index_
      size_t parent;
      size_t move;
    };
    explicit Frontier(Node initial) { add(std::move(initial), 0, 0); }

    std::vector<Entry> entries;

    void add(Node node, size_t parent, size_t move) {
      const auto [it, is_new] = index_.try_emplace(std::move(node), entries.size());
      if (is_new) entries.push_back({&it->first, parent, move});
    }
    // Indices from the initial node (left out) to `last`.
    std::vector<size_t> path(size_t last) const;

   private:
    std::unordered_map<Node, size_t> index_;
  };

  std::optional<Node> after(const std::vector<Move>& path) const;
  // The goals as moves, one for each reply that matters.
  std::vector<Move> moves_for(const std::vector<Request>& goals) const;
  Move move_of(size_t index, const std::vector<Move>& goals) const;
  void add_timeouts(Frontier& frontier, size_t begin) const;
  bool shows(const Node& node, const std::vector<Wanted>& wanted) const;
  Search search(const std::vector<Request>& goals, const std::vector<Wanted>& states) const;
  Search found(const Frontier& frontier, size_t last, const std::vector<Move>& goals) const;
  Waking lives(const Node& node) const;

  const Model& model_;
  ComponentId requester_;
  std::vector<Move> moves_;
  std::vector<std::vector<uint32_t>> touched_;  // by moves_: instances, ascending
  Limits limits_;
  size_t state_limit_;
  std::vector<ProtocolId> protocols_;        // of the endpoint, declaration order
  std::vector<ByState> transitions_;         // by protocols_
  std::vector<std::set<MethodId>> ignored_;  // by protocols_: methods that they have no say in
  bool others_are_whole_ = true;             // no instance of another caller is left out
  std::vector<Instance> instances_;
  std::vector<std::vector<uint32_t>>
      counter_slots_;  // by protocols_, by transition: place after the instance's offset
  std::vector<std::vector<uint32_t>> counters_;  // by protocols_, by transition: of the automaton
  uint32_t node_size_ = 0;
};

// The replies that a request may get and that some protocol on its endpoint tells apart: {Ok} or
// {Ok, Error}. An event is its own reply, ok.
std::vector<ReplyStatus> replies_of(const Model& model, OperationId operation);
// The same, with the protocols of its endpoint at hand.
std::vector<ReplyStatus> replies_of(const Model& model, const std::vector<ProtocolId>& protocols,
                                    OperationId operation);

}  // namespace bh
