// What all queries share: the matrix, the solver, and what can be reached through the protocols.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/model/model.h"
#include "solver/check.h"
#include "solver/queries/invariant.h"
#include "solver/queries/matrix.h"
#include "solver/queries/questions.h"
#include "solver/queries/schedule.h"
#include "solver/queries/space.h"
#include "solver/reference/evaluator.h"

namespace bh {

enum class Can : uint8_t { Yes, No, Unknown };

// One request wished for: an operation, with arguments that satisfy `when` (of the operation's
// signature).
struct Wish {
  OperationId operation;
  smt::ExprId when = smt::Exprs::True;
};

// Moves that must not have been made: the subject's own requests for `operation`, with any reply
// (Granted) or with this reply only (Ok, Error).
struct Forbidden {
  OperationId operation;
  Outcome outcome = Outcome::Granted;
  bool by_anyone = false;  // not the subject's alone
};

struct Reachability {
  Can can = Can::Unknown;
  Trace trace;           // Yes: the shortest, from the initial state
  uint64_t rest_ms = 0;  // Yes: that pass after the trace
  std::string reason;    // Unknown
};

// That the protocols of an endpoint never get into any of some sets of states.
struct StateClaim {
  EndpointId endpoint;
  smt::Automata automata;  // none when an instance has too many states to be one
  std::vector<smt::StateSet> sets;
};

class Engine {
 public:
  Engine(const CheckedModel& model, const CheckOptions& options);

  const Model& model;
  const CheckedModel& checked;
  const CheckOptions& options;
  Questions questions;
  Matrix matrix;
  std::vector<std::vector<ProtocolId>> protocols;  // by endpoint, declaration order

  SignatureId signature_of(OperationId operation) const {
    return signatures_[model.operations[operation].method.value];
  }
  smt::Exprs& exprs(OperationId operation) { return questions.exprs(signature_of(operation)); }
  smt::ExprId import(OperationId operation, ConditionId condition);

  // Do the rules grant the cell any request?
  Can rules_grant(const MatrixCell& cell);
  // Do rules and protocols together, in some reachable state? Unknown counts as possible in proofs.
  Can can_be_granted(const MatrixCell& cell);
  // Can the subject be granted these requests, in this order?
  Reachability reach(ComponentId subject, const std::vector<Wish>& wishes,
                     const std::optional<Forbidden>& forbidden = std::nullopt);

  // Can the requester see all these protocols in such states at the same time?
  Reachability reach(ComponentId requester, const std::vector<Wanted>& states);

  // Stands for all requesters that the endpoint treats like this one: the same operations are
  // granted to them, and no protocol there tells callers apart or is shared.
  ComponentId alike(EndpointId endpoint, ComponentId requester);
  // Whether these protocols of its endpoint are enough to keep the subject from ever being granted
  // the operation.
  bool refuse(const std::vector<ProtocolId>& some, ComponentId subject, OperationId operation,
              const std::optional<Forbidden>& forbidden);
  // The endpoint's protocols as the requester can move them, limits ignored. Computed once.
  const Exploration& explored(EndpointId endpoint, ComponentId requester);
  // The same, exactly.
  Exploration explore_exactly(EndpointId endpoint, ComponentId requester);
  // Whether the solver gave up on what the rules grant somewhere at the endpoint.
  bool has_unknown(EndpointId endpoint);
  // Components for which some rule grants something at the endpoint, in declaration order.
  std::vector<ComponentId> callers(EndpointId endpoint);

  // What was found impossible since the last time, if the options ask for obligations.
  std::vector<StateClaim> take_state_claims() { return std::exchange(state_claims_, {}); }
  // Keeps it as such a claim that the requester never sees these states together.
  void claim_never(EndpointId endpoint, ComponentId requester, const std::vector<Wanted>& states);

  // The waits and arguments that make a path a trace; nothing when they are not found.
  std::optional<Schedule> complete(const std::vector<Move>& path);
  // What the reference evaluator says to each step of the trace.
  std::vector<Decision> replay(const Trace& trace);
  // Whether it grants all of them.
  bool replays(const Trace& trace);

 private:
  Space space(EndpointId endpoint, ComponentId requester, Limits limits,
              const std::optional<Forbidden>& forbidden);
  // The same with some of its protocols only.
  Space space(const std::vector<ProtocolId>& some, EndpointId endpoint, ComponentId requester,
              Limits limits, const std::optional<Forbidden>& forbidden);
  // What the protocols of an endpoint are like.
  struct Kind {
    bool has_shared = false;
    bool has_per_caller = false;
    bool has_limit = false;
    bool has_one_clock = true;         // at most one of a caller's instances there has timeouts
    bool tells_callers_apart = false;  // some transition there is only for some of the callers
    // Ignoring limits and other callers' instances is no approximation.
    bool is_simple() const { return !has_limit && !(has_shared && has_per_caller); }
  };
  Kind kind_of(const std::vector<ProtocolId>& protocols) const;
  const Kind& kind(EndpointId endpoint) const { return kinds_[endpoint.value]; }
  template <class Goals>
  Search search(EndpointId endpoint, ComponentId subject, const Goals& goals,
                const std::optional<Forbidden>& forbidden);
  template <class Goals>
  Search search(Space space, const Goals& goals);
  // Whether an invariant proves that some goal is never met.
  bool is_excluded(const Space& space, const std::vector<Wanted>& states);
  bool is_excluded(const Space& space, const std::vector<Request>& goals);
  Search find_by_formula(const Space& space, const Space::Projection& projection,
                         const smt::StateSet& set, const std::vector<Request>& goals,
                         size_t most_runs);
  std::string why(const Search& gave_up, EndpointId endpoint) const;
  bool is_unreachable(const Space::Projection& projection, const smt::StateSet& set,
                      uint64_t rlimit) const;
  bool is_enabled(const Exploration& seen, const MatrixCell& cell);
  // Whether the invariant proves what the exploration had no room to see.
  bool settles(const Space& space, const Exploration& seen);
  // Yes if the path can be completed.
  Reachability finish(const std::vector<Move>& path,
                      const std::vector<std::pair<ProtocolId, ComponentId>>& seen);

  template <class Goals>
  void claim_impossible(EndpointId endpoint, ComponentId requester, const Goals& goals,
                        const std::optional<Forbidden>& forbidden);
  void ask_ahead();
  void spend(size_t states);
  // Gives each step that has no arguments yet the least ones that the rules grant; false when the
  // solver does not know any.
  bool complete(Trace& trace);

  std::vector<SignatureId> signatures_;  // by method
  std::vector<Kind> kinds_;              // by endpoint
  size_t states_left_;                   // of all searches together
  size_t formulas_left_ = 8;             // searches by formula that may fail: each takes long
  Invariants invariants_;
  std::map<std::pair<EndpointId, ComponentId>, Exploration> explored_;
  std::map<std::pair<OperationId, ComponentId>, Can> granted_;  // where it took a search
  std::unordered_map<uint64_t, ComponentId> alike_;  // by endpoint and requester
  std::map<std::pair<EndpointId, std::vector<bool>>, ComponentId> first_with_;
  std::map<EndpointId, bool> has_unknown_;
  std::vector<StateClaim> state_claims_;
  std::set<std::pair<OperationId, ComponentId>> claimed_;  // never granted by the protocols
  Evaluator evaluator_;
};

}  // namespace bh
