// From a component's source to the image that the microkernel loads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/diag/diag.h"
#include "core/model/model.h"

namespace bh {

// By the name of a component: the image that it has, whoever made it, instead of a source.
using ReadyImages = std::map<std::string, std::filesystem::path, std::less<>>;
// Told before each component that is compiled, from 1.
using ComponentProgress = std::function<void(size_t number, size_t all, std::string_view name)>;

struct ComponentsOptions {
  std::filesystem::path sources;  // KeyStore is keystore.cpp or keystore.c
  std::filesystem::path sdk;      // what components are compiled against
  std::filesystem::path work;     // has the folder stubs/; takes objects and images (keystore.elf)
  uint64_t abi_hash = 0;
  ReadyImages ready;
  ComponentProgress progress;
};

// The image of every component, in order. An object without a source is played by a server that
// answers everything with ok. Fails when a source, a ready image or a tool is missing, or a ready
// image is for another ABI hash; nothing when a source does not compile (BH6009).
Result<std::optional<std::vector<std::string>>> build_components(const CheckedModel& model,
                                                                 const ComponentsOptions& options,
                                                                 DiagnosticSink& sink);

}  // namespace bh
