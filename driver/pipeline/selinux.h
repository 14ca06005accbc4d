// The SELinux target end to end: emit the module, compile it with secilc, read the compiled policy
// back and prove that it grants exactly the policy's type-enforcement part.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/diag/diag.h"
#include "core/model/model.h"
#include "targets/selinux/emit.h"
#include "targets/selinux/facts.h"

namespace bh {

// What the module is compiled with.
enum class SelinuxBase : uint8_t {
  Minimal,  // alone, on targets/selinux/minimal_base.h
  Debian,   // linked with the modules of Debian's selinux-policy-default
};

// Debian's modules as CIL files, in a folder below `cache` that is filled on first use (about 5 s)
// and again when the package changes. Those that the installation disables are left out where that
// can be read. Fails when the package is not installed.
Result<std::vector<std::filesystem::path>> debian_modules(const std::filesystem::path& cache);

// Compiles CIL files into a binary policy, with neverallow rules checked. False when the compiler
// refuses them (BH6066); fails when secilc is not installed.
Result<bool> compile_cil(const std::vector<std::filesystem::path>& sources,
                         const std::filesystem::path& policy, DiagnosticSink& sink);

// What a compiled policy grants among the types and to or from them. Fails when the file is no
// readable policy, whatever its bytes.
Result<BinaryTe> read_back(const std::filesystem::path& policy,
                           const std::vector<std::string>& types);

// One compiled policy and what was read back from it.
struct CompiledSelinux {
  SelinuxBase base = SelinuxBase::Minimal;
  size_t base_modules = 0;
  uintmax_t policy_bytes = 0;
  BinaryTe te;
  bool equal = false;  // te is exactly the model's part; if not, the sink says how they differ
};

// Compiles the module's text with the base, writes the binary policy to `policy`, reads it back and
// compares. Nothing when the compiler refuses it. The text is taken as it is, so that a changed one
// can be compared.
Result<std::optional<CompiledSelinux>> compile_and_compare(
    const CheckedModel& model, const CilModule& module, SelinuxBase base,
    const std::filesystem::path& cache, const std::filesystem::path& policy, DiagnosticSink& sink);

// A module that was compiled with each of the bases and found equal to the model each time.
struct ProvedCil {
  CilModule module;
  std::vector<CompiledSelinux> compiled;
};

// Nothing when the policy cannot be emitted, the compiler refuses it, or something compiled differs
// from the model: the sink says which.
Result<std::optional<ProvedCil>> emit_and_prove(const CheckedModel& model,
                                                const std::vector<SelinuxBase>& bases,
                                                const std::filesystem::path& cache,
                                                DiagnosticSink& sink);

// A few lines of text about the module, and about a compiled policy.
std::string print(const CilModule& module);
std::string print(const CompiledSelinux& compiled);

}  // namespace bh
