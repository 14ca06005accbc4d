#include "driver/pipeline/selinux.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "targets/selinux/binary_te.h"
#include "targets/selinux/minimal_base.h"
#include "targets/selinux/sepol_policy.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

constexpr const char* PackagedModules = "/usr/share/selinux/default";
constexpr const char* DisabledModules = "/var/lib/selinux/default/active/modules/disabled";
constexpr const char* PackageToCil = "/usr/libexec/selinux/hll/pp";
constexpr std::string_view PackageSuffix = ".pp.bz2";
constexpr std::chrono::seconds ToolLimit{300};

std::string module_name(const fs::path& package) {
  const std::string file = package.filename().string();
  return file.substr(0, file.size() - PackageSuffix.size());
}

// The packaged modules that are not disabled, by name.
Result<std::vector<fs::path>> enabled_packages() {
  const char* const install = "install it: apt-get install selinux-policy-default";
  std::vector<fs::path> packages;
  std::error_code error;
  for (fs::directory_iterator at(PackagedModules, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.size() <= PackageSuffix.size() || !std::string_view(name).ends_with(PackageSuffix))
      continue;
    std::error_code unreadable;
    if (fs::exists(fs::path(DisabledModules) / module_name(at->path()), unreadable)) continue;
    packages.push_back(at->path());
  }
  if (packages.empty())
    return fail(fmt::format("no policy modules in '{}'", PackagedModules), install);
  if (!fs::exists(PackageToCil, error))
    return fail(fmt::format("there is no '{}'", PackageToCil), install);
  std::sort(packages.begin(), packages.end());
  return packages;
}

// A name for this set of packages: another version of one of them gives another name (FNV-1a).
Result<std::string> stamp_of(const std::vector<fs::path>& packages) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](std::string_view text) {
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  for (const fs::path& package : packages) {
    BH_TRY(const std::string bytes, read_file(package));
    mix(package.filename().string());
    mix(bytes);
  }
  return fmt::format("debian-selinux-{:016x}", hash);
}

Result<ProcessResult> run_tool(const std::vector<std::string>& command,
                               const fs::path& directory = {}) {
  ProcessOptions options;
  options.directory = directory;
  options.limit = ToolLimit;
  BH_TRY(ProcessResult result, run_process(command, options));
  if (result.timed_out)
    return fail(fmt::format("'{}' took more than {} s", command[0], ToolLimit.count()));
  return result;
}

Result<void> convert(const fs::path& package, const fs::path& into) {
  BH_TRY(const ProcessResult unpacked, run_tool({"bzip2", "-dc", package.string()}));
  if (unpacked.exit_code != 0)
    return fail(fmt::format("cannot unpack '{}': {}", package.string(), unpacked.errors));
  const fs::path plain = into / (module_name(package) + ".pp");
  const fs::path cil = into / (module_name(package) + ".cil");
  if (Result<void> written = write_file(plain, unpacked.output); !written.has_value())
    return written;
  BH_TRY(const ProcessResult converted, run_tool({PackageToCil, plain.string(), cil.string()}));
  if (converted.exit_code != 0)
    return fail(fmt::format("cannot read '{}': {}", package.string(), converted.errors));
  std::error_code ignored;
  fs::remove(plain, ignored);
  return {};
}

// All modules or none: filled beside its final name, then renamed.
Result<void> fill(const std::vector<fs::path>& packages, const fs::path& folder) {
  std::error_code error;
  const fs::path unfinished = fmt::format("{}.{}", folder.string(), getpid());
  fs::remove_all(unfinished, error);
  if (!fs::create_directories(unfinished, error)) {
    return fail(fmt::format("cannot make '{}': {}", unfinished.string(), error.message()));
  }
  for (const fs::path& package : packages) {
    if (Result<void> done = convert(package, unfinished); !done.has_value()) {
      fs::remove_all(unfinished, error);
      return done;
    }
  }
  fs::rename(unfinished, folder, error);
  if (error) fs::remove_all(unfinished, error);  // another process was faster
  if (!fs::exists(folder, error)) return fail(fmt::format("cannot make '{}'", folder.string()));
  return {};
}

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

Result<std::vector<fs::path>> debian_modules(const fs::path& cache) {
  BH_TRY(const std::vector<fs::path> packages, enabled_packages());
  BH_TRY(const std::string stamp, stamp_of(packages));
  const fs::path folder = fs::absolute(cache) / stamp;
  std::error_code error;
  if (!fs::exists(folder, error)) {
    if (Result<void> filled = fill(packages, folder); !filled.has_value())
      return tl::unexpected(filled.error());
  }
  std::vector<fs::path> modules;
  for (const fs::path& package : packages)
    modules.push_back(folder / (module_name(package) + ".cil"));
  return modules;
}

