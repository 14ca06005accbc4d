// How protocols are searched, from what is quick to what is thorough: a look around, invariants,
// formulas, everything.
#include <fmt/format.h>

#include <algorithm>

#include "solver/queries/engine.h"
#include "solver/queries/report.h"

namespace bh {

// Invariants are for what is larger than this: a search of this size takes less than their proof.
static constexpr size_t FirstLook = 20'000;
// How far a formula looks before everything is tried, and after that.
static constexpr size_t ShortRuns = 6;
static constexpr size_t MostRuns = 20;

// Where no instance belongs to one caller, all of them see the same.
const Exploration& Engine::explored(EndpointId endpoint, ComponentId requester) {
  requester = kind(endpoint).has_per_caller ? alike(endpoint, requester) : ComponentId();
  const auto [it, is_new] = explored_.try_emplace({endpoint, requester});
  Exploration& seen = it->second;
  if (!is_new) return seen;
  Space space = this->space(endpoint, requester, Limits::Ignored, std::nullopt);
  const size_t most = std::min(options.state_limit, states_left_);
  space.set_state_limit(std::min(FirstLook, most));
  seen = space.explore();
  spend(seen.states_explored);
  if (seen.complete || most <= FirstLook) return seen;
  space.look_around(seen);
  if (settles(space, seen)) {
    seen.complete = true;
    return seen;
  }
  space.set_state_limit(std::min(options.state_limit, states_left_));
  seen = space.explore();
  spend(seen.states_explored);
  return seen;
}

bool Engine::settles(const Space& space, const Exploration& seen) {
  const std::optional<Space::Projection> projection = space.project();
  if (!projection) return false;
  const auto never = [&](const smt::StateSet& set) {
    return invariants_.keep_out(projection->automata, set);
  };
  for (size_t p = 0; p < seen.states.size(); ++p) {
    for (uint32_t state = 0; state < seen.states[p].size(); ++state) {
      if (seen.states[p][state]) continue;
      if (!never(space.seen(*projection, {{space.protocols()[p], {state}}}))) return false;
    }
  }
  for (const Move& move : space.moves()) {
    if (seen.enabled.contains({move.request.caller, move.request.operation})) continue;
    if (!never(space.granted(*projection, move.request))) return false;
  }
  return !seen.maybe_dead_end && never(space.stuck(*projection));
}

// No dead end is left to be found.
static Exploration settled(Exploration seen) {
  seen.complete = true;
  seen.maybe_dead_end = false;
  return seen;
}

Exploration Engine::explore_exactly(EndpointId endpoint, ComponentId requester) {
  Space space = this->space(endpoint, requester, Limits::Counted, std::nullopt);
  const size_t most = std::min(options.state_limit, states_left_);
  space.set_state_limit(std::min(FirstLook, most));
  Exploration result = space.explore();
  spend(result.states_explored);
  if (result.complete || result.dead_end || most <= FirstLook) return result;
  const std::optional<Space::Projection> projection = space.project();
  const smt::StateSet stuck = projection ? space.stuck(*projection) : smt::StateSet();
  if (projection) {
    const Search found = find_by_formula(space, *projection, stuck, {}, ShortRuns);
    if (found.kind == SearchKind::Found && space.ends_with(found.path)) {
      result.dead_end = found.path;
      return result;
    }
    result.reason = found.reason;
    if (!result.reason.empty()) return result;
    // Limits of billions are no matter of trying.
    if (is_unreachable(*projection, stuck, options.rlimit / 50)) return settled(result);
  }
  space.set_state_limit(std::min(options.state_limit, states_left_));
  result = space.explore();
  spend(result.states_explored);
  if (result.complete || result.dead_end || !projection) return result;
  if (is_unreachable(*projection, stuck, options.rlimit / 5)) return settled(result);
  return result;
}

template <class Goals>
Search Engine::search(EndpointId endpoint, ComponentId subject, const Goals& goals,
                      const std::optional<Forbidden>& forbidden) {
  const bool simple = kind(endpoint).is_simple();
  const Space rough = space(endpoint, subject, Limits::Ignored, forbidden);
  Search result = search(rough, goals);
  if (result.kind == SearchKind::Impossible) return result;
  if (simple) return result;
  const Space exact = space(endpoint, subject, Limits::Counted, forbidden);
  if (result.kind == SearchKind::Found && exact.admits(result.path)) return result;
  return search(exact, goals);
}

static std::optional<Space::Projection> project(const Space& space, const std::vector<Wanted>&) {
  return space.project();
}

static std::optional<Space::Projection> project(const Space& space,
                                                const std::vector<Request>& goals) {
  return space.project(goals);
}

static smt::StateSet target(const Space& space, const Space::Projection& projection,
                            const std::vector<Wanted>& states) {
  return space.seen(projection, states);
}

// The last automaton counts the goals that are fulfilled.
static smt::StateSet target(const Space&, const Space::Projection& projection,
                            const std::vector<Request>& goals) {
  const size_t last = projection.automata.automata.size() - 1;
  return {{{static_cast<uint32_t>(last), uint64_t{1} << goals.size()}}};
}

static std::vector<Request> requests(const std::vector<Wanted>&) { return {}; }

static std::vector<Request> requests(const std::vector<Request>& goals) { return goals; }

// A look around; a proof by an invariant; a short way found by formula; everything; what formulas
// can tell besides.
template <class Goals>
Search Engine::search(Space space, const Goals& goals) {
  const size_t most = std::min(options.state_limit, states_left_);
  space.set_state_limit(std::min(FirstLook, most));
  Search result = space.search(goals);
  spend(result.states);
  if (result.kind != SearchKind::GaveUp || most <= FirstLook) return result;
  if (is_excluded(space, goals)) return {SearchKind::Impossible, 0, {}, {}};
  const std::optional<Space::Projection> projection = project(space, goals);
  const smt::StateSet set = projection ? target(space, *projection, goals) : smt::StateSet();
  if (projection && !space.has_counters_or_clocks()) {
    result = find_by_formula(space, *projection, set, requests(goals), ShortRuns);
    if (result.kind == SearchKind::Found) return result;
  }
  space.set_state_limit(std::min(options.state_limit, states_left_));
  result = space.search(goals);
  spend(result.states);
  if (result.kind != SearchKind::GaveUp || !projection) return result;
  result = find_by_formula(space, *projection, set, requests(goals), MostRuns);
  if (result.kind == SearchKind::GaveUp && is_unreachable(*projection, set, options.rlimit / 5))
    result.kind = SearchKind::Impossible;
  return result;
}

// The same automata for all goals of an endpoint, so that one proof serves them.
bool Engine::is_excluded(const Space& space, const std::vector<Wanted>& states) {
  const std::optional<Space::Projection> projection = space.project();
  return projection && invariants_.keep_out(projection->automata, space.seen(*projection, states));
}

bool Engine::is_excluded(const Space& space, const std::vector<Request>& goals) {
  const std::optional<Space::Projection> projection = space.project();
  return projection && std::any_of(goals.begin(), goals.end(), [&](const Request& goal) {
           return invariants_.keep_out(projection->automata, space.granted(*projection, goal));
         });
}

Search Engine::find_by_formula(const Space& space, const Space::Projection& projection,
                               const smt::StateSet& set, const std::vector<Request>& goals,
                               size_t most_runs) {
  constexpr size_t MostMoves = 1'000'000;
  if (formulas_left_ == 0) return {};
  const smt::Path path =
      find_path(projection.automata, set, most_runs, std::max<uint64_t>(options.rlimit / 10, 1));
  if (!path.found) {
    --formulas_left_;
    return {};
  }
  if (path.moves() <= MostMoves) return space.expand(projection, path.runs, goals);
  Search found;
  found.reason = fmt::format("it takes {} steps, too many to replay", path.moves());
  return found;
}

bool Engine::is_unreachable(const Space::Projection& projection, const smt::StateSet& set,
                            uint64_t rlimit) const {
  return formulas_left_ > 0 &&
         prove_unreachable(projection.automata, set, rlimit) == smt::AnswerKind::Holds;
}

std::string Engine::why(const Search& gave_up, EndpointId endpoint) const {
  if (!gave_up.reason.empty()) return gave_up.reason;
  return fmt::format("the protocols on {} have too many states", print_endpoint(model, endpoint));
}

template Search Engine::search(EndpointId, ComponentId, const std::vector<Request>&,
                               const std::optional<Forbidden>&);
template Search Engine::search(EndpointId, ComponentId, const std::vector<Wanted>&,
                               const std::optional<Forbidden>&);
template Search Engine::search(Space, const std::vector<Request>&);

}  // namespace bh
