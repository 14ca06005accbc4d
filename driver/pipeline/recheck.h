// A second opinion: what a check relied on, asked of another solver.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "solver/check.h"

namespace bh {

struct Recheck {
  size_t scripts = 0;
  size_t claims = 0;
  size_t confirmed = 0;  // claims with which the other solver agrees
  // Claims with which it does not, or that it did not decide, and what was not exported: "NAME:
  // WHAT".
  std::vector<std::string> disagreements;
  std::vector<std::string> open;
};

// Asks cvc5 every claim of the obligations. Where it disagrees, the script and its answers are kept
// in `kept` as NNN.smt2 and NNN.answers. Fails when there is no cvc5, or a file cannot be written.
Result<Recheck> recheck(const CheckResult& result, const std::filesystem::path& kept);

}  // namespace bh