Result<bool> compile_cil(const std::vector<fs::path>& sources, const fs::path& policy,
                         DiagnosticSink& sink) {
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
  BH_TRY(const ProcessResult compiled, run_tool(command, folder.path()));
  if (compiled.exit_code != 0) {
    add_notes(sink.report({}, diag::SelinuxCompilerRefused), compiled.errors + compiled.output);
    return false;
  }
  std::error_code error;
  fs::copy_file(folder.path() / "policy", policy, fs::copy_options::overwrite_existing, error);
  if (error) return fail(fmt::format("cannot write '{}': {}", policy.string(), error.message()));
  return true;
}

Result<BinaryTe> read_back(const fs::path& policy, const std::vector<std::string>& types) {
  BH_TRY(const std::string bytes, read_file(policy));
  BH_TRY(const selinux::Policy read, selinux::read_kernel_policy(policy.string(), bytes));
  return restrict_to(read, types);
}

Result<std::optional<CompiledSelinux>> compile_and_compare(const CheckedModel& model,
                                                           const CilModule& module,
                                                           SelinuxBase base, const fs::path& cache,
                                                           const fs::path& policy,
                                                           DiagnosticSink& sink) {
  CompiledSelinux result;
  result.base = base;
  BH_TRY(const TemporaryDirectory folder, TemporaryDirectory::create());
  std::vector<fs::path> sources;
  switch (base) {
    case SelinuxBase::Minimal: {
      sources = {folder.path() / "minimal_base.cil"};
      if (Result<void> written = write_file(sources[0], minimal_base()); !written.has_value()) {
        return tl::unexpected(written.error());
      }
      break;
    }
    case SelinuxBase::Debian: {
      BH_TRY(sources, debian_modules(cache));
      break;
    }
  }
  result.base_modules = sources.size();
  sources.push_back(folder.path() / "emitted_policy.cil");
  if (Result<void> written = write_file(sources.back(), module.text); !written.has_value()) {
    return tl::unexpected(written.error());
  }
  BH_TRY(const bool compiled, compile_cil(sources, policy, sink));
  if (!compiled) return std::optional<CompiledSelinux>();
  std::error_code error;
  result.policy_bytes = fs::file_size(policy, error);
  BH_TRY(result.te, read_back(policy, module.names.types));
  result.equal = compare(type_enforcement(model, module.names), result.te, sink);
  return std::optional<CompiledSelinux>(std::move(result));
}

Result<std::optional<ProvedCil>> emit_and_prove(const CheckedModel& model,
                                                const std::vector<SelinuxBase>& bases,
                                                const fs::path& cache, DiagnosticSink& sink) {
  std::optional<CilModule> module = emit_cil(model, sink);
  if (!module) return std::optional<ProvedCil>();
  ProvedCil proved{std::move(*module), {}};
  BH_TRY(const TemporaryDirectory folder, TemporaryDirectory::create());
  for (SelinuxBase base : bases) {
    BH_TRY(std::optional<CompiledSelinux> compiled,
           compile_and_compare(model, proved.module, base, cache, folder.path() / "policy", sink));
    if (!compiled || !compiled->equal) return std::optional<ProvedCil>();
    proved.compiled.push_back(std::move(*compiled));
  }
  return std::optional<ProvedCil>(std::move(proved));
}

std::string print(const CilModule& module) {
  const size_t classes = static_cast<size_t>(
      std::count_if(module.names.classes.begin(), module.names.classes.end(),
                    [](const SelinuxNames::ObjectClass& c) { return c.used && !c.from_kernel; }));
  std::string text =
      fmt::format("{} types, {} new object classes, {} allow and {} neverallow rules\n",
                  module.names.types.size(), classes, module.allow_rules, module.neverallow_rules);
  for (const CilModule::Weakened& weakened : module.approximations) {
    text +=
        fmt::format("  approximated  {} ({} permission{}): {}\n", weakened.name,
                    weakened.cells.size(), weakened.cells.size() == 1 ? "" : "s", weakened.because);
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
                      compiled.base_modules, compiled.te.types, compiled.te.rules);
      break;
  }
  text += fmt::format(
      ": {} bytes\n  read back: {} permissions among its types, {}; {} to or from other types\n",
      compiled.policy_bytes, compiled.te.facts.size(),
      compiled.equal ? "exactly those of the policy" : "NOT those of the policy",
      compiled.te.foreign.size());
  return text;
}

}  // namespace bh
