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
#include "driver/pipeline/load.h"

namespace bh {

struct BuildOptions {
  std::filesystem::path sources;     // the folder of the components' sources
  std::filesystem::path sdk;         // what they are compiled against
  std::filesystem::path work;        // takes stubs, objects and images
  EmitOptions emit{2000, {}, 4000};  // but for the images; limits of an emulated machine
  ReadyImages ready;
  ComponentProgress progress;
  // The policy, with a model, of a table that the system may load while it runs. It takes what
  // there is to say about it, and a component's source finds the table as `#embed "next.tbl"`.
  LoadedPolicy* next = nullptr;
};

struct BuiltSystem {
  EmittedTable table;                // bound to the images
  std::vector<std::string> images;   // ELF files by component
  std::optional<EmittedTable> next;  // bound to none
};

// Fails when a tool, a source or a ready image is missing, one is made for another policy, or the
// next table could not follow this one.
// Nothing when a policy cannot be emitted (see its sink) or a component does not compile
// (BH6009).
Result<std::optional<BuiltSystem>> build_system(const CheckedModel& model,
                                                const BuildOptions& options, DiagnosticSink& sink);

}  // namespace bh
