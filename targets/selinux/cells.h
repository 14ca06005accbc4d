// What of a policy type enforcement can express. SELinux decides by (source type, target type,
// class, permission) alone, so each cell (subject, operation) of the permission matrix is granted
// always, never, or in a way that it cannot see: depending on arguments or on a protocol's state.
//
// Argument types are not conditions: that a request's words lie in their types' domains is part of
// the method's signature, which the stubs and the monitor check before any rule is looked at.
#pragma once

#include <vector>

#include "core/model/model.h"

namespace bh {

// A cell that the policy grants, at least for some arguments in some protocol state.
struct Cell {
  ComponentId subject;
  OperationId operation;
  std::vector<RuleId> allowed_by;     // the allows that speak of the cell, in declaration order
  std::vector<RuleId> conditional;    // those rules, allow or deny, whose arguments decide it
  std::vector<ProtocolId> protocols;  // those that refuse it in some state
  // Type enforcement says exactly what the policy says.
  bool exact() const { return conditional.empty() && protocols.empty(); }
};

// By subject, then operation. A cell whose grant could not be decided within a fixed budget is
// returned as conditional, never as exact and never left out.
std::vector<Cell> grantable_cells(const CheckedModel& model);

// Whether the condition holds for every request of the operation; false also when that took too
// long.
bool always_holds(const Model& model, const ConditionalOperation& target);

}  // namespace bh
