// What `bulkhead test` prints, besides the findings of failing tests.
#pragma once

#include <optional>
#include <string>

#include "driver/pipeline/load.h"
#include "driver/pipeline/test_settings.h"

namespace bh {

// "tests 3 of 3 passed   rules 5 of 6   transitions 3 of 3 ..", then what is not covered, with its
// place.
std::string print_coverage(const LoadedPolicy& policy, const TestCounts& counts,
                           const Coverage& coverage);

// Survivors, each with the test that would notice it; undecided mutants; the score.
std::string print_mutation(const LoadedPolicy& policy, const MutationReport& report);

// The whole answer as one JSON document, findings included.
std::string test_json(const LoadedPolicy& policy, const TestCounts& counts,
                      const Coverage& coverage, const std::optional<MutationReport>& mutation);

}  // namespace bh
