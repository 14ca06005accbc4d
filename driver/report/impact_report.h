// What `bulkhead impact` prints.
#pragma once

#include <string>

#include "driver/pipeline/impact_settings.h"
#include "driver/pipeline/load.h"

namespace bh {

std::string print_impact(const LoadedPolicy& policy, const SettingsImpact& result);
std::string impact_json(const LoadedPolicy& policy, const SettingsImpact& result);

std::string print_ranking(const LoadedPolicy& policy, const SettingsRanking& result);
std::string ranking_json(const LoadedPolicy& policy, const SettingsRanking& result);

}  // namespace bh
