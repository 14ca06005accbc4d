// Ast to Model: resolves names, computes types and conditions, expands sugar.
#pragma once

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "lang/ast.h"

namespace bh {

// Always returns; mistakes are reported (2xxx), one error each: what could not be resolved becomes
// an invalid id, and nothing that depends on it is reported. seal() turns a faultless result into a
// CheckedModel.
Model check(const Ast& ast, DiagnosticSink& sink);

}  // namespace bh
