// The names that go with a blob: a JSON side file for whoever reads audit records without the
// policy.
#pragma once

#include <string>

#include "core/model/model.h"
#include "core/source/source.h"
#include "targets/table/decision_table.h"

namespace bh {

// Every row of the blob by its number: components with their channels, endpoints with their
// methods, conditions and protocols; for each grant the rules that it comes from and where they
// were written.
std::string names_json(const Model& model, const DecisionTable& table, const SourceMap& sources);

}  // namespace bh
