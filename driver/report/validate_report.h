// What `bulkhead validate` prints.
#pragma once

#include <optional>
#include <string>

#include "analyzer/validate.h"
#include "driver/pipeline/baseline.h"
#include "driver/pipeline/load.h"

namespace bh {

// What was found. The findings that count are in the policy's sink.
struct ValidationReport {
  const LoadedPolicy& policy;
  const ValidationResult& result;
  const std::vector<AcceptedFinding>* accepted = nullptr;  // null: without a baseline
};

// Components with their crossings and assumptions, and all findings, as one JSON document.
std::string validation_json(const ValidationReport& report);

// SARIF 2.1.0. A finding's place is in the code, where it has one; its path is a code flow.
std::string validation_sarif(const ValidationReport& report);

// One workflow command of GitHub Actions a finding, which shows it beside the line of code.
std::string validation_github(const ValidationReport& report);

// "accepted by the baseline: 3 findings (2 BH5003, 1 BH5008)"; with `each` they are listed.
std::string print_accepted(const std::vector<AcceptedFinding>& accepted, Detail detail);

}  // namespace bh
