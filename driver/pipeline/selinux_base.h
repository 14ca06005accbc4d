// What an emitted SELinux module is compiled with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/diag/diag.h"
#include "driver/pipeline/process.h"
#include "targets/selinux/names.h"

namespace bh {

enum class SelinuxBase : uint8_t {
  Minimal,  // alone, on targets/selinux/minimal_base.h
  Debian,   // linked with the modules of Debian's selinux-policy-default
};

// Runs one of SELinux's tools. Fails where it takes more than five minutes.
Result<ProcessResult> run_selinux_tool(const std::vector<std::string>& command,
                                       const std::filesystem::path& directory = {});

// Debian's modules as CIL files, in a folder below `cache` that is filled on first use (about 5 s)
// and again when the package changes. Those that the installation disables are left out where that
// can be read. Fails when the package is not installed.
Result<std::vector<std::filesystem::path>> debian_modules(const std::filesystem::path& cache);

// The base as CIL files; what has to be written is written to `folder`.
Result<std::vector<std::filesystem::path>> base_sources(SelinuxBase base,
                                                        const std::filesystem::path& cache,
                                                        const std::filesystem::path& folder);

// Reports the names of a module that its base declares too (BH6072); true when there are any.
Result<bool> report_taken(const SelinuxNames& names, const std::vector<std::filesystem::path>& base,
                          DiagnosticSink& sink);

}  // namespace bh
