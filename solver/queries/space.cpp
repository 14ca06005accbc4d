#include "solver/queries/space.h"

#include <algorithm>
#include <map>

namespace bh {

std::vector<ReplyStatus> replies_of(const Model& model, const std::vector<ProtocolId>& protocols,
                                    OperationId id) {
  const MethodId method = model.operations[id].method;
  if (model.methods[method].kind == MethodKind::Event) return {ReplyStatus::Ok};
  for (ProtocolId protocol : protocols) {
    for (const Transition& transition : model.protocols[protocol].transitions) {
      if (transition.method == method && transition.outcome != Outcome::Granted) {
        return {ReplyStatus::Ok, ReplyStatus::Error};
      }
    }
  }
  return {ReplyStatus::Ok};
}

std::vector<ReplyStatus> replies_of(const Model& model, OperationId id) {
  std::vector<ProtocolId> protocols;
  for (ProtocolId protocol : model.protocols.ids()) {
    if (model.protocols[protocol].endpoint == model.operations[id].endpoint)
      protocols.push_back(protocol);
  }
  return replies_of(model, protocols, id);
}

static bool asks_for_holder(const Protocol& protocol) {
  return std::any_of(protocol.transitions.begin(), protocol.transitions.end(),
                     [](const Transition& t) { return t.mover != Mover::Anyone; });
}

Space::Space(const Model& model, std::vector<ProtocolId> protocols, ComponentId requester,
             std::vector<Move> moves, Limits limits, size_t state_limit)
    : model_(model),
      requester_(requester),
      moves_(std::move(moves)),
      limits_(limits),
      state_limit_(state_limit),
      protocols_(std::move(protocols)) {
  std::vector<ComponentId> callers = {requester};
  if (limits == Limits::Counted) {
    for (const Move& move : moves_) callers.push_back(move.request.caller);
    std::sort(callers.begin(), callers.end());
    callers.erase(std::unique(callers.begin(), callers.end()), callers.end());
  }
  for (ProtocolId id : protocols_) {
    const Protocol& protocol = model.protocols[id];
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
    index_transitions(protocol);
    const bool shared = protocol.instances == InstanceKind::Shared;
    if (!shared && limits == Limits::Ignored) others_are_whole_ = false;
    for (ComponentId caller : shared ? std::vector<ComponentId>{ComponentId()} : callers) {
      const uint32_t end = node_size_ + 1 + has_holder + counters;
      const uint32_t index = static_cast<uint32_t>(counter_slots_.size() - 1);
      instances_.push_back({id, caller, node_size_, end, has_holder, index});
      node_size_ = end;
    }
  }
  for (const Move& move : moves_) touched_.push_back(touched_by(move));
}

// A transition that says nothing: in its state the method is as good as not mentioned.
static bool is_idle(const Transition& transition) {
  return transition.to == transition.from && !transition.at_most && !transition.by &&
         transition.mover == Mover::Anyone;
}

void Space::index_transitions(const Protocol& protocol) {
  ByState& by_state = transitions_.emplace_back(protocol.states.size());
  std::vector<uint32_t>& counters = counters_.emplace_back(protocol.transitions.size(), 0);
  uint32_t limited = 0;
  std::map<MethodId, std::set<uint32_t>> idle;  // by method: the states in which it changes nothing
  std::set<MethodId> heeded;
  for (uint32_t t = 0; t < protocol.transitions.size(); ++t) {
    const Transition& transition = protocol.transitions[t];
    if (transition.at_most && *transition.at_most > 0) counters[t] = limited++;
    by_state[transition.from].emplace_back(transition.method, t);
    if (is_idle(transition)) {
      idle[transition.method].insert(transition.from);
    } else {
      heeded.insert(transition.method);
    }
  }
  for (auto& list : by_state) std::sort(list.begin(), list.end());
  std::set<MethodId>& ignored = ignored_.emplace_back();
  for (const auto& [method, states] : idle) {
    if (states.size() == protocol.states.size() && !heeded.contains(method)) ignored.insert(method);
  }
}

std::span<const std::pair<MethodId, uint32_t>> Space::transitions(const Instance& instance,
                                                                  uint32_t state,
                                                                  MethodId method) const {
  const auto& list = transitions_[instance.index][state];
  const auto first = std::lower_bound(list.begin(), list.end(), std::pair(method, uint32_t{0}));
  auto last = first;
  while (last != list.end() && last->first == method) ++last;
  return {first, last};
}

std::vector<uint32_t> Space::touched_by(const Move& move) const {
  const MethodId method = model_.operations[move.request.operation].method;
  std::vector<uint32_t> result;
  for (uint32_t i = 0; i < instances_.size(); ++i) {
    if (concerns(instances_[i], move) && !ignored_[instances_[i].index].contains(method))
      result.push_back(i);
  }
  return result;
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
  const uint32_t slot = counter_slots_[instance.index][index];
  return node[instance.offset + slot] >= *transition.at_most;
}

bool Space::permits(const Node& node, const Instance& instance, const Move& move) const {
  const MethodId method = model_.operations[move.request.operation].method;
  bool permitted = false;
  for (const auto& [_, t] : transitions(instance, node[instance.offset], method)) {
    const Transition& transition = model_.protocols[instance.protocol].transitions[t];
    if (!may_take_now(node, instance, transition, move.request.caller)) continue;
    if (used_up(node, instance, t)) return false;
    permitted = true;
  }
  return permitted;
}

bool Space::permits(const Node& node, size_t move) const {
  return std::all_of(touched_[move].begin(), touched_[move].end(),
                     [&](uint32_t i) { return permits(node, instances_[i], moves_[move]); });
}

// Whatever the limits and the instances that are left out.
bool Space::permits_for_sure(const Node& node, size_t index) const {
  const Move& move = moves_[index];
  if (!others_are_whole_ && move.request.caller != requester_) return false;
  const MethodId method = model_.operations[move.request.operation].method;
  return std::all_of(touched_[index].begin(), touched_[index].end(), [&](uint32_t i) {
    const Instance& instance = instances_[i];
    bool permitted = false;
    for (const auto& [_, t] : transitions(instance, node[instance.offset], method)) {
      const Transition& transition = model_.protocols[instance.protocol].transitions[t];
      if (!may_take_now(node, instance, transition, move.request.caller)) continue;
      if (transition.at_most) return false;
      permitted = true;
    }
    return permitted;
  });
}

void Space::enter(Node& node, const Instance& instance, uint32_t state, ComponentId holder) const {
  std::fill(node.begin() + instance.offset, node.begin() + instance.end, 0);
  node[instance.offset] = state;
  if (instance.has_holder) node[instance.offset + 1] = holder.value;
}

void Space::advance(Node& node, const Instance& instance, const Move& move, Outcome outcome) const {
  const MethodId method = model_.operations[move.request.operation].method;
  for (const auto& [_, t] : transitions(instance, node[instance.offset], method)) {
    const Transition& transition = model_.protocols[instance.protocol].transitions[t];
    if (transition.outcome != outcome ||
        !may_take_now(node, instance, transition, move.request.caller)) {
      continue;
    }
    if (transition.to != transition.from) {
      enter(node, instance, transition.to, move.request.caller);
    } else if (limits_ == Limits::Counted && transition.at_most && !used_up(node, instance, t)) {
      ++node[instance.offset + counter_slots_[instance.index][t]];
    }
    return;
  }
}

std::optional<Space::Node> Space::after(const Node& node, const Move& move,
                                        const std::vector<uint32_t>& touched) const {
  for (uint32_t i : touched) {
    if (!permits(node, instances_[i], move)) return std::nullopt;
  }
  Node next = node;
  for (uint32_t i : touched) {
    advance(next, instances_[i], move, Outcome::Granted);
    advance(next, instances_[i], move,
            move.reply == ReplyStatus::Ok ? Outcome::Ok : Outcome::Error);
  }
  return next;
}

std::optional<Space::Node> Space::after(const Node& node, size_t move) const {
  return after(node, moves_[move], touched_[move]);
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

std::vector<Move> Space::moves_for(const std::vector<Request>& goals) const {
  std::vector<Move> moves;
  for (const Request& goal : goals) {
    for (ReplyStatus reply : replies_of(model_, protocols_, goal.operation))
      moves.push_back({goal, reply, {}});
  }
  return moves;
}

Search Space::search(const std::vector<Request>& goals) const { return search(goals, {}); }

Search Space::search(const std::vector<Wanted>& states) const { return search({}, states); }

Search Space::search(const std::vector<Request>& goals, const std::vector<Wanted>& states) const {
  const std::vector<Move> goal_moves = moves_for(goals);
  std::vector<std::vector<uint32_t>> touched;
  for (const Move& move : goal_moves) touched.push_back(touched_by(move));
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
        if (auto next = after(node, goal_moves[g], touched[g])) {
          next->back() = fulfilled + 1;
          frontier.add(std::move(*next), at, moves_.size() + instances_.size() + g);
        }
      }
      for (size_t m = 0; m < moves_.size(); ++m) {
        if (auto next = after(node, m)) frontier.add(std::move(*next), at, m);
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

bool Space::mark_states(const Node& node, Exploration& seen) const {
  bool news = false;
  for (const Instance& instance : instances_) {
    if (instance.caller.valid() && instance.caller != requester_) continue;
    std::vector<bool>::reference mark = seen.states[instance.index][node[instance.offset]];
    news = news || !mark;
    mark = true;
  }
  return news;
}

// Whether something is granted in the node, now or after timeouts alone.
Space::Waking Space::lives(const Node& node) const {
  const Awake maybe = [&](const Node& n) {
    for (size_t m = 0; m < moves_.size(); ++m) {
      if (permits(n, m)) return true;
    }
    return false;
  };
  const Awake surely = [&](const Node& n) {
    for (size_t m = 0; m < moves_.size(); ++m) {
      if (permits_for_sure(n, m)) return true;
    }
    return false;
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
        auto next = after(node, m);
        if (!next) continue;
        seen.enabled.insert({moves_[m].request.caller, moves_[m].request.operation});
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

void Space::look_around(Exploration& seen) const {
  Exploration here;
  for (const auto& states : seen.states) here.states.emplace_back(states.size(), false);
  std::vector<Node> nodes = {initial()};
  mark_states(nodes[0], here);
  const auto add = [&](Node node) {
    mark_states(node, seen);
    if (mark_states(node, here)) nodes.push_back(std::move(node));
  };
  for (size_t at = 0; at < nodes.size(); ++at) {
    for (size_t m = 0; m < moves_.size(); ++m) {
      auto next = after(nodes[at], m);
      if (!next) continue;
      seen.enabled.insert({moves_[m].request.caller, moves_[m].request.operation});
      add(std::move(*next));
    }
    for (const Instance& instance : instances_) {
      if (auto next = after_timeout(nodes[at], instance)) add(std::move(*next));
    }
  }
}

}  // namespace bh
