#include "solver/queries/space.h"

#include <algorithm>
#include <unordered_map>

namespace bh {

std::vector<ReplyStatus> replies_of(const Model& model, OperationId id) {
  const Operation& operation = model.operations[id];
  if (model.methods[operation.method].kind == MethodKind::Event) return {ReplyStatus::Ok};
  for (const Protocol& protocol : model.protocols) {
    if (protocol.endpoint != operation.endpoint) continue;
    for (const Transition& transition : protocol.transitions) {
      if (transition.method == operation.method && transition.outcome != Outcome::Granted) {
        return {ReplyStatus::Ok, ReplyStatus::Error};
      }
    }
  }
  return {ReplyStatus::Ok};
}

Space::Space(const Model& model, EndpointId endpoint, ComponentId requester,
             std::vector<Move> moves, Limits limits, size_t state_limit)
    : model_(model),
      requester_(requester),
      moves_(std::move(moves)),
      limits_(limits),
      state_limit_(state_limit) {
  std::vector<ComponentId> callers = {requester};
  if (limits == Limits::Counted) {
    for (const Move& move : moves_) callers.push_back(move.request.caller);
    std::sort(callers.begin(), callers.end());
    callers.erase(std::unique(callers.begin(), callers.end()), callers.end());
  }
  for (ProtocolId id : model.protocols.ids()) {
    const Protocol& protocol = model.protocols[id];
    if (protocol.endpoint != endpoint) continue;
    protocols_.push_back(id);
    std::vector<uint32_t>& slots = counter_slots_.emplace_back(protocol.transitions.size(), 0);
    std::vector<uint32_t> limited(protocol.states.size(), 0);
    for (size_t t = 0; t < slots.size(); ++t) {
      if (protocol.transitions[t].at_most) slots[t] = ++limited[protocol.transitions[t].from];
    }
    uint32_t counters = 0;
    if (limits == Limits::Counted) {
      for (uint32_t count : limited) counters = std::max(counters, count);
    }
    const bool shared = protocol.instances == InstanceKind::Shared;
    for (ComponentId caller : shared ? std::vector<ComponentId>{ComponentId()} : callers) {
      instances_.push_back({id, caller, node_size_});
      node_size_ += 1 + counters;
    }
  }
}

Space::Node Space::initial() const {
  Node node(node_size_, 0);
  for (const Instance& instance : instances_) {
    node[instance.offset] = model_.protocols[instance.protocol].initial;
  }
  return node;
}

bool Space::concerns(const Instance& instance, const Move& move) const {
  return !instance.caller.valid() || instance.caller == move.request.caller;
}

size_t Space::index_of(ProtocolId protocol) const {
  return static_cast<size_t>(std::find(protocols_.begin(), protocols_.end(), protocol) -
                             protocols_.begin());
}

bool Space::used_up(const Node& node, const Instance& instance, uint32_t index) const {
  const Transition& transition = model_.protocols[instance.protocol].transitions[index];
  if (!transition.at_most) return false;
  if (limits_ == Limits::Ignored) return *transition.at_most == 0;
  const uint32_t slot = counter_slots_[index_of(instance.protocol)][index];
  return node[instance.offset + slot] >= *transition.at_most;
}

bool Space::permits(const Node& node, const Instance& instance, MethodId method) const {
  const std::vector<Transition>& transitions = model_.protocols[instance.protocol].transitions;
  for (uint32_t t = 0; t < transitions.size(); ++t) {
    if (transitions[t].from == node[instance.offset] && transitions[t].method == method &&
        !used_up(node, instance, t)) {
      return true;
    }
  }
  return false;
}

bool Space::permits_without_limit(const Node& node, const Move& move) const {
  const MethodId method = model_.operations[move.request.operation].method;
  return std::all_of(instances_.begin(), instances_.end(), [&](const Instance& instance) {
    if (!concerns(instance, move)) return true;
    const std::vector<Transition>& transitions = model_.protocols[instance.protocol].transitions;
    return std::any_of(transitions.begin(), transitions.end(), [&](const Transition& t) {
      return t.from == node[instance.offset] && t.method == method && !t.at_most;
    });
  });
}

void Space::advance(Node& node, const Instance& instance, MethodId method, Outcome outcome) const {
  const std::vector<Transition>& transitions = model_.protocols[instance.protocol].transitions;
  for (uint32_t t = 0; t < transitions.size(); ++t) {
    const Transition& transition = transitions[t];
    if (transition.from != node[instance.offset] || transition.method != method ||
        transition.outcome != outcome) {
      continue;
    }
    const std::vector<uint32_t>& slots = counter_slots_[index_of(instance.protocol)];
    if (transition.to == transition.from) {
      if (limits_ == Limits::Counted && transition.at_most && !used_up(node, instance, t)) {
        ++node[instance.offset + slots[t]];
      }
    } else {
      const auto next = std::find_if(instances_.begin(), instances_.end(),
                                     [&](const Instance& i) { return i.offset > instance.offset; });
      const uint32_t end = next == instances_.end() ? node_size_ : next->offset;
      std::fill(node.begin() + instance.offset, node.begin() + end, 0);
      node[instance.offset] = transition.to;
    }
    return;
  }
}

std::optional<Space::Node> Space::after(const Node& node, const Move& move) const {
  const MethodId method = model_.operations[move.request.operation].method;
  for (const Instance& instance : instances_) {
    if (concerns(instance, move) && !permits(node, instance, method)) return std::nullopt;
  }
  Node next = node;
  for (const Instance& instance : instances_) {
    if (!concerns(instance, move)) continue;
    advance(next, instance, method, Outcome::Granted);
    advance(next, instance, method, move.reply == ReplyStatus::Ok ? Outcome::Ok : Outcome::Error);
  }
  return next;
}

bool Space::over_limit(size_t nodes) const { return nodes * (1 + node_size_ / 8) > state_limit_; }

namespace {

// The nodes found so far, each with the move that first led to it.
struct Frontier {
  struct Entry {
    const std::u32string* node;  // the key in `index`
    size_t parent;
    size_t move;
  };
  std::vector<Entry> entries;
  std::unordered_map<std::u32string, size_t> index;

