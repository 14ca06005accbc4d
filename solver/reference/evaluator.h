// The reference evaluator: what a policy means. Everything else that decides requests (the solver's
// formulas, the decision table, the monitor in the kernel) is tested against this class, and every
// witness is replayed through it before it is shown. It is written to be read, not to be fast.
//
// A request is granted iff
//   1. it has one word per parameter, each in its parameter's domain,
//   2. no deny matches,
//   3. some allow matches,
//   4. every protocol on the endpoint permits the method: in the current state of the request's
//      instance there is a transition for it that the caller may take, whatever its outcome, and
//      none of these has used up its `at most`.
// A refused request changes nothing. A granted one advances each protocol on the endpoint: the
// `-m->` transition of the current state is taken as the call is granted; when the reply comes, the
// `-m ok->` or `-m error->` transition that fits its status, if the state that is then current has
// one, else the state stays. A transition that the caller may not take is not there for it.
//
// An instance that changes to another state enters it: its counters start anew, its time begins,
// and if it is shared, the caller of the request is its holder. Of a transition that stays in its
// state only the taking is counted, if it has a limit. Nobody is the holder of an instance that has
// not moved yet.
//
// Time passes only when wait() says so, and timeouts are exact: an instance enters the next state
// at the very moment at which its time in the last one is over, however much later somebody looks.
// What a timeout leads into is entered anew, even if it is the same state; nobody is its holder.
// Every instance enters its initial state at time 0.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/model/model.h"

namespace bh {

constexpr uint64_t NanosecondsPerMillisecond = 1'000'000;

// Whether the words of a request satisfy a condition. A word that is not there satisfies no atom.
bool holds(const Conditions& conditions, ConditionId id, const std::vector<uint64_t>& words);

class Evaluator {
  struct Instance {
    uint32_t state = 0;
    uint64_t entered = 0;         // when
    ComponentId holder;           // of a shared instance, if there is one
    std::vector<uint32_t> taken;  // by transition: how much of its limit is used up
    bool operator==(const Instance&) const = default;
  };
  // As they were when a request last moved them; no caller when shared.
  using Instances = std::map<std::pair<ProtocolId, ComponentId>, Instance>;

 public:
  // Every protocol instance in its initial state. The model must outlive the evaluator.
  explicit Evaluator(const CheckedModel& model);

  // Decides without changing anything.
  Decision decide(const Request& request) const;
  // Decides; when granted, also takes the transitions of the call and of its reply: call() then
  // reply().
  Decision step(const Request& request, ReplyStatus status);

  // The same after the step's wait.
  Decision step(const TraceStep& next);

  // Nanoseconds since the start. The clock never goes back, and stops at the largest number (after
  // 584 years).
  uint64_t now() const { return now_; }
  void wait(uint64_t nanoseconds);
  void wait_ms(uint64_t milliseconds);
  void advance_to(uint64_t nanoseconds);

  // The two halves of step(). reply() is for a request that call() granted.
  Decision call(const Request& request);
  void reply(const Request& request, ReplyStatus status);

  // The parts of a decision, for whoever asks "which": every rule or protocol, not just the first.
  bool in_range(const Request& request) const;
  bool matches(RuleId rule, const Request& request) const;
  bool permits(ProtocolId protocol, const Request& request) const;
  // Which transition of the request's instance such an outcome takes now; none: the state stays.
  std::optional<uint32_t> taking(ProtocolId protocol, const Request& request,
                                 Outcome outcome) const;
  // A transition that would permit the request if its `at most` were not used up.
  std::optional<uint32_t> used_up(ProtocolId protocol, const Request& request) const;

  // Index of the current state of the caller's instance (of the only one when shared).
  uint32_t state(ProtocolId protocol, ComponentId caller) const;
  // Nobody: an invalid id. Of a shared protocol only.
  ComponentId holder(ProtocolId protocol) const;
  // Nanoseconds until the caller's instance is moved by its timeout; nothing if its state has none.
  std::optional<uint64_t> until_timeout(ProtocolId protocol, ComponentId caller) const;
  // All that decisions depend on besides the policy: two evaluators of a policy with equal
  // snapshots decide alike from here on.
  std::vector<uint32_t> snapshot() const;
  void reset();

  // Everything that has happened, to go on from later; for evaluators of the same policy.
  class Moment {
    friend class Evaluator;
    uint64_t now_ = 0;
    Instances moved_;
  };
  Moment save() const;
  void restore(const Moment& moment);

  // Goes on at the moment that `earlier` has come to, of another policy with the same components
  // and endpoints. Protocols and states are found again by their names, at the same endpoint; time,
  // holder and what is used up of a limit go on. False when an instance would lose its state: one
  // that is not in the initial state of a protocol that is no more (or has another kind of
  // instance), or in a state that is no more.
  bool carry_over(const Evaluator& earlier);

 private:
  // As it is now: of the caller, or the one of all callers when shared.
  Instance instance(ProtocolId protocol, ComponentId caller) const;
  // An instance that no request has moved, as it is now.
  Instance untouched(ProtocolId protocol) const;
  Instance entered_now(ProtocolId protocol, uint32_t state) const;
  Instance what_matters(const Protocol& protocol, Instance now) const;
  // Lets the timeouts that are due by now move it.
  void settle(const Protocol& protocol, Instance& instance) const;
  void take(ProtocolId protocol, const Request& request, Outcome outcome);
  // Whether a deny (or allow) matches; the first in declaration order.
  RuleId first_match(RuleKind kind, const Request& request) const;

  const Model& model_;
  uint64_t now_ = 0;
  Instances moved_;
  std::vector<std::vector<RuleId>> rules_;          // by operation, in declaration order
  std::vector<std::vector<ProtocolId>> protocols_;  // by endpoint, in declaration order
};

// Decides every step of the trace from the initial state; one decision per step.
std::vector<Decision> replay(const CheckedModel& model, const Trace& trace);

}  // namespace bh
