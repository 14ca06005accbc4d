// What the microkernel's monitor can hold (the limits of targets/microkernel/abi/bh_table.h).
#pragma once

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "targets/table/decision_table.h"

namespace bh {

// False, and a diagnostic per limit that is exceeded, naming what exceeds it.
bool within_limits(const Model& model, const DecisionTable& table, DiagnosticSink& sink);

}  // namespace bh
