// The policy as an enforcement point needs it: who may name what, under which tests on the
// arguments, in which protocol states. Plain data for any target; ids are those of the model it was
// lowered from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/model/model.h"

namespace bh {

// low <= words[word] <= high, unsigned.
struct RangeTest {
  uint32_t word = 0;
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const RangeTest&) const = default;
};

// A conjunction, at most one test a word, ascending by word.
using Clause = std::vector<RangeTest>;
// A disjunction: {} is never met, {{}} always.
using ConditionRows = std::vector<Clause>;

bool always(const ConditionRows& rows);
bool holds(const ConditionRows& rows, const std::vector<uint64_t>& words);

// What the record of a decision keeps: no more than each statement lets it that may have spoken of
// the decision.
struct RecordProfile {
  AuditField who;
  AuditField what;
  AuditField why;
  std::vector<AuditField> words;   // one per word
  uint32_t one_in = 1;             // every n-th such decision leaves a record
  std::optional<AuditId> counted;  // the statement whose decisions are counted; none for 1
  bool operator==(const RecordProfile&) const = default;
};

// One method that a component may ask of an endpoint. A method without a Grant is refused.
struct Grant {
  uint32_t method = 0;                  // index into Endpoint::operations
  ConditionRows when;                   // the ranges of the parameters' types included; never {}
  std::vector<RuleId> rules;            // the allows and denies that speak of this cell, in order
  std::optional<RecordProfile> record;  // of what it grants; nothing leaves none
  bool operator==(const Grant&) const = default;
};

// A name by which a component reaches an endpoint: its channel number is its index in the
// component's list.
struct Channel {
  EndpointId endpoint;
  std::vector<Grant> grants;            // ascending by method; none if it is only kept (lower.h)
  std::vector<RecordProfile> refusals;  // by method: the record of a refused call
  const Grant* find(uint32_t method) const;  // nullptr when the method is not granted
};

inline constexpr size_t OutcomeCount = 3;

// What a protocol knows of one method in one state. By Outcome: the state after it, if it has a
// transition.
struct ProtocolStep {
  struct Limit {
    Outcome outcome =
        Outcome::Granted;  // the transition that has it, from a state to the same state
    uint32_t counter = 0;  // number within the protocol instance
    uint32_t at_most = 0;
    bool operator==(const Limit&) const = default;
  };
  std::array<std::optional<uint32_t>, OutcomeCount> next;
  std::optional<Limit> limit;
  Mover mover = Mover::Anyone;
  std::optional<std::vector<ComponentId>> by;  // these callers alone
  bool operator==(const ProtocolStep&) const = default;
};

struct StateTimeout {
  uint32_t milliseconds = 0;  // never 0
  uint32_t to = 0;
  bool operator==(const StateTimeout&) const = default;
};

struct ProtocolTable {
  ProtocolId protocol;
  EndpointId endpoint;
  InstanceKind instances = InstanceKind::PerCaller;
  uint32_t states = 0;
  uint32_t initial = 0;
  uint32_t counters = 0;
  uint32_t methods = 0;
  std::vector<std::optional<StateTimeout>> timeouts;  // [state]
  std::vector<ProtocolStep> steps;                    // [state * methods + method]
  const ProtocolStep& step(uint32_t state, uint32_t method) const {
    return steps[state * methods + method];
  }
};

// How the words of one method cross, and what its successful reply must satisfy.
struct MethodRow {
  OperationId operation;
  MethodKind kind = MethodKind::Call;
  std::vector<TypeKind> arguments;  // one per word
  std::vector<TypeKind> results;
  ConditionRows results_when;    // the ranges of the results' types
  RecordProfile results_record;  // of a reply that breaks them
};

struct EndpointRow {
  ComponentId receiver;
  std::vector<MethodRow> methods;   // in the order of Endpoint::operations
  std::vector<uint32_t> protocols;  // indices into DecisionTable::protocols
};

// INVARIANT: whatever the model's reference meaning grants, and nothing else, is granted here.
struct DecisionTable {
  Store<ComponentId, std::vector<Channel>>
      channels;  // per component, endpoints in declaration order
  Store<EndpointId, EndpointRow> endpoints;
  std::vector<ProtocolTable> protocols;  // grouped by endpoint, in endpoint order
  RecordProfile unnamed;                 // of refusals of what has no name
};

}  // namespace bh
