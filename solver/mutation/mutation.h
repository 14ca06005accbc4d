// Small wrong turns that a policy could have taken: each mutation changes one thing in a model. A
// policy whose tests and properties notice every one of them says what its author meant.
// docs/testing.md has the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/model.h"

namespace bh {

enum class MutationKind : uint8_t {
  RemoveRule,
  DropCondition,
  WidenCondition,   // one more word satisfies an atom: a bound moved outward, a value added
  NarrowCondition,  // one word less: a bound moved inward, a value dropped
  AddMethod,
  DropMethod,
  AddSubject,
  DropSubject,
  ForgetWhose,  // `self` and `other` mean anyone's
  DropProtocol,
  DropTransition,
  AddTransition,
  ChangeTarget,
  ChangeOutcome,
  ChangeLimit,  // one more, one less, none
  ForgetMover,  // `by`
  DropTimeout,
  ChangeTimeout,
  ChangeInstances,  // per caller <-> shared
  ChangeInitial,
  DropRelease,  // a release or an endorse
};

struct Mutation {
  MutationKind kind = MutationKind::RemoveRule;
  Span span;            // the statement that it changes, or the part of it
  std::string subject;  // the statement's name
  std::string text;     // what the mutant says instead: "also where slot = 3"
  // Turns the original into the mutant. All ids keep their meaning: what a mutation removes stays
  // as a statement that speaks of nothing.
  std::function<void(Model&)> edit;
};

struct MutationList {
  std::vector<Mutation> mutations;  // declaration order: rules, protocols, releases
  size_t possible = 0;              // how many there are, taken or not
};

// All mutations of a model, or `most` of them, evenly spread.
MutationList list_mutations(const Model& model, size_t most);

CheckedModel mutant(const CheckedModel& original, const Mutation& mutation);

// The edits that coverage asks about as well: the model as if the statement were not there.
void remove_rule(Model& model, RuleId rule);
// Protocols of one statement: one on an interface restricts each endpoint that has it.
std::vector<ProtocolId> statement_of(const Model& model, ProtocolId protocol);
void remove_transition(Model& model, const std::vector<ProtocolId>& protocols, uint32_t transition);

// "remove rule", "widen condition"
std::string_view print(MutationKind kind);

}  // namespace bh
