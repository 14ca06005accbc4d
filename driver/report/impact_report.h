// What `bulkhead impact` prints.
#pragma once

#include <string>

#include "driver/pipeline/impact_settings.h"
#include "driver/pipeline/impact_what_if.h"
#include "driver/pipeline/load.h"

namespace bh {

std::string print_impact(const LoadedPolicy& policy, const SettingsImpact& result);
std::string impact_json(const LoadedPolicy& policy, const SettingsImpact& result);

// What an edit changes about a break-in.
std::string print_change(const LoadedPolicy& policy, const LoadedPolicy& edited,
                         const ImpactChange& change);
std::string change_json(const LoadedPolicy& policy, const LoadedPolicy& edited,
                        const ImpactChange& change);

std::string print_ranking(const LoadedPolicy& policy, const SettingsRanking& result);
std::string ranking_json(const LoadedPolicy& policy, const SettingsRanking& result);

}  // namespace bh
