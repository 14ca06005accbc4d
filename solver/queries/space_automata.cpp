// The instances of a space as automata.
#include <algorithm>
#include <map>

#include "solver/queries/space.h"

namespace bh {

using smt::Automata;
using Local = Space::Projection::Local;

// What the move does to an instance in `from`, but for the locations' numbers; nothing when it is
// refused.
std::optional<Automata::Step> Space::step(const Instance& instance, Local from, const Move& move,
                                          Local& to) const {
  const std::vector<Transition>& all = model_.protocols[instance.protocol].transitions;
  const MethodId method = model_.operations[move.request.operation].method;
  const std::vector<uint32_t>& counters = counters_[instance.index];
  Automata::Step step;
  bool permitted = false;
  for (const auto& [_, t] : transitions(instance, from.state, method)) {
    if (!may_take(all[t], from.holder, move.request.caller)) continue;
    permitted = true;
    if (all[t].at_most == 0) return std::nullopt;
    if (all[t].at_most) step.below = counters[t];
  }
  if (!permitted) return std::nullopt;
  to = from;
  const Outcome replied = move.reply == ReplyStatus::Ok ? Outcome::Ok : Outcome::Error;
  for (Outcome outcome : {Outcome::Granted, replied}) {
    for (const auto& [_, t] : transitions(instance, to.state, method)) {
      if (all[t].outcome != outcome || !may_take(all[t], to.holder, move.request.caller)) continue;
      if (all[t].to != to.state) {
        to = {all[t].to, instance.has_holder ? move.request.caller : ComponentId()};
        step.clears = true;
        step.counts = Automata::None;
      } else if (all[t].at_most && *all[t].at_most > 0) {
        step.counts = counters[t];
      }
      break;
    }
  }
  return step;
}

// The moves are numbered as in move_of().
std::optional<Space::Projection> Space::project(const std::vector<Request>& goals) const {
  Projection result;
  const std::vector<Move> goal_moves = moves_for(goals);
  const size_t first_goal = moves_.size() + instances_.size();
  std::vector<Automata::Move> moves(first_goal + goal_moves.size());
  std::vector<std::vector<uint32_t>> touched = touched_;
  touched.resize(first_goal);
  for (const Move& move : goal_moves) touched.push_back(touched_by(move));
  for (uint32_t i = 0; i < instances_.size(); ++i) {
    const Instance& instance = instances_[i];
    const Protocol& protocol = model_.protocols[instance.protocol];
    Automata::Automaton automaton;
    for (const Transition& t : protocol.transitions) {
      if (t.at_most && *t.at_most > 0) automaton.limits.push_back(*t.at_most);
    }
    std::vector<Local> locations = {{protocol.initial, ComponentId()}};
    const auto place_of = [&](Local local) {
      const auto at = std::find(locations.begin(), locations.end(), local);
      const auto place = static_cast<uint32_t>(at - locations.begin());
      if (at == locations.end()) locations.push_back(local);
      return place;
    };
    const auto add = [&](size_t move, const Automata::Step& step) {
      std::vector<Automata::Part>& parts = moves[move].parts;
      if (parts.empty() || parts.back().automaton != i) parts.push_back({i, {}});
      parts.back().steps.push_back(step);
    };
    for (uint32_t from = 0; from < locations.size(); ++from) {
      if (locations.size() > Automata::MostLocations) return std::nullopt;
      const Local here = locations[from];
      for (size_t m = 0; m < moves.size(); ++m) {
        if (!std::binary_search(touched[m].begin(), touched[m].end(), i)) continue;
        Local to{};
        const Move& move = m < first_goal ? moves_[m] : goal_moves[m - first_goal];
        std::optional<Automata::Step> made = step(instance, here, move, to);
        if (!made) continue;
        made->from = from;
        made->to = place_of(to);
        add(m, *made);
      }
      if (const std::optional<Timeout>& timeout = protocol.states[here.state].timeout) {
        Automata::Step made;
        made.from = from;
        made.to = place_of({timeout->to, ComponentId()});
        made.clears = true;
        add(moves_.size() + i, made);
      }
    }
    automaton.locations = static_cast<uint32_t>(locations.size());
    result.automata.automata.push_back(std::move(automaton));
    result.locations.push_back(std::move(locations));
  }
  if (goals.size() >= Automata::MostLocations) return std::nullopt;
  if (!goals.empty())
    result.automata.automata.push_back({static_cast<uint32_t>(goals.size() + 1), 0, {}});
  std::map<Automata::Move, size_t> kinds;  // each with the first such move
  for (size_t m = 0; m < moves.size(); ++m) {
    // A move that some instance always refuses is none, nor is a timeout that nobody has.
    const bool is_timeout = m >= moves_.size() && m < first_goal;
    if (moves[m].parts.size() != (is_timeout ? 1 : touched[m].size())) continue;
    if (m >= first_goal) {
      Automata::Part fulfils{static_cast<uint32_t>(instances_.size()), {}};
      for (uint32_t g = 0; g < goals.size(); ++g) {
        if (goals[g] != goal_moves[m - first_goal].request) continue;
        Automata::Step& next = fulfils.steps.emplace_back();
        next.from = g;
        next.to = g + 1;
      }
      moves[m].parts.push_back(std::move(fulfils));
    }
    kinds.try_emplace(std::move(moves[m]), m);
  }
  for (auto& [move, origin] : kinds) {
    result.automata.moves.push_back(move);
    result.origins.push_back(origin);
  }
  return result;
}

bool Space::has_counters_or_clocks() const {
  return std::any_of(protocols_.begin(), protocols_.end(), [&](ProtocolId id) {
    const Protocol& protocol = model_.protocols[id];
    return std::any_of(protocol.states.begin(), protocol.states.end(),
                       [](const State& state) { return state.timeout.has_value(); }) ||
           std::any_of(protocol.transitions.begin(), protocol.transitions.end(),
                       [](const Transition& t) { return t.at_most.has_value(); });
  });
}

// ---- paths from elsewhere
// ---------------------------------------------------------------------------------------

std::optional<Space::Node> Space::after(const std::vector<Move>& path) const {
  std::optional<Node> node = initial();
  for (const Move& move : path) {
    if (!move.timeout.valid()) {
      node = after(*node, move, touched_by(move));
    } else {
      const auto timed = std::find_if(instances_.begin(), instances_.end(), [&](const Instance& i) {
        return i.protocol == move.timeout && concerns(i, move);
      });
      node = timed == instances_.end() ? std::nullopt : after_timeout(*node, *timed);
    }
    if (!node) return std::nullopt;
  }
  return node;
}

bool Space::admits(const std::vector<Move>& path) const { return after(path).has_value(); }

bool Space::ends_with(const std::vector<Move>& path) const {
  const std::optional<Node> last = after(path);
  return last && lives(*last) == Waking::Never;
}

// ---- sets of states
// -------------------------------------------------------------------------------

smt::StateSet Space::granted(const Projection& projection, const Request& request) const {
  const Move move{request, ReplyStatus::Ok, {}};
  smt::StateSet set;
  for (uint32_t i : touched_by(move)) {
    smt::Within within{i, 0};
    for (uint32_t l = 0; l < projection.locations[i].size(); ++l) {
      Local to{};
      if (step(instances_[i], projection.locations[i][l], move, to))
        within.locations |= uint64_t{1} << l;
    }
    set.push_back({within});
  }
  return set;
}

smt::StateSet Space::seen(const Projection& projection, const std::vector<Wanted>& states) const {
  smt::StateSet set;
  for (const Wanted& wanted : states) {
    std::vector<smt::Within>& any = set.emplace_back();
    for (uint32_t i = 0; i < instances_.size(); ++i) {
      const Instance& instance = instances_[i];
      if (instance.protocol != wanted.protocol) continue;
      if (instance.caller.valid() && instance.caller != requester_) continue;
      smt::Within within{i, 0};
      for (uint32_t l = 0; l < projection.locations[i].size(); ++l) {
        const uint32_t state = projection.locations[i][l].state;
        const bool counts = std::count(wanted.states.begin(), wanted.states.end(), state) > 0;
        within.locations |= uint64_t{counts} << l;
      }
      any.push_back(within);
    }
  }
  return set;
}

smt::StateSet Space::stuck(const Projection& projection) const {
  smt::StateSet set;
  for (size_t m = 0; m < projection.origins.size(); ++m) {
    const size_t origin = projection.origins[m];
    if (origin >= moves_.size()) continue;
    if (!others_are_whole_ && moves_[origin].request.caller != requester_) continue;
    std::vector<smt::Within>& refused = set.emplace_back();
    for (const Automata::Part& part : projection.automata.moves[m].parts) {
      refused.push_back({part.automaton, ~part.locations()});
      for (const Automata::Step& step : part.steps) {
        if (step.below == Automata::None) continue;
        refused.push_back({part.automaton, uint64_t{1} << step.from, step.below});
      }
    }
  }
  return set;
}

Search Space::expand(const Projection& projection, const std::vector<smt::Run>& runs,
                     const std::vector<Request>& goals) const {
  const std::vector<Move> goal_moves = moves_for(goals);
  Search result;
  result.kind = SearchKind::Found;
  for (const smt::Run& run : runs) {
    const size_t origin = projection.origins[run.move];
    result.path.insert(result.path.end(), run.times, move_of(origin, goal_moves));
    if (origin >= moves_.size() + instances_.size()) result.goal_ends.push_back(result.path.size());
  }
  return result;
}

}  // namespace bh
