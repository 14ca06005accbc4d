// `bulkhead impact C --what-if EDITED`: the same break-in under two policies, matched by name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "driver/pipeline/impact_settings.h"

namespace bh {

// Requests of a compromised component that it can be granted under one policy alone.
struct RequestChange {
  std::string request;              // "Parser -> Network.link.send"
  std::optional<std::string> more;  // the arguments that are newly granted; "": all that there are
  std::optional<std::string> less;
  bool undecided = false;  // the solver gave up on whether that is any
};

enum class ImpactWay : uint8_t { Influenced, Read, Told, Asked };

// A component that is reached under one policy alone, or in another number of steps.
struct ReachChange {
  ImpactWay way = ImpactWay::Influenced;
  std::string component;
  std::optional<uint32_t> before;  // steps
  std::optional<uint32_t> after;
};

// A flow property with another fate under the break-in.
struct FateChange {
  std::string property;
  std::optional<Verdict> before;  // nothing: there is no such property
  std::optional<Verdict> after;
};

struct ImpactChange {
  SettingsImpact before;
  SettingsImpact after;
  std::vector<RequestChange> requests;  // by name
  std::vector<ReachChange> reaches;     // by way, then by name
  std::vector<FateChange> properties;   // by name
  bool undecided = false;
  // Something is granted or reached that was not, or a property falls that did not.
  bool grows() const;
};

// `names` as in find_compromised(). Fails when they are not components of both policies.
Result<ImpactChange> compare_impacts(const LoadedPolicy& before, const LoadedPolicy& after,
                                     std::string_view names, SettingsChosen chosen);

}  // namespace bh
