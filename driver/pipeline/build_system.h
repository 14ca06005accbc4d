// From a policy and its components to what a machine runs: the table, bound to the images.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/diag/diag.h"
#include "core/model/model.h"
#include "driver/pipeline/components.h"
#include "driver/pipeline/emit.h"

namespace bh {

struct BuildOptions {
  std::filesystem::path sources;     // the folder of the components' sources
  std::filesystem::path sdk;         // what they are compiled against
  std::filesystem::path work;        // takes stubs, objects and images
  EmitOptions emit{2000, {}, 4000};  // but for the images; limits of an emulated machine
  ReadyImages ready;
  ComponentProgress progress;
};

struct BuiltSystem {
  EmittedTable table;               // bound to the images
  std::vector<std::string> images;  // ELF files by component
};

// Fails when a tool, a source or a ready image is missing, or one is made for another policy.
// Nothing when the policy cannot be emitted (see the sink) or a component does not compile
// (BH6009).
Result<std::optional<BuiltSystem>> build_system(const CheckedModel& model,
                                                const BuildOptions& options, DiagnosticSink& sink);

}  // namespace bh
