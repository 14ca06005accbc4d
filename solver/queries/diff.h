// `diff`: what another version of a policy changes in meaning.
//
// Two policies mean the same if they grant the same requests in every order, and say the same of
// labels, releases and properties. What is listed is exact: a request is newly granted if and only
// if it lies in a listed region, and each region has a request that one policy grants and the other
// refuses, replayed on the reference evaluators of both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "solver/check.h"
#include "solver/queries/alignment.h"
#include "solver/queries/distinction.h"
#include "solver/queries/region.h"

namespace bh {

enum class ChangeKind : uint8_t {
  Requests,    // rules grant requests that were refused, or refuse some that were granted
  Behaviour,   // rules say the same, but the protocols let it happen in other orders
  Flow,        // data can get from one component to another that could not, or the other way round
  LabelFlow,   // data of a level can get to a component that it must be kept from
  Label,       // a component's label, or the order of the labels
  Trust,       // a release or an endorsement
  Property,    // a property's statement or verdict
  Vocabulary,  // components, endpoints, methods and what can be said of their arguments
  Statement,   // audit, code and target statements
};

enum class ChangeDirection : uint8_t {
  Wider,     // something is possible, or trusted, that was not
  Narrower,  // something no longer is
  Neither,   // neither, or both
};

// A rule or protocol that is responsible for a change.
struct ChangeCause {
  DiffSide side = DiffSide::After;  // whose statement `span` is
  Span span;
  std::string name;  // "tx"; "" for what has no name
  std::string text;  // "condition \"port != 53\" dropped", "added", "removed"
  bool operator==(const ChangeCause&) const = default;
};

// Requests that show a change: one policy grants them all, the other refuses the last one.
struct ChangeWitness {
  DiffSide granted_by = DiffSide::After;
  Trace trace;                     // in that policy's ids
  std::vector<std::string> steps;  // printed
  std::string granted;             // "allowed by tx"
  std::string refused;  // "denied by default", or why the other policy cannot even say it
};

// A cell of a region: the arguments are those in one of the boxes, in the ids and words of the side
// that grants them. No boxes when there were too many to list.
struct ChangedCell {
  ComponentId subject;
  OperationId operation;
  std::vector<Box> boxes;
};

struct PolicyChange {
  ChangeKind kind = ChangeKind::Requests;
  ChangeDirection direction = ChangeDirection::Neither;
  bool worse = false;     // of a property: a verdict got worse, or one that was proved is gone
  std::string what;       // "Parser -> Network.link.send", "secret ~> Network", "label of 'Parser'"
  std::string condition;  // "port = 53"; "" for all arguments
  std::vector<ChangeCause> causes;
  std::vector<ChangedCell> cells;  // of requests: the whole region
  std::optional<ChangeWitness> witness;
  std::vector<std::string> path;  // of a flow or a violated property: its steps
  // Of what the change means: 12 hexadecimal digits that do not depend on how or where the policies
  // are written.
  std::string id;
  std::vector<std::string> settings;  // of the variants, where it is not in all of them
};

struct PolicyDiff {
  std::vector<PolicyChange> changes;
  std::vector<Renamed> renamed;      // under which both policies were compared
  std::vector<std::string> notes;    // what differs and means nothing
  std::vector<std::string> unknown;  // what could not be decided
  bool internal_error = false;       // a witness did not replay; `unknown` says which
  bool unrelated = false;            // other names throughout: hardly two versions of one policy
  size_t cells = 0;                  // that had to be compared
  size_t questions = 0;              // distinct ones that went to the solver
  bool means_the_same() const { return changes.empty() && unknown.empty(); }
};

struct DiffOptions {
  CheckOptions check;
  DistinctionLimits behaviour;
  bool properties = true;  // compare their verdicts too
  // By PropertyId, as written: with equal texts a property is not restated, though `any` may stand
  // for others now. May be empty.
  std::vector<std::string> property_texts[2] = {};  // of `before`, of `after`
};

PolicyDiff diff_policies(const CheckedModel& before, const CheckedModel& after,
                         const DiffOptions& options);

// "requests", "behaviour", ..
std::string_view print(ChangeKind kind);
std::string_view print(ChangeDirection direction);

}  // namespace bh
