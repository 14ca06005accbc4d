// One rule, made to allow less: which statements say what has to remain of it.
#pragma once

#include <vector>

#include "core/model/model.h"
#include "solver/queries/least_edit.h"

namespace bh {

// A rule's word on one cell. INVARIANT of the arguments: must implies may implies allowed.
struct RulePart {
  ComponentId subject;
  OperationId operation;
  smt::ExprId allowed;  // by the rule as it is
  smt::ExprId must;     // what it has to go on allowing
  smt::ExprId may;      // what it may allow at most
};

// Statements that allow between `must` and `may` in each cell, as few as were found; if the rule
// may not be split, one, which is then perhaps not exact. Some part's `must` is not empty.
RuleEdit narrow(LeastPrivilege& least, RuleId rule, const std::vector<RulePart>& parts,
                bool may_split);

}  // namespace bh
