#include "solver/queries/space.h"

#include <algorithm>

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

static bool asks_for_holder(const Protocol& protocol) {
  return std::any_of(protocol.transitions.begin(), protocol.transitions.end(),
                     [](const Transition& t) { return t.mover != Mover::Anyone; });
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
    const bool has_holder = asks_for_holder(protocol);
    std::vector<uint32_t>& slots = counter_slots_.emplace_back(protocol.transitions.size(), 0);
    std::vector<uint32_t> limited(protocol.states.size(), 0);
    for (size_t t = 0; t < slots.size(); ++t) {
      if (!protocol.transitions[t].at_most) continue;
      slots[t] = ++limited[protocol.transitions[t].from] + has_holder;
    }
    uint32_t counters = 0;
    if (limits == Limits::Counted) {
      for (uint32_t count : limited) counters = std::max(counters, count);
    }
    const bool shared = protocol.instances == InstanceKind::Shared;
    if (!shared && limits == Limits::Ignored) others_are_whole_ = false;
    for (ComponentId caller : shared ? std::vector<ComponentId>{ComponentId()} : callers) {
      const uint32_t end = node_size_ + 1 + has_holder + counters;
      instances_.push_back({id, caller, node_size_, end, has_holder});
      node_size_ = end;
    }
  }
}

