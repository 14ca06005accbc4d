// The reference evaluator: what a policy means. Everything else that decides requests (the solver's
// formulas, the decision table, the monitor in the kernel) is tested against this class, and every
// witness is replayed through it before it is shown. It is written to be read, not to be fast.
//
// A request is granted iff
//   1. it has one word per parameter, each in its parameter's domain,
//   2. no deny matches,
//   3. some allow matches,
//   4. every protocol on the endpoint permits the method: in the current state of the request's
//   instance
//      some transition for it, whatever its outcome, has not used up its `at most`.
// A refused request changes nothing. A granted one advances each protocol on the endpoint: the
// `-m->` transition of the current state is taken as the call is granted; when the reply comes, the
// `-m ok->` or
// `-m error->` transition that fits its status, if the state that is then current has one, else the
// state stays. Each taking of a transition that has a limit is counted; when an instance changes to
// another state, all of its counters start anew.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/model/model.h"

namespace bh {

// Whether the words of a request satisfy a condition. A word that is not there satisfies no atom.
bool holds(const Conditions& conditions, ConditionId id, const std::vector<uint64_t>& words);

class Evaluator {
 public:
  // Every protocol instance in its initial state. The model must outlive the evaluator.
  explicit Evaluator(const CheckedModel& model);

  // Decides without changing anything.
  Decision decide(const Request& request) const;
  // Decides; when granted, also takes the transitions of the call and of its reply: call() then
  // reply().
  Decision step(const Request& request, ReplyStatus status);

  // The two halves of step(). reply() is for a request that call() granted.
  Decision call(const Request& request);
  void reply(const Request& request, ReplyStatus status);

  // The parts of a decision, for whoever asks "which": every rule or protocol, not just the first.
  bool in_range(const Request& request) const;
  bool matches(RuleId rule, const Request& request) const;
  bool permits(ProtocolId protocol, const Request& request) const;

  // Index of the current state of the caller's instance (of the only one when shared).
  uint32_t state(ProtocolId protocol, ComponentId caller) const;
  // All that decisions depend on besides the policy: two evaluators of a policy with equal
  // snapshots decide alike from here on.
  std::vector<uint32_t> snapshot() const;
  void reset();

 private:
  struct Instance {
    uint32_t state = 0;
    std::vector<uint32_t> taken;  // by transition: how much of its limit is used up
  };
  // Of the caller, or the one of all callers when shared; in its initial state if it never moved.
  Instance instance(ProtocolId protocol, ComponentId caller) const;
  void take(ProtocolId protocol, ComponentId caller, MethodId method, Outcome outcome);
  // Whether a deny (or allow) matches; the first in declaration order.
  RuleId first_match(RuleKind kind, const Request& request) const;

  const Model& model_;
  std::map<std::pair<ProtocolId, ComponentId>, Instance> moved_;  // no caller when shared
  std::vector<std::vector<RuleId>> rules_;          // by operation, in declaration order
  std::vector<std::vector<ProtocolId>> protocols_;  // by endpoint, in declaration order
};

// Decides every step of the trace from the initial state; one decision per step.
std::vector<Decision> replay(const CheckedModel& model, const Trace& trace);

}  // namespace bh
