// The SELinux target end to end: emit the module, compile it with secilc, read the compiled policy
// back and prove that it grants exactly the policy's type-enforcement part.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/diag/diag.h"
#include "core/model/model.h"
#include "driver/pipeline/selinux_base.h"
#include "targets/selinux/emit.h"
#include "targets/selinux/facts.h"

namespace bh {

// Compiles CIL files into a binary policy and, where a path is given, the file contexts beside it,
// with neverallow rules checked. False when the compiler refuses them (BH6066); fails when secilc
// is not installed.
Result<bool> compile_cil(const std::vector<std::filesystem::path>& sources,
                         const std::filesystem::path& policy, DiagnosticSink& sink,
                         const std::filesystem::path& file_contexts = {});

// What a compiled policy and its file contexts say within the scope. Fails when the policy is no
// readable one, whatever its bytes.
Result<BinaryFacts> read_back(const std::filesystem::path& policy,
                              const std::filesystem::path& file_contexts,
                              const SelinuxScope& scope);

// One compiled policy and what was read back from it.
struct CompiledSelinux {
  SelinuxBase base = SelinuxBase::Minimal;
  size_t base_modules = 0;
  uintmax_t policy_bytes = 0;
  size_t settings = 1;  // of the variants that are booleans
  BinaryFacts read;
  bool equal = false;  // it is exactly what was planned; if not, the sink says how they differ
};

// Compiles the module's text with the base, writes the binary policy to `policy`, reads it back and
// compares with what was planned. Nothing when the compiler refuses it (BH6066, BH6072). The text
// is taken as it is, so that a changed one can be compared.
Result<std::optional<CompiledSelinux>> compile_and_compare(const CilModule& module,
                                                           SelinuxBase base,
                                                           const std::filesystem::path& cache,
                                                           const std::filesystem::path& policy,
                                                           DiagnosticSink& sink);

// A module that was compiled with each of the bases and found equal to the model each time.
struct ProvedCil {
  CilModule module;
  std::vector<CompiledSelinux> compiled;
};

// `settings` as in plan_selinux(). Nothing when the policy cannot be emitted, the compiler refuses
// it, or something compiled differs from the model: the sink says which.
Result<std::optional<ProvedCil>> emit_and_prove(const std::vector<CheckedModel>& settings,
                                                const std::vector<SelinuxBase>& bases,
                                                const std::filesystem::path& cache,
                                                DiagnosticSink& sink);

// A few lines of text about the module, and about a compiled policy.
std::string print(const CilModule& module);
std::string print(const CompiledSelinux& compiled);

}  // namespace bh
