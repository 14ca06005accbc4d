// `bulkhead impact` over the settings of a policy's variants: each is a product of its own, and
// what any of them lets a break-in reach counts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "driver/pipeline/load.h"
#include "solver/queries/impact.h"

namespace bh {

struct SettingsImpact {
  Impact impact;
  std::vector<std::string> settings;  // as print_setting(); more than one: put together
};

struct SettingsRanking {
  std::vector<ImpactRank> ranks;  // the most that any setting has
  std::vector<std::string> settings;
};

enum class SettingsChosen : uint8_t { All, One };  // One: the setting of the policy's model

// The components and groups that "C,D" names. Fails with the nearest names.
Result<std::vector<ComponentId>> find_compromised(const Model& model, std::string_view names);

// Fails when the policy's rules stand for too much to look at.
Result<SettingsImpact> impact_settings(const LoadedPolicy& policy,
                                       const std::vector<ComponentId>& compromised,
                                       SettingsChosen chosen);
Result<SettingsRanking> rank_settings(const LoadedPolicy& policy, SettingsChosen chosen,
                                      const std::function<void(size_t, size_t)>& progress);

}  // namespace bh
