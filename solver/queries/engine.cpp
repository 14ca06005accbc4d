#include "solver/queries/engine.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh {

Engine::Engine(const CheckedModel& checked_model, const CheckOptions& check_options)
    : model(*checked_model),
      checked(checked_model),
      options(check_options),
      questions(check_options.rlimit),
      matrix(model, questions),
      protocols(model.endpoints.size()),
      states_left_(check_options.total_state_limit),
      invariants_(check_options.rlimit),
      evaluator_(checked_model) {
  for (MethodId id : model.methods.ids()) signatures_.push_back(questions.signature_of(model, id));
  for (ProtocolId id : model.protocols.ids()) {
    protocols[model.protocols[id].endpoint.value].push_back(id);
  }
  for (const std::vector<ProtocolId>& list : protocols) kinds_.push_back(kind_of(list));
  if (options.obligations) questions.keep_trail();
  ask_ahead();
}

// What the rules grant in each cell, and what each of several rules of a cell adds to it.
void Engine::ask_ahead() {
  std::vector<Question> ahead;
  for (const MatrixCell& cell : matrix.cells()) {
    ahead.push_back({cell.signature, cell.granted});
    if (cell.allows.size() + cell.denies.size() == 1) continue;
    smt::Exprs& formulas = questions.exprs(cell.signature);
    for (const Match& allow : cell.allows) {
      std::vector<smt::ExprId> others = {cell.denied};
      for (const Match& other : cell.allows) {
        if (other.rule != allow.rule) others.push_back(other.when);
      }
      ahead.push_back({cell.signature, formulas.without(allow.when, cell.denied)});
      ahead.push_back({cell.signature, formulas.without(allow.when, formulas.any_of(others))});
    }
  }
  questions.prepare(std::move(ahead), options.threads);
}

smt::ExprId Engine::import(OperationId operation, ConditionId condition) {
  return exprs(operation).import(model.conditions, condition);
}

static Can can_from(smt::AnswerKind never) {
  switch (never) {
    case smt::AnswerKind::Holds:
      return Can::No;
    case smt::AnswerKind::Violated:
      return Can::Yes;
    case smt::AnswerKind::Unknown:
      return Can::Unknown;
  }
  BH_CHECK(false);
}

Can Engine::rules_grant(const MatrixCell& cell) {
  return can_from(questions.never(cell.signature, cell.granted));
}

Engine::Kind Engine::kind_of(const std::vector<ProtocolId>& list) const {
  Kind kind;
  size_t clocks = 0;
  for (ProtocolId id : list) {
    const Protocol& protocol = model.protocols[id];
    const bool shared = protocol.instances == InstanceKind::Shared;
    kind.has_shared = kind.has_shared || shared;
    kind.has_per_caller = kind.has_per_caller || !shared;
    clocks += std::any_of(protocol.states.begin(), protocol.states.end(),
                          [](const State& state) { return state.timeout.has_value(); });
    for (const Transition& transition : protocol.transitions) {
      kind.has_limit = kind.has_limit || transition.at_most;
      kind.tells_callers_apart =
          kind.tells_callers_apart || transition.by || transition.mover != Mover::Anyone;
    }
  }
  kind.has_one_clock = clocks <= 1;
  return kind;
}

static bool is_forbidden(const std::optional<Forbidden>& forbidden, ComponentId requester,
                         const Move& move) {
  if (!forbidden || move.request.operation != forbidden->operation) return false;
  if (!forbidden->by_anyone && move.request.caller != requester) return false;
  switch (forbidden->outcome) {
    case Outcome::Granted:
      return true;
    case Outcome::Ok:
      return move.reply == ReplyStatus::Ok;
    case Outcome::Error:
      return move.reply == ReplyStatus::Error;
  }
  BH_CHECK(false);
}

Space Engine::space(EndpointId endpoint, ComponentId requester, Limits limits,
                    const std::optional<Forbidden>& forbidden) {
  return space(protocols[endpoint.value], endpoint, requester, limits, forbidden);
}

