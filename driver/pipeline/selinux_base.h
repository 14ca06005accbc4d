// What an emitted SELinux module is compiled with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
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

// Debian's modules as CIL files, in a folder below `cache` that is filled on first use (about 10 s)
// and again when the package changes. Those that the installation disables are left out where that
// can be read. Fails when the package is not installed.
Result<std::vector<std::filesystem::path>> debian_modules(const std::filesystem::path& cache);

struct BaseFiles {
  std::vector<std::filesystem::path> sources;  // to compile with a module
  std::vector<std::filesystem::path> modules;  // what they say, as it came
};

// The base as CIL files to be linked with this text; what has to be written is written to `folder`.
//
// Debian's modules are one file that is resolved already (resolve_cil), in the cache as well, and
// compiles to the very bytes that they do. The modules themselves are taken where the text declares
// a name that they mention, since optional blocks of theirs may have been waiting for it.
Result<BaseFiles> base_files(SelinuxBase base, std::string_view text,
                             const std::filesystem::path& cache,
                             const std::filesystem::path& folder);

// Reports the names of a module that its base declares too (BH6072); true when there are any.
Result<bool> report_taken(const SelinuxNames& names, const std::vector<std::filesystem::path>& base,
                          DiagnosticSink& sink);

}  // namespace bh
