// Names to meanings: an Ast becomes a Model.
#pragma once

#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "lang/ast.h"

namespace bh {

// A value for every variant, by VariantId; empty: the standard values.
using Setting = std::vector<uint64_t>;

// The model of the policy for one setting of its variants. Always returns: what is unknown is
// reported and becomes an invalid id, and what depends on it says nothing.
Model check(const Ast& ast, const Setting& setting, DiagnosticSink& sink);

// Every setting that there is, the standard one first, then in the order of the variants and their
// values.
std::vector<Setting> settings_of(const Model& model);

// "debug = true, board = rev_b": what differs from the standard; empty for the standard itself.
std::string print_setting(const Model& model);

}  // namespace bh
