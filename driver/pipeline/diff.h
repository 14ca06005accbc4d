// `diff` for every setting of two policies' variants.
#pragma once

#include <string>
#include <vector>

#include "driver/pipeline/load.h"
#include "solver/queries/diff.h"

namespace bh {

struct SettingsDiff {
  PolicyDiff diff;                         // of all settings: each change once
  size_t settings = 1;                     // that were compared
  std::vector<std::string> only_standard;  // variants, or values, that one policy alone has
  bool same_text = false;                  // byte by byte
};

// Both policies must have a model. Settings go by the names of variants and values; a variant that
// only one policy has keeps its standard value. A change that is not in all settings says in which
// it is. Fails when all settings together would need too much memory.
Result<SettingsDiff> diff_settings(const LoadedPolicy& before, const LoadedPolicy& after,
                                   const DiffOptions& options);

// Loads both at the same time.
std::pair<Result<LoadedPolicy>, Result<LoadedPolicy>> load_both(const PolicySource& before,
                                                                const PolicySource& after);

}  // namespace bh