Space Engine::space(const std::vector<ProtocolId>& some, EndpointId endpoint, ComponentId requester,
                    Limits limits, const std::optional<Forbidden>& forbidden) {
  const bool others_move = kind(endpoint).has_shared;
  const bool each_other = kind(endpoint).tells_callers_apart ||
                          (limits == Limits::Counted && kind(endpoint).has_per_caller);
  std::vector<Move> moves;
  for (OperationId operation : model.endpoints[endpoint].operations) {
    std::vector<ComponentId> callers;
    const MatrixCell* own = matrix.find(requester, operation);
    if (own && rules_grant(*own) != Can::No) callers.push_back(requester);
    const MatrixCell* cell = others_move ? matrix.begin_of(operation) : matrix.end_of(operation);
    for (; cell != matrix.end_of(operation); ++cell) {
      if (cell->subject == requester || rules_grant(*cell) == Can::No) continue;
      callers.push_back(cell->subject);
      if (!each_other) break;
    }
    for (ComponentId caller : callers) {
      for (ReplyStatus reply : {ReplyStatus::Ok, ReplyStatus::Error}) {
        const Move move{{caller, operation, {}}, reply, {}};
        const auto replies = replies_of(model, some, operation);
        const bool is_call = model.method_of(operation).kind == MethodKind::Call;
        const bool told_apart = std::find(replies.begin(), replies.end(), reply) != replies.end() ||
                                (is_call && forbidden && forbidden->operation == operation);
        if (told_apart && !is_forbidden(forbidden, requester, move)) moves.push_back(move);
      }
    }
  }
  return Space(model, some, requester, std::move(moves), limits,
               std::min(options.state_limit, states_left_));
}

void Engine::spend(size_t states) { states_left_ -= std::min(states, states_left_); }

bool Engine::is_enabled(const Exploration& seen, const MatrixCell& cell) {
  const EndpointId endpoint = model.operations[cell.operation].endpoint;
  if (kind(endpoint).has_per_caller || kind(endpoint).tells_callers_apart)
    return seen.enabled.contains({alike(endpoint, cell.subject), cell.operation});
  return std::any_of(seen.enabled.begin(), seen.enabled.end(),
                     [&](const auto& pair) { return pair.second == cell.operation; });
}

ComponentId Engine::alike(EndpointId endpoint, ComponentId requester) {
  if (kind(endpoint).has_shared || kind(endpoint).tells_callers_apart) return requester;
  const uint64_t key = uint64_t{endpoint.value} << 32 | requester.value;
  const auto [it, is_new] = alike_.try_emplace(key, requester);
  if (!is_new) return it->second;
  std::vector<bool> granted;
  for (OperationId operation : model.endpoints[endpoint].operations) {
    const MatrixCell* cell = matrix.find(requester, operation);
    const Can can = cell ? rules_grant(*cell) : Can::No;
    if (can == Can::Unknown) return requester;
    granted.push_back(can == Can::Yes);
  }
  it->second = first_with_.try_emplace({endpoint, granted}, requester).first->second;
  return it->second;
}

bool Engine::refuse(const std::vector<ProtocolId>& some, ComponentId subject, OperationId operation,
                    const std::optional<Forbidden>& forbidden) {
  const EndpointId endpoint = model.operations[operation].endpoint;
  const std::vector<Request> goals = {{subject, operation, {}}};
  for (Limits limits : {Limits::Ignored, Limits::Counted}) {
    const Search found = search(space(some, endpoint, subject, limits, forbidden), goals);
    if (found.kind == SearchKind::Impossible) return true;
  }
  return false;
}

bool Engine::has_unknown(EndpointId endpoint) {
  const auto [it, is_new] = has_unknown_.try_emplace(endpoint, false);
  if (!is_new) return it->second;
  for (OperationId operation : model.endpoints[endpoint].operations) {
    it->second = it->second || std::any_of(matrix.begin_of(operation), matrix.end_of(operation),
                                           [&](const MatrixCell& cell) {
                                             return rules_grant(cell) == Can::Unknown;
                                           });
  }
  return it->second;
}