// One place more than the instances need: how many goals of a search are fulfilled.
Space::Node Space::initial() const {
  Node node(node_size_ + 1, 0);
  for (const Instance& instance : instances_) {
    enter(node, instance, model_.protocols[instance.protocol].initial, ComponentId());
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

bool Space::may_take_now(const Node& node, const Instance& instance, const Transition& transition,
                         ComponentId caller) const {
  const ComponentId holder =
      instance.has_holder ? ComponentId(node[instance.offset + 1]) : ComponentId();
  return transition.from == node[instance.offset] && may_take(transition, holder, caller);
}

bool Space::used_up(const Node& node, const Instance& instance, uint32_t index) const {
  const Transition& transition = model_.protocols[instance.protocol].transitions[index];
  if (!transition.at_most) return false;
  if (limits_ == Limits::Ignored) return *transition.at_most == 0;
  const uint32_t slot = counter_slots_[index_of(instance.protocol)][index];
  return node[instance.offset + slot] >= *transition.at_most;
}

bool Space::permits(const Node& node, const Instance& instance, const Move& move) const {
  const std::vector<Transition>& transitions = model_.protocols[instance.protocol].transitions;
  const MethodId method = model_.operations[move.request.operation].method;
  bool permitted = false;
  for (uint32_t t = 0; t < transitions.size(); ++t) {
    if (transitions[t].method != method ||
        !may_take_now(node, instance, transitions[t], move.request.caller)) {
      continue;
    }
    if (used_up(node, instance, t)) return false;
    permitted = true;
  }
  return permitted;
}

// Whatever the limits and the instances that are left out.
bool Space::permits_for_sure(const Node& node, const Move& move) const {
  if (!others_are_whole_ && move.request.caller != requester_) return false;
  const MethodId method = model_.operations[move.request.operation].method;
  return std::all_of(instances_.begin(), instances_.end(), [&](const Instance& instance) {
    if (!concerns(instance, move)) return true;
    const std::vector<Transition>& transitions = model_.protocols[instance.protocol].transitions;
    const auto matches = [&](const Transition& t) {
      return t.method == method && may_take_now(node, instance, t, move.request.caller);
    };
    return std::any_of(transitions.begin(), transitions.end(), matches) &&
           std::none_of(transitions.begin(), transitions.end(),
                        [&](const Transition& t) { return t.at_most && matches(t); });
  });
}

void Space::enter(Node& node, const Instance& instance, uint32_t state, ComponentId holder) const {
  std::fill(node.begin() + instance.offset, node.begin() + instance.end, 0);
  node[instance.offset] = state;
  if (instance.has_holder) node[instance.offset + 1] = holder.value;
}

void Space::advance(Node& node, const Instance& instance, const Move& move, Outcome outcome) const {
  const std::vector<Transition>& transitions = model_.protocols[instance.protocol].transitions;
  const MethodId method = model_.operations[move.request.operation].method;
  for (uint32_t t = 0; t < transitions.size(); ++t) {
    const Transition& transition = transitions[t];
    if (transition.method != method || transition.outcome != outcome ||
        !may_take_now(node, instance, transition, move.request.caller)) {
      continue;
    }
    const std::vector<uint32_t>& slots = counter_slots_[index_of(instance.protocol)];
    if (transition.to != transition.from) {
      enter(node, instance, transition.to, move.request.caller);
    } else if (limits_ == Limits::Counted && transition.at_most && !used_up(node, instance, t)) {
      ++node[instance.offset + slots[t]];
    }
    return;
  }
}

std::optional<Space::Node> Space::after(const Node& node, const Move& move) const {
  for (const Instance& instance : instances_) {
    if (concerns(instance, move) && !permits(node, instance, move)) return std::nullopt;
  }
  Node next = node;
  for (const Instance& instance : instances_) {
    if (!concerns(instance, move)) continue;
    advance(next, instance, move, Outcome::Granted);
    advance(next, instance, move, move.reply == ReplyStatus::Ok ? Outcome::Ok : Outcome::Error);
  }
  return next;
}

// ---- time
// -----------------------------------------------------------------------------------------

const Timeout* Space::timeout(const Node& node, const Instance& instance) const {
  const State& state = model_.protocols[instance.protocol].states[node[instance.offset]];
  return state.timeout ? &*state.timeout : nullptr;
}

std::optional<Space::Node> Space::after_timeout(const Node& node, const Instance& instance) const {
  const Timeout* due = timeout(node, instance);
  if (due == nullptr) return std::nullopt;
  Node next = node;
  enter(next, instance, due->to, ComponentId());
  return next;
}

// What the next moment with timeouts can lead to: any of the instances may be due in it, also
// several.
std::vector<Space::Node> Space::after_some_timeouts(const Node& node) const {
  std::vector<Node> results;
  for (const Instance& instance : instances_) {
    if (timeout(node, instance) == nullptr) continue;
    const size_t without = results.size();
    for (size_t i = 0; i < without; ++i) results.push_back(*after_timeout(results[i], instance));
    results.push_back(*after_timeout(node, instance));
  }
  return results;
}

// Whether timeouts alone lead from a node in which nothing is granted to one that is awake.
Space::Waking Space::waking(const Node& node, const Awake& awake) const {
  constexpr size_t MostNodes = 1000;
  constexpr std::ptrdiff_t MostClocks = 8;
  struct Entry {
    bool surely;
    std::vector<size_t> next;
  };
  std::vector<const Node*> nodes;
  std::vector<Entry> entries;
  std::unordered_map<Node, size_t> index;
  const auto add = [&](const Node& found) {
    const auto [it, is_new] = index.try_emplace(found, nodes.size());
    if (is_new) nodes.push_back(&it->first);
    return it->second;
  };
  add(node);
  bool wakes = false;
  for (size_t at = 0; at < nodes.size(); ++at) {
    entries.push_back({awake(*nodes[at]), {}});
    wakes = wakes || entries[at].surely;
    if (entries[at].surely) continue;
    const auto clocks = std::count_if(instances_.begin(), instances_.end(), [&](const Instance& i) {
      return timeout(*nodes[at], i) != nullptr;
    });
    if (clocks > MostClocks || nodes.size() > MostNodes) return Waking::Maybe;
    for (const Node& next : after_some_timeouts(*nodes[at])) entries[at].next.push_back(add(next));
  }
  if (!wakes) return Waking::Never;
  for (bool changed = true; changed && !entries[0].surely;) {
    changed = false;
    for (Entry& entry : entries) {
      if (entry.surely || entry.next.empty()) continue;
      entry.surely = std::all_of(entry.next.begin(), entry.next.end(),
                                 [&](size_t next) { return entries[next].surely; });
      changed = changed || entry.surely;
    }
  }
  return entries[0].surely ? Waking::Surely : Waking::Maybe;
}

// ---- exploring
// ------------------------------------------------------------------------------------

bool Space::over_limit(size_t nodes) const { return nodes * (1 + node_size_ / 8) > state_limit_; }

std::vector<size_t> Space::Frontier::path(size_t last) const {
  std::vector<size_t> result;
  for (size_t at = last; at != 0; at = entries[at].parent) result.push_back(at);
  std::reverse(result.begin(), result.end());
  return result;
}

// Of a frontier, the moves are those of the space, then a timeout of each instance, then goals.
Move Space::move_of(size_t index, const std::vector<Move>& goals) const {
  if (index < moves_.size()) return moves_[index];
  index -= moves_.size();
  if (index >= instances_.size()) return goals[index - instances_.size()];
  return {{instances_[index].caller, {}, {}}, ReplyStatus::Ok, instances_[index].protocol};
}

// Adds what waiting leads to from the nodes since `begin`, and from those.
void Space::add_timeouts(Frontier& frontier, size_t begin) const {
  for (size_t at = begin; at < frontier.entries.size(); ++at) {
    if (over_limit(frontier.entries.size())) return;
    const Node& node = *frontier.entries[at].node;
    for (size_t i = 0; i < instances_.size(); ++i) {
      if (auto next = after_timeout(node, instances_[i])) {
        frontier.add(std::move(*next), at, moves_.size() + i);
      }
    }
  }
}

bool Space::shows(const Node& node, const std::vector<Wanted>& wanted) const {
  return std::all_of(wanted.begin(), wanted.end(), [&](const Wanted& part) {
    return std::any_of(instances_.begin(), instances_.end(), [&](const Instance& instance) {
      return instance.protocol == part.protocol &&
             (!instance.caller.valid() || instance.caller == requester_) &&
             std::count(part.states.begin(), part.states.end(), node[instance.offset]) > 0;
    });
  });
}

Search Space::search(const std::vector<Request>& goals) const { return search(goals, {}); }

Search Space::search(const std::vector<Wanted>& states) const { return search({}, states); }

Search Space::search(const std::vector<Request>& goals, const std::vector<Wanted>& states) const {
  std::vector<Move> goal_moves;
  for (const Request& goal : goals) {
    for (ReplyStatus reply : replies_of(model_, goal.operation))
      goal_moves.push_back({goal, reply, {}});
  }
  Frontier frontier(initial());
  for (size_t begin = 0; begin < frontier.entries.size();) {
    add_timeouts(frontier, begin);
    const size_t end = frontier.entries.size();
    for (size_t at = begin; at < end; ++at) {
      if (over_limit(frontier.entries.size()))
        return {SearchKind::GaveUp, frontier.entries.size(), {}, {}};
      const Node& node = *frontier.entries[at].node;
      const uint32_t fulfilled = node.back();
      if (fulfilled == goals.size() && shows(node, states)) return found(frontier, at, goal_moves);
      for (size_t g = 0; g < goal_moves.size(); ++g) {
        if (fulfilled == goals.size() || goal_moves[g].request != goals[fulfilled]) continue;
        if (auto next = after(node, goal_moves[g])) {
          next->back() = fulfilled + 1;
          frontier.add(std::move(*next), at, moves_.size() + instances_.size() + g);
        }
      }
      for (size_t m = 0; m < moves_.size(); ++m) {
        if (auto next = after(node, moves_[m])) frontier.add(std::move(*next), at, m);
      }
    }
    begin = end;
  }
  return {SearchKind::Impossible, frontier.entries.size(), {}, {}};
}

Search Space::found(const Frontier& frontier, size_t last, const std::vector<Move>& goals) const {
  Search result{SearchKind::Found, frontier.entries.size(), {}, {}};
  uint32_t before = 0;
  for (size_t step : frontier.path(last)) {
    result.path.push_back(move_of(frontier.entries[step].move, goals));
    const uint32_t now = frontier.entries[step].node->back();
    if (now != before) result.goal_ends.push_back(result.path.size());
    before = now;
  }
  return result;
}

void Space::mark_states(const Node& node, Exploration& seen) const {
  for (const Instance& instance : instances_) {
    if (instance.caller.valid() && instance.caller != requester_) continue;
    seen.states[index_of(instance.protocol)][node[instance.offset]] = true;
  }
}

// Whether something is granted in the node, now or after timeouts alone.
Space::Waking Space::lives(const Node& node) const {
  const Awake maybe = [&](const Node& n) {
    return std::any_of(moves_.begin(), moves_.end(),
                       [&](const Move& move) { return after(n, move).has_value(); });
  };
  const Awake surely = [&](const Node& n) {
    return std::any_of(moves_.begin(), moves_.end(),
                       [&](const Move& move) { return permits_for_sure(n, move); });
  };
  if (limits_ == Limits::Counted) return waking(node, maybe);
  if (waking(node, surely) == Waking::Surely) return Waking::Surely;
  return waking(node, maybe) == Waking::Never ? Waking::Never : Waking::Maybe;
}

Exploration Space::explore() const {
  Exploration seen;
  for (ProtocolId protocol : protocols_) {
    seen.states.emplace_back(model_.protocols[protocol].states.size(), false);
  }
  Frontier frontier(initial());
  bool begins_alive = true;
  for (size_t begin = 0; begin < frontier.entries.size();) {
    add_timeouts(frontier, begin);
    const size_t end = frontier.entries.size();
    for (size_t at = begin; at < end; ++at) {
      seen.states_explored = frontier.entries.size();
      if (over_limit(frontier.entries.size())) return seen;
      const Node& node = *frontier.entries[at].node;
      mark_states(node, seen);
      for (size_t m = 0; m < moves_.size(); ++m) {
        auto next = after(node, moves_[m]);
        if (!next) continue;
        if (moves_[m].request.caller == requester_)
          seen.enabled.insert(moves_[m].request.operation);
        frontier.add(std::move(*next), at, m);
      }
      const Waking future = lives(node);
      if (at == 0 && future == Waking::Never) begins_alive = false;
      if (!begins_alive || future == Waking::Surely) continue;
      seen.maybe_dead_end = true;
      if (future == Waking::Never && !seen.dead_end) {
        seen.dead_end = found(frontier, at, {}).path;
      }
    }
    begin = end;
  }
  seen.complete = true;
  return seen;
}

}  // namespace bh
