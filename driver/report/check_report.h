// What `bulkhead check` and `bulkhead test` print, besides the findings themselves.
#pragma once

#include <string>

#include "core/model/model.h"
#include "driver/pipeline/load.h"
#include "driver/pipeline/recheck.h"
#include "solver/check.h"

namespace bh {

// A line per property: verdict, name, its text, and whom its proof trusts.
std::string print_properties(const LoadedPolicy& policy, const CheckResult& result);

// "policy gateway 2.1: 4 components, 6 rules, 8 properties | 8 proved, 0 violated, 0 undecided | 3 tests passed"
// `settings`: of the policy's variants, how many were checked.
std::string print_summary(const Model& model, const CheckResult& result, size_t settings,
                          const DiagnosticSink& sink);

// The whole answer as one JSON document, findings included.
// `recheck`: a second opinion, if there is one.
std::string check_json(const LoadedPolicy& policy, const CheckResult& result, const Recheck* recheck = nullptr);

// What the other solver says, a line for each claim that it does not confirm.
std::string print(const Recheck& recheck);

}  // namespace bh
