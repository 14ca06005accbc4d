#include "driver/pipeline/selinux_base.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_set>

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
  return fmt::format("debian-modules-{:016x}", hash);
}

// Beside the modules in the cache, which end in .cil.
constexpr std::string_view Resolved = "resolved";
constexpr std::string_view Words = "words";  // each word of the modules, sorted, a line each

// Calls `use` with each word of CIL text.
void each_word(std::string_view text, const auto& use) {
  constexpr std::string_view Breaks = " ()\n\t\"";
  for (size_t at = text.find_first_not_of(Breaks); at != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(Breaks, at), text.size());
    use(text.substr(at, end - at));
    at = text.find_first_not_of(Breaks, end);
  }
}

std::string words_of(const std::vector<selinux::CilText>& modules) {
  std::unordered_set<std::string_view> found;
  for (const selinux::CilText& module : modules)
    each_word(module.text, [&](std::string_view word) { found.insert(word); });
  std::vector<std::string_view> sorted(found.begin(), found.end());
  std::ranges::sort(sorted);
  return fmt::format("{}\n", fmt::join(sorted, "\n"));
}

Result<void> write_base(const std::vector<fs::path>& packages, const fs::path& folder) {
  std::vector<selinux::CilText> modules;
  for (const fs::path& package : packages) {
    BH_TRY(selinux::CilText module, read_selinux_module(package));
    module.name = module_name(package) + ".cil";
    if (Result<void> done = write_file(folder / module.name, module.text); !done.has_value())
      return done;
    modules.push_back(std::move(module));
  }
  if (Result<void> done = write_file(folder / Words, words_of(modules)); !done.has_value())
    return done;
  BH_TRY(const std::string resolved, selinux::resolve_cil(modules));
  return write_file(folder / Resolved, resolved);
}

// All of it or nothing: filled beside its final name, then renamed.
Result<void> fill(const std::vector<fs::path>& packages, const fs::path& folder) {
  std::error_code error;
  const fs::path unfinished = fmt::format("{}.{}", folder.string(), getpid());
  fs::remove_all(unfinished, error);
  if (!fs::create_directories(unfinished, error)) {
    return fail(fmt::format("cannot make '{}': {}", unfinished.string(), error.message()));
  }
  if (Result<void> done = write_base(packages, unfinished); !done.has_value()) {
    fs::remove_all(unfinished, error);
    return done;
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

// Whether the text declares a name that is among the words.
bool declares_any(std::string_view text, std::string_view words) {
  std::unordered_set<std::string_view> known;
  each_word(words, [&](std::string_view word) { known.insert(word); });
  bool found = false;
  for (const Declaration& each : Declarations)
    each_name(text, each.head, [&](std::string_view name) { found |= known.contains(name); });
  return found;
}

Result<BaseFiles> debian_files(const fs::path& cache, std::string_view text) {
  BH_TRY(std::vector<fs::path> modules, debian_modules(cache));
  const fs::path folder = modules.front().parent_path();
  BH_TRY(const std::string words, read_file(folder / Words));
  if (declares_any(text, words)) return BaseFiles{modules, modules};
  return BaseFiles{{folder / Resolved}, std::move(modules)};
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

Result<BaseFiles> base_files(SelinuxBase base, std::string_view text, const fs::path& cache,
                             const fs::path& folder) {
  switch (base) {
    case SelinuxBase::Minimal: {
      const fs::path path = folder / "minimal_base.cil";
      if (Result<void> written = write_file(path, minimal_base()); !written.has_value())
        return tl::unexpected(written.error());
      return BaseFiles{{path}, {path}};
    }
    case SelinuxBase::Debian:
      return debian_files(cache, text);
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