std::vector<ComponentId> Engine::callers(EndpointId endpoint) {
  std::vector<ComponentId> result;
  for (OperationId operation : model.endpoints[endpoint].operations) {
    for (const MatrixCell* cell = matrix.begin_of(operation); cell != matrix.end_of(operation);
         ++cell) {
      if (rules_grant(*cell) != Can::No) result.push_back(cell->subject);
    }
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

Can Engine::can_be_granted(const MatrixCell& cell) {
  const Can by_rules = rules_grant(cell);
  const EndpointId endpoint = model.operations[cell.operation].endpoint;
  if (by_rules == Can::No || protocols[endpoint.value].empty()) return by_rules;
  const Exploration& seen = explored(endpoint, cell.subject);
  const bool enabled = is_enabled(seen, cell);
  if (seen.complete && !enabled) {
    const ComponentId first = alike(endpoint, cell.subject);
    if (options.obligations && claimed_.insert({cell.operation, first}).second) {
      const std::vector<Request> goal = {{first, cell.operation, {}}};
      claim_impossible(endpoint, first, goal, std::nullopt);
    }
    return Can::No;
  }
  const bool is_exact = kind(endpoint).is_simple() && kind(endpoint).has_one_clock;
  if (enabled && is_exact && !has_unknown(endpoint)) return by_rules;
  const ComponentId first = alike(endpoint, cell.subject);
  const auto [it, is_new] = granted_.try_emplace({cell.operation, first}, Can::Unknown);
  if (is_new) it->second = reach(first, {{cell.operation, smt::Exprs::True}}).can;
  return it->second;
}

// Sets of states that all have to be met to reach the goals.
static std::vector<smt::StateSet> sets_of(const Space& space, const Space::Projection& projection,
                                          const std::vector<Wanted>& states) {
  return {space.seen(projection, states)};
}

static std::vector<smt::StateSet> sets_of(const Space& space, const Space::Projection& projection,
                                          const std::vector<Request>& goals) {
  std::vector<smt::StateSet> sets;
  for (const Request& goal : goals) sets.push_back(space.granted(projection, goal));
  return sets;
}

template <class Goals>
void Engine::claim_impossible(EndpointId endpoint, ComponentId requester, const Goals& goals,
                              const std::optional<Forbidden>& forbidden) {
  if (!options.obligations) return;
  const Space whole = space(endpoint, requester, Limits::Counted, forbidden);
  const std::optional<Space::Projection> projection = whole.project();
  if (!projection) {
    state_claims_.push_back({endpoint, {}, {}});
    return;
  }
  const std::vector<smt::StateSet> sets = sets_of(whole, *projection, goals);
  if (sets.size() != 1) return;  // of several goals in a row no one need be impossible
  const auto same =
      std::find_if(state_claims_.begin(), state_claims_.end(), [&](const StateClaim& claim) {
        return claim.endpoint == endpoint && claim.automata == projection->automata;
      });
  if (same != state_claims_.end()) {
    same->sets.push_back(sets[0]);
  } else {
    state_claims_.push_back({endpoint, projection->automata, sets});
  }
}

void Engine::claim_never(EndpointId endpoint, ComponentId requester,
                         const std::vector<Wanted>& states) {
  claim_impossible(endpoint, requester, states, std::nullopt);
}

static Reachability cannot() { return {Can::No, {}, 0, {}}; }

static Reachability unknown(std::string reason) { return {Can::Unknown, {}, 0, std::move(reason)}; }

Reachability Engine::reach(ComponentId subject, const std::vector<Wish>& wishes,
                           const std::optional<Forbidden>& forbidden) {
  std::map<EndpointId, std::vector<Request>> goals;
  for (const Wish& wish : wishes) {
    const MatrixCell* cell = matrix.find(subject, wish.operation);
    if (!cell) return cannot();
    const smt::ExprId wished = questions.exprs(cell->signature).all_of({cell->granted, wish.when});
    const smt::Answer& answer = questions.least(cell->signature, wished);
    if (answer.kind == smt::AnswerKind::Holds) return cannot();
    if (answer.kind == smt::AnswerKind::Unknown) return unknown(answer.reason);
    goals[model.operations[wish.operation].endpoint].push_back(
        {subject, wish.operation, answer.words});
  }
  std::map<EndpointId, Search> found;
  for (const auto& [endpoint, requests] : goals) {
    Search search_result = search(endpoint, subject, requests, forbidden);
    if (search_result.kind == SearchKind::Impossible) {
      claim_impossible(endpoint, subject, requests, forbidden);
      return cannot();
    }
    if (search_result.kind == SearchKind::GaveUp) return unknown(why(search_result, endpoint));
    found.emplace(endpoint, std::move(search_result));
  }
  // Endpoints do not touch each other's protocols: each goal brings the moves that lead up to it.
  std::vector<Move> path;
  std::map<EndpointId, size_t> done;
  for (const Wish& wish : wishes) {
    const EndpointId endpoint = model.operations[wish.operation].endpoint;
    const Search& part = found.at(endpoint);
    size_t& goal = done[endpoint];
    const size_t first = goal == 0 ? 0 : part.goal_ends[goal - 1];
    path.insert(path.end(), part.path.begin() + static_cast<ptrdiff_t>(first),
                part.path.begin() + static_cast<ptrdiff_t>(part.goal_ends[goal]));
    ++goal;
  }
  return finish(path, {});
}

Reachability Engine::reach(ComponentId requester, const std::vector<Wanted>& states) {
  std::map<EndpointId, std::vector<Wanted>> parts;
  std::vector<std::pair<ProtocolId, ComponentId>> seen;
  for (const Wanted& wanted : states) {
    parts[model.protocols[wanted.protocol].endpoint].push_back(wanted);
    seen.emplace_back(wanted.protocol, requester);
  }
  std::vector<Move> path;
  std::string open;
  for (const auto& [endpoint, wanted] : parts) {
    const Search part = search(endpoint, requester, wanted, std::nullopt);
    if (part.kind == SearchKind::Impossible) {
      claim_impossible(endpoint, requester, wanted, std::nullopt);
      return cannot();
    }
    if (part.kind == SearchKind::GaveUp && open.empty()) open = why(part, endpoint);
    path.insert(path.end(), part.path.begin(), part.path.end());
  }
  return open.empty() ? finish(path, seen) : unknown(open);
}

Reachability Engine::finish(const std::vector<Move>& path,
                            const std::vector<std::pair<ProtocolId, ComponentId>>& seen) {
  std::optional<Schedule> times = schedule(model, path, seen);
  if (!times) return unknown("several timeouts would have to come in an order that was not found");
  if (!complete(times->trace)) return unknown("the solver found no arguments for a step");
  return {Can::Yes, std::move(times->trace), times->rest_ms, {}};
}

std::optional<Schedule> Engine::complete(const std::vector<Move>& path) {
  std::optional<Schedule> times = schedule(model, path);
  if (!times || !complete(times->trace)) return std::nullopt;
  return times;
}

bool Engine::complete(Trace& trace) {
  for (TraceStep& step : trace) {
    Request& request = step.request;
    if (!request.words.empty() || model.method_of(request.operation).parameters.empty()) continue;
    const MatrixCell* cell = matrix.find(request.caller, request.operation);
    const smt::Answer& answer = questions.least(cell->signature, cell->granted);
    if (answer.kind != smt::AnswerKind::Violated) return false;
    request.words = answer.words;
  }
  return true;
}

std::vector<Decision> Engine::replay(const Trace& trace) {
  evaluator_.reset();
  std::vector<Decision> decisions;
  for (const TraceStep& step : trace) decisions.push_back(evaluator_.step(step));
  return decisions;
}

bool Engine::replays(const Trace& trace) {
  const std::vector<Decision> decisions = replay(trace);
  return std::all_of(decisions.begin(), decisions.end(),
                     [](const Decision& d) { return d.granted(); });
}

}  // namespace bh
