// A table that takes the place of an earlier one in a running system.
#pragma once

#include "core/base/result.h"
#include "core/model/model.h"
#include "targets/monitor/decode.h"
#include "targets/table/lower.h"

namespace bh {

// The channels of the earlier table, by whose numbers the images name endpoints: where nothing is
// granted any more, a channel stays. Fails unless the policy is a later version with as many
// components and endpoints.
Result<KeptChannels> kept_channels(const Model& model, const DecodedPolicy& earlier);

// Fails unless a table that was lowered with them fits the images of the earlier one.
Result<void> fits_images(const Model& model, const DecisionTable& table,
                         const DecodedPolicy& earlier);

}  // namespace bh
