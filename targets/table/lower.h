// CheckedModel -> DecisionTable.
#pragma once

#include <optional>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "targets/table/decision_table.h"

namespace bh {

// By component: endpoints to which it has a channel even if nothing is granted there.
using KeptChannels = std::vector<std::vector<EndpointId>>;

// Nothing, and a diagnostic per rule that is at fault, when a condition needs more clauses than
// MaxClauses.
std::optional<DecisionTable> lower(const CheckedModel& model, DiagnosticSink& sink,
                                   const KeptChannels& kept = {});

}  // namespace bh
