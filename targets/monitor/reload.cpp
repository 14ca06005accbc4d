#include "targets/monitor/reload.h"

#include <fmt/format.h>

#include "targets/monitor/emit.h"

namespace bh {

static constexpr const char* BuildAnew =
    "build the images anew, and start the system with the new table";

Result<KeptChannels> kept_channels(const Model& model, const DecodedPolicy& earlier) {
  if (policy_version(model.version).value_or(0) <= earlier.policy_version) {
    return fail(
        fmt::format("version {} of the policy is not greater than that of the earlier table",
                    model.version),
        "raise the version in the policy's header");
  }
  if (earlier.components.size() != model.components.size() ||
      earlier.endpoints.size() != model.endpoints.size()) {
    return fail("the earlier table has other components or endpoints", BuildAnew);
  }
  KeptChannels kept;
  for (const DecodedPolicy::Component& component : earlier.components) {
    kept.emplace_back();
    for (const DecodedPolicy::Channel& channel : component.channels) {
      kept.back().push_back(EndpointId(channel.endpoint));
    }
  }
  return kept;
}

Result<void> fits_images(const Model& model, const DecisionTable& table,
                         const DecodedPolicy& earlier) {
  for (ComponentId id : model.components.ids()) {
    if (table.channels[id].size() == earlier.components[id.value].channels.size()) continue;
    return fail(fmt::format("the image of {} has no name for something that the policy now grants",
                            model.components[id].name),
                BuildAnew);
  }
  if (abi_hash(model, table) == earlier.abi_hash) return {};
  return fail("the earlier table has other components, endpoints or methods", BuildAnew);
}

}  // namespace bh
