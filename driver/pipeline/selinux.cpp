#include "driver/pipeline/selinux.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "core/base/counted.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "targets/selinux/binary_facts.h"
#include "targets/selinux/probe.h"
#include "targets/selinux/sepol_policy.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

// secilc's words, a note each, without blank lines.
void add_notes(DiagnosticSink::Builder diagnostic, std::string_view text) {
  constexpr size_t MaxNotes = 20;
  for (size_t notes = 0; !text.empty() && notes < MaxNotes;) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(' ') == std::string_view::npos) continue;
    diagnostic.note(std::string(line));
    ++notes;
  }
}

}  // namespace

Result<bool> compile_cil(const std::vector<fs::path>& sources, const fs::path& policy,
                         DiagnosticSink& sink, const fs::path& file_contexts) {
  if (find_program("secilc").empty()) {
    return fail("the SELinux compiler 'secilc' is not installed",
                "install it: apt-get install secilc");
  }
  // Under names of one folder, so that its messages hold no other path.
  BH_TRY(const TemporaryDirectory folder, TemporaryDirectory::create());
  std::vector<std::string> command = {"secilc", "-o", "policy", "-f", "file_contexts"};
  for (const fs::path& source : sources) {
    const std::string name = source.filename().string();
    std::error_code error;
    fs::create_symlink(fs::absolute(source), folder.path() / name, error);
    if (error) return fail(fmt::format("cannot link '{}': {}", source.string(), error.message()));
    command.push_back(name);
  }
  BH_TRY(const ProcessResult compiled, run_selinux_tool(command, folder.path()));
  if (compiled.exit_code != 0) {
    add_notes(sink.report({}, diag::SelinuxCompilerRefused), compiled.errors + compiled.output);
    return false;
  }
  std::error_code error;
  fs::copy_file(folder.path() / "policy", policy, fs::copy_options::overwrite_existing, error);
  if (!error && !file_contexts.empty()) {
    fs::copy_file(folder.path() / "file_contexts", file_contexts,
                  fs::copy_options::overwrite_existing, error);
  }
  if (error) return fail(fmt::format("cannot write '{}': {}", policy.string(), error.message()));
  return true;
}

Result<BinaryFacts> read_back(const fs::path& policy, const fs::path& file_contexts,
                              const SelinuxScope& scope) {
  BH_TRY(const std::string bytes, read_file(policy));
  BH_TRY(const std::string contexts, read_file(file_contexts));
  BH_TRY(const selinux::Policy read, selinux::read_kernel_policy(policy.string(), bytes));
  BinaryFacts facts = read_facts(read, contexts, scope);
  if (!scope.processes.empty()) leave_out_given(read, scope, facts);
  return facts;
}

Result<std::optional<CompiledSelinux>> compile_and_compare(const CilModule& module,
                                                           SelinuxBase base, const fs::path& cache,
                                                           const fs::path& policy,
                                                           DiagnosticSink& sink) {
  CompiledSelinux result;
  result.base = base;
  result.settings = module.scope.settings.size();
  BH_TRY(const TemporaryDirectory folder, TemporaryDirectory::create());
  std::vector<std::pair<std::string, std::string>> texts = {{"emitted_policy.cil", module.text}};
  if (base == SelinuxBase::Debian && !module.scope.processes.empty())
    texts.emplace_back("probe.cil", probe_module());
  std::string linked;
  for (const auto& [name, text] : texts) linked += text;
  BH_TRY(const BaseFiles files, base_files(base, linked, cache, folder.path()));
  result.base_modules = files.modules.size();
  std::vector<fs::path> sources = files.sources;
  for (const auto& [name, text] : texts) {
    sources.push_back(folder.path() / name);
    if (Result<void> written = write_file(sources.back(), text); !written.has_value())
      return tl::unexpected(written.error());
  }
  const fs::path contexts = folder.path() / "file_contexts";
  DiagnosticSink refusal;
  BH_TRY(const bool compiled, compile_cil(sources, policy, refusal, contexts));
  if (!compiled) {
    BH_TRY(const bool taken, report_taken(module.plan.names, files.modules, sink));
    if (!taken) {
      for (const Diagnostic& diagnostic : refusal.diagnostics()) sink.add(diagnostic);
    }
    return std::optional<CompiledSelinux>();
  }
  std::error_code error;
  result.policy_bytes = fs::file_size(policy, error);
  BH_TRY(result.read, read_back(policy, contexts, module.scope));
  result.equal = compare(module.facts, result.read, module.scope.settings, sink);
  return std::optional<CompiledSelinux>(std::move(result));
}