  void add(std::u32string node, size_t parent, size_t move) {
    const auto [it, is_new] = index.try_emplace(std::move(node), entries.size());
    if (is_new) entries.push_back({&it->first, parent, move});
  }
  // Indices from the initial node (left out) to `last`.
  std::vector<size_t> path(size_t last) const {
    std::vector<size_t> result;
    for (size_t at = last; at != 0; at = entries[at].parent) result.push_back(at);
    std::reverse(result.begin(), result.end());
    return result;
  }
};

}  // namespace

// A search node is a node with the number of goals fulfilled appended.
Search Space::search(const std::vector<Request>& goals) const {
  std::vector<Move> goal_moves;
  for (const Request& goal : goals) {
    for (ReplyStatus reply : replies_of(model_, goal.operation))
      goal_moves.push_back({goal, reply});
  }
  Frontier frontier;
  Node start = initial();
  start.push_back(0);
  frontier.add(std::move(start), 0, 0);
  for (size_t at = 0; at < frontier.entries.size(); ++at) {
    if (over_limit(frontier.entries.size()))
      return {SearchKind::GaveUp, frontier.entries.size(), {}, {}};
    const Node node = frontier.entries[at].node->substr(0, node_size_);
    const uint32_t fulfilled = frontier.entries[at].node->back();
    if (fulfilled == goals.size()) {
      Search found{SearchKind::Found, frontier.entries.size(), {}, {}};
      uint32_t before = 0;
      for (size_t step : frontier.path(at)) {
        const size_t move = frontier.entries[step].move;
        found.trace.push_back(move < moves_.size() ? moves_[move]
                                                   : goal_moves[move - moves_.size()]);
        const uint32_t now = frontier.entries[step].node->back();
        if (now != before) found.goal_ends.push_back(found.trace.size());
        before = now;
      }
      return found;
    }
    for (size_t g = 0; g < goal_moves.size(); ++g) {
      if (goal_moves[g].request != goals[fulfilled]) continue;
      if (auto next = after(node, goal_moves[g])) {
        next->push_back(fulfilled + 1);
        frontier.add(std::move(*next), at, moves_.size() + g);
      }
    }
    for (size_t m = 0; m < moves_.size(); ++m) {
      if (auto next = after(node, moves_[m])) {
        next->push_back(fulfilled);
        frontier.add(std::move(*next), at, m);
      }
    }
  }
  return {SearchKind::Impossible, frontier.entries.size(), {}, {}};
}

void Space::mark_states(const Node& node, Exploration& seen) const {
  for (const Instance& instance : instances_) {
    if (instance.caller.valid() && instance.caller != requester_) continue;
    seen.states[index_of(instance.protocol)][node[instance.offset]] = true;
  }
}

Exploration Space::explore() const {
  Exploration seen;
  for (ProtocolId protocol : protocols_) {
    seen.states.emplace_back(model_.protocols[protocol].states.size(), false);
  }
  Frontier frontier;
  frontier.add(initial(), 0, 0);
  for (size_t at = 0; at < frontier.entries.size(); ++at) {
    seen.states_explored = frontier.entries.size();
    if (over_limit(frontier.entries.size())) return seen;
    const Node node = *frontier.entries[at].node;
    mark_states(node, seen);
    bool stuck = true;
    bool stuck_at_limits = true;
    for (size_t m = 0; m < moves_.size(); ++m) {
      auto next = after(node, moves_[m]);
      if (!next) continue;
      stuck = false;
      if (permits_without_limit(node, moves_[m])) stuck_at_limits = false;
      if (moves_[m].request.caller == requester_) seen.enabled.insert(moves_[m].request.operation);
      frontier.add(std::move(*next), at, m);
    }
    if (stuck_at_limits && (at > 0 || !stuck)) seen.maybe_dead_end = true;
    if (at == 0 || !stuck || seen.dead_end) continue;
    seen.dead_end.emplace();
    for (size_t step : frontier.path(at))
      seen.dead_end->push_back(moves_[frontier.entries[step].move]);
  }
  seen.complete = true;
  return seen;
}

}  // namespace bh
