// `bulkhead explain "A -> B.e.m(args)"`: reads the request and the state, and has them explained.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "driver/pipeline/impact_settings.h"
#include "driver/pipeline/load.h"
#include "solver/queries/explain.h"

namespace bh {

struct RequestQuestion {
  std::string request;  // "Parser -> KeyStore.keys.sign(slot: 1)"
  std::string state;    // "Session.Open,FourEyes.Idle"; empty: the initial state
};

struct RequestAnswer {
  RequestExplanation explanation;
  std::vector<bool> given;  // by parameter: false where the least fitting argument was taken
  // Whether the state can be reached; where it cannot, nothing is explained.
  Can in_state = Can::Yes;
  std::string reason;  // Unknown: why
  // Settings of the policy's variants that were looked at as well, and how those decide that do not
  // decide alike.
  size_t settings = 1;
  std::vector<std::pair<std::string, Decision>> otherwise;
};

// Nothing when the request's text is wrong, which then stands in the policy's sink, alone. Fails
// when the state is none of the endpoint's.
Result<std::optional<RequestAnswer>> explain_request(LoadedPolicy& policy,
                                                     const RequestQuestion& question,
                                                     SettingsChosen chosen);

}  // namespace bh