Result<std::optional<ProvedCil>> emit_and_prove(const std::vector<CheckedModel>& settings,
                                                const std::vector<SelinuxBase>& bases,
                                                const fs::path& cache, DiagnosticSink& sink) {
  std::optional<CilModule> module = emit_cil(settings, sink);
  if (!module) return std::optional<ProvedCil>();
  ProvedCil proved{std::move(*module), {}};
  BH_TRY(const TemporaryDirectory folder, TemporaryDirectory::create());
  for (SelinuxBase base : bases) {
    BH_TRY(std::optional<CompiledSelinux> compiled,
           compile_and_compare(proved.module, base, cache, folder.path() / "policy", sink));
    if (!compiled || !compiled->equal) return std::optional<ProvedCil>();
    proved.compiled.push_back(std::move(*compiled));
  }
  return std::optional<ProvedCil>(std::move(proved));
}

std::string print(const CilModule& module) {
  const SelinuxNames& names = module.plan.names;
  const auto declared = [&](SelinuxNames::Kind kind) {
    return static_cast<size_t>(
        std::count_if(names.declared.begin(), names.declared.end(),
                      [&](const SelinuxNames::Declared& each) { return each.kind == kind; }));
  };
  std::string text = fmt::format(
      "{}, {}, {}, {}\n", counted(declared(SelinuxNames::Kind::Type), "type"),
      counted(declared(SelinuxNames::Kind::Class), "new object class", "new object classes"),
      counted(module.allow_rules, "allow rule"),
      counted(module.neverallow_rules, "neverallow rule"));
  std::vector<std::string> more;
  for (const auto& [number, what] : std::vector<std::pair<size_t, std::string_view>>{
           {declared(SelinuxNames::Kind::Attribute), "attribute"},
           {declared(SelinuxNames::Kind::Boolean), "boolean"},
           {declared(SelinuxNames::Kind::Role), "role"},
           {module.plan.starts.size(), "domain transition"},
           {module.plan.contexts.size(), "file context"}}) {
    if (number > 0) more.push_back(counted(number, what));
  }
  if (!more.empty()) text += fmt::format("{}\n", fmt::join(more, ", "));
  for (const Weakened& weakened : module.plan.approximations) {
    text += fmt::format("  approximated  {} ({}): {}\n", weakened.name,
                        counted(weakened.cells.size(), "permission"), weakened.because);
  }
  return text;
}

std::string print(const CompiledSelinux& compiled) {
  std::string text;
  switch (compiled.base) {
    case SelinuxBase::Minimal:
      text = "compiled alone on the minimal base";
      break;
    case SelinuxBase::Debian:
      text =
          fmt::format("linked with {} modules of Debian's policy ({} types, {} allow rules in all)",
                      compiled.base_modules, compiled.read.types, compiled.read.rules);
      break;
  }
  text += fmt::format(
      ": {} bytes\n  read back: {} and {} among its types, {}{}; {} to or from other types{}\n",
      compiled.policy_bytes, counted(compiled.read.certain.grants.size(), "permission"),
      counted(compiled.read.certain.statements.size(), "other statement"),
      compiled.equal ? "exactly those of the policy" : "NOT those of the policy",
      compiled.settings > 1 ? fmt::format(" in each of {} settings", compiled.settings) : "",
      compiled.read.foreign.size(),
      compiled.read.given > 0 ? fmt::format("; {} that every process has", compiled.read.given)
                              : "");
  return text;
}

}  // namespace bh
