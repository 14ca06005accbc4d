#include "driver/pipeline/selinux_base.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "core/base/hash.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux_policy.h"
#include "targets/selinux/minimal_base.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

constexpr const char* PackagedModules = "/usr/share/selinux/default";
constexpr const char* DisabledModules = "/var/lib/selinux/default/active/modules/disabled";
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
  std::sort(packages.begin(), packages.end());
  return packages;
}

// A name for this set of packages: another version of one of them gives another name (FNV-1a).
Result<std::string> stamp_of(const std::vector<fs::path>& packages) {
  uint64_t hash = FnvStart;
  for (const fs::path& package : packages) {
    BH_TRY(const std::string bytes, read_file(package));
    hash = fnv1a(bytes, fnv1a(package.filename().string(), hash));
  }
  return fmt::format("debian-selinux-{:016x}", hash);
}

Result<void> convert(const fs::path& package, const fs::path& into) {
  BH_TRY(const selinux::CilText module, read_selinux_module(package));
  return write_file(into / (module_name(package) + ".cil"), module.text);
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

using Kind = SelinuxNames::Kind;

// The words that begin a declaration in CIL.
struct Declaration {
  std::string_view head;
  Kind kind;
};
constexpr Declaration Declarations[] = {
    {"(type ", Kind::Type},       {"(typealias ", Kind::Type},  {"(typeattribute ", Kind::Type},
    {"(class ", Kind::Class},     {"(role ", Kind::Role},       {"(roleattribute ", Kind::Role},
    {"(boolean ", Kind::Boolean}, {"(tunable ", Kind::Boolean},
};

std::string_view word(Kind kind) {
  switch (kind) {
    case Kind::Type:
      return "type";
    case Kind::Attribute:
      return "attribute";
    case Kind::Class:
      return "class";
    case Kind::Role:
      return "role";
    case Kind::Boolean:
      return "boolean";
  }
  BH_CHECK(false);
}

// Calls `use` with the name of each such declaration in CIL text.
void each_name(std::string_view text, std::string_view head, const auto& use) {
  for (size_t at = text.find(head); at != std::string_view::npos; at = text.find(head, at + 1)) {
    const size_t begin = at + head.size();
    use(text.substr(begin, text.find_first_of(" )\n", begin) - begin));
  }
}

}  // namespace

Result<ProcessResult> run_selinux_tool(const std::vector<std::string>& command,
                                       const fs::path& directory) {
  ProcessOptions options;
  options.directory = directory;
  options.limit = ToolLimit;
  BH_TRY(ProcessResult result, run_process(command, options));
  if (result.timed_out)
    return fail(fmt::format("'{}' took more than {} s", command[0], ToolLimit.count()));
  return result;
}

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

Result<std::vector<fs::path>> base_sources(SelinuxBase base, const fs::path& cache,
                                           const fs::path& folder) {
  switch (base) {
    case SelinuxBase::Minimal: {
      const fs::path path = folder / "minimal_base.cil";
      if (Result<void> written = write_file(path, minimal_base()); !written.has_value())
        return tl::unexpected(written.error());
      return std::vector<fs::path>{path};
    }
    case SelinuxBase::Debian:
      return debian_modules(cache);
  }
  BH_CHECK(false);
}

Result<bool> report_taken(const SelinuxNames& names, const std::vector<fs::path>& base,
                          DiagnosticSink& sink) {
  std::map<std::pair<Kind, std::string_view>, const SelinuxNames::Declared*> ours;
  for (const SelinuxNames::Declared& each : names.declared) {
    const Kind space = each.kind == Kind::Attribute ? Kind::Type : each.kind;
    ours.emplace(std::pair(space, std::string_view(each.name)), &each);
  }
  std::map<const SelinuxNames::Declared*, std::string> taken;  // in which file
  for (const fs::path& path : base) {
    BH_TRY(const std::string text, read_file(path));
    for (const auto& [head, kind] : Declarations) {
      each_name(text, head, [&, kind = kind](std::string_view name) {
        const auto at = ours.find({kind, name});
        if (at != ours.end()) taken.emplace(at->second, path.filename().string());
      });
    }
  }
  for (const auto& [declared, file] : taken) {  // in the order in which they were declared
    sink.report(declared->span, diag::SelinuxNameTaken, word(declared->kind), declared->name)
        .note(fmt::format("it is declared in {}; here it is that of '{}'", file, declared->owner));
  }
  return !taken.empty();
}

}  // namespace bh
