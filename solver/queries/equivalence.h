// Translation validation: what a table says is granted, as read back from its bytes, against the
// model.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "solver/check.h"

namespace bh {

// What somebody else says is granted in one cell, protocols aside: a condition of a store of his
// own.
struct ForeignCell {
  ComponentId subject;
  OperationId operation;
  ConditionId granted;
};

// A request on which the two sides disagree: the least one of the first cell in which they do.
struct Difference {
  Request request;
  bool model_grants = false;  // and the other side the opposite
};

struct Equivalence {
  Verdict verdict = Verdict::Unknown;  // Proved: equal in every cell
  size_t cells = 0;      // (subject, operation) pairs compared: all there are, listed or not
  size_t questions = 0;  // distinct pairs of conditions that went to the solver
  std::optional<Difference>
      difference;      // Violated; the reference evaluator confirmed the model's side
  std::string reason;  // Unknown
};

// The condition under which the rules grant (subject, operation): its words are in their types'
// domains, some allow matches, no deny matches. Built in `out`; protocols are not looked at.
ConditionId effective(const Model& model, Conditions& out, ComponentId subject,
                      OperationId operation);

// Proves that every cell's foreign condition equals effective(), over all 64-bit words: a table has
// to refuse arguments that are out of range too. A cell that is not listed grants nothing; one
// listed twice grants what either entry does.
Equivalence prove_equal(const CheckedModel& model, const Conditions& foreign,
                        const std::vector<ForeignCell>& cells, const CheckOptions& options);

}  // namespace bh
