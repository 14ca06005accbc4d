// `explain "A -> B.e.m(args)"`: why one request is decided as it is, and what it would take to have
// it decided otherwise.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "solver/check.h"
#include "solver/queries/engine.h"

namespace bh {

// An allow that does not grant the request, and by how much it misses.
struct NearMiss {
  // One thing that would have to be different.
  struct Short {
    std::string is;      // "slot = 3"
    std::string needed;  // "slot in {1, 2}"
  };
  RuleId rule;
  OperationId operation;        // the one that it does allow
  std::vector<Short> short_of;  // one or more
};

// A protocol on the request's endpoint, as the request finds it.
struct ProtocolView {
  ProtocolId protocol;
  uint32_t state = 0;
  bool permits = true;
  std::string why;  // not permitted: "no transition for it", "only by other", ...
};

// The least change of the policy that grants the request, and what does not allow that change.
struct Widening {
  std::vector<std::string> edits;  // as policy text, or in words
  std::vector<PropertyId> broken;  // held before
  std::vector<PropertyId> undecided;
  std::vector<std::string> findings;  // errors that are about no property: "BH3005: .."
  bool granted = true;                // false: even then no state that can be reached permits it
  bool internal_error = false;
};

struct RequestExplanation {
  Request request;
  Trace before;          // leads from the initial state into the one asked for
  uint64_t rest_ms = 0;  // that pass after it
  Decision decision;
  std::vector<RuleId> allows;  // that match, declaration order
  std::vector<RuleId> denies;
  std::vector<ProtocolView> protocols;
  // Refused, or granted here by luck: the shortest way from the initial state to being granted it.
  Reachability anywhere;
  std::vector<ProtocolView> there;   // the protocols just before that
  std::vector<NearMiss> nearest;     // no allow matches: best first
  std::optional<Widening> widening;  // refused
  bool internal_error = false;
};

// The words of a request some of which are not given: the least ones with which the rules grant it;
// when they never do, the least of their types.
std::vector<uint64_t> choose_words(Engine& engine, ComponentId caller, OperationId operation,
                                   const std::vector<std::optional<uint64_t>>& given);

// `before` and `rest_ms` lead into the state in which the request is made.
RequestExplanation explain_request(Engine& engine, const Request& request, const Trace& before,
                                   uint64_t rest_ms);

// The shortest way from the initial state to being granted just this request.
Reachability reach_request(Engine& engine, const Request& request);

struct WidenedPolicy {
  CheckedModel model;
  std::vector<std::string> edits;
};
// The policy of the explanation, changed as little as grants the request: a deny leaves it out, an
// allow for nothing else is added, a protocol that refuses it (here, and in every other state)
// takes it and stays where it is.
WidenedPolicy widen(const CheckedModel& model, const RequestExplanation& explanation,
                    const CheckOptions& options);

// What that breaks. The policy's tests are not run.
Widening check_widening(const CheckedModel& before, const WidenedPolicy& widened,
                        const Request& request, CheckOptions options);

}  // namespace bh
