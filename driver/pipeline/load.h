// Files → CheckedModel: the first step of every command.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/diag/diag.h"
#include "core/model/model.h"

namespace bh {

// A policy as it was loaded: its texts, what there is to say about them, and, when they are faultless, their
// meaning. Several files form one policy.
struct LoadedPolicy {
  SourceMap sources;
  DiagnosticSink sink;
  std::optional<CheckedModel> model;
};

// `arguments` as in policy_files(). Fails when a file cannot be read or there is nothing to read; mistakes in
// the text are in the sink, and then there is no model.
Result<LoadedPolicy> load_policy(const std::vector<std::string>& arguments);

}  // namespace bh
