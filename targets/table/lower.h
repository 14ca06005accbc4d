// CheckedModel -> DecisionTable.
#pragma once

#include <optional>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "targets/table/decision_table.h"

namespace bh {

// Nothing, and a diagnostic per rule that is at fault, when a condition needs more clauses than
// MaxClauses.
std::optional<DecisionTable> lower(const CheckedModel& model, DiagnosticSink& sink);

}  // namespace bh
