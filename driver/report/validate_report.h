// What `bulkhead validate --format json` prints.
#pragma once

#include <string>

#include "analyzer/validate.h"
#include "driver/pipeline/load.h"

namespace bh {

// Components with their crossings and assumptions, and all findings, as one JSON document.
std::string validation_json(const LoadedPolicy& policy, const ValidationResult& result);

}  // namespace bh
