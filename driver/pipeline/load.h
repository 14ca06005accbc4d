// Files → CheckedModel: the first step of every command.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/diag/diag.h"
#include "core/model/model.h"
#include "driver/pipeline/files.h"
#include "lang/ast.h"
#include "lang/check.h"

namespace bh {

// A policy as it was loaded: its texts, what there is to say about them, and, when they are
// faultless, their meaning. Several files form one policy.
struct LoadedPolicy {
  SourceMap sources;
  DiagnosticSink sink;
  Ast ast;
  std::optional<CheckedModel> model;  // in the setting of its variants that was asked for
  std::vector<VariantId> fixed;       // the variants that were named in it
};

// Where a policy's texts are: its own files, and how to read these and the modules they import.
struct PolicySource {
  std::vector<std::string> paths;  // one or more
  std::function<Result<std::string>(const std::string& path)> read;
};

// Files on disk; `arguments` as in policy_files().
Result<PolicySource> files_on_disk(const std::vector<std::string>& arguments,
                                   const FileKind& kind = PolicyTexts);

// The same as below, from wherever the texts are.
Result<LoadedPolicy> load_policy(const PolicySource& source, std::string_view setting = {});

// `arguments` as in policy_files(); imported modules are read from beside the files. `setting`:
// "debug=true" or "debug=true,board=rev_b", variants that are not named have their standard values.
// Fails when a file cannot be read, there is nothing to read, or the setting is none of the
// policy's; mistakes in the text are in the sink, and then there is no model.
Result<LoadedPolicy> load_policy(const std::vector<std::string>& arguments,
                                 std::string_view setting = {});

// The same with other texts in place of the policy's own files, the first so many of its sources;
// modules are read anew. For the setting that the policy was loaded for.
LoadedPolicy reload_policy(const LoadedPolicy& policy, const std::vector<std::string>& texts);

// The policy in every setting of its variants, the standard one first; only of a policy with a
// model. Fails when all of them together would need too much memory.
Result<std::vector<CheckedModel>> all_settings(const LoadedPolicy& policy);
// The settings that agree with those values that were named when it was loaded; the one that it was
// loaded for first.
Result<std::vector<CheckedModel>> open_settings(const LoadedPolicy& policy);
// The policy in one setting.
CheckedModel model_for(const LoadedPolicy& policy, const Setting& setting);
// The setting that a model was compiled for.
Setting setting_of(const Model& model);

}  // namespace bh
