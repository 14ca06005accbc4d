// What was proved of which files, in a folder that can be checked without us. docs/certificate.md
// is its format.
#pragma once

#include <filesystem>
#include <string>

#include "driver/pipeline/load.h"
#include "solver/check.h"

namespace bh {

// `folder` is made; it may exist only if it is empty. `tool`: who proved it, "bulkhead 0.1.0".
// `settings`: how many the result is about. Fails when a file cannot be written; what is there then
// has no SHA256SUMS.
Result<void> write_certificate(const std::filesystem::path& folder, const std::string& tool,
                               const LoadedPolicy& policy, const CheckResult& result,
                               size_t settings);

}  // namespace bh
