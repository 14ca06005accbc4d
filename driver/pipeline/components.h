// From a component's source to the image that the microkernel loads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/diag/diag.h"
#include "core/model/model.h"

namespace bh {

struct ComponentsOptions {
  std::filesystem::path sources;  // KeyStore is keystore.cpp or keystore.c
  std::filesystem::path sdk;      // what components are compiled against
  std::filesystem::path work;     // has the folder stubs/; takes objects and images (keystore.elf)
  uint64_t abi_hash = 0;
  // Told before each, from 1.
  std::function<void(size_t number, size_t all, std::string_view name)> progress;
};

// The image of every component, in order. An object without a source is played by a server that
// answers everything with ok. Fails when a source or a tool is missing; nothing when a source does
// not compile (BH6009).
Result<std::optional<std::vector<std::string>>> build_components(const CheckedModel& model,
                                                                 const ComponentsOptions& options,
                                                                 DiagnosticSink& sink);

}  // namespace bh
