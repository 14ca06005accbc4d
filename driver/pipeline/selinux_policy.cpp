#include "driver/pipeline/selinux_policy.h"

#include <fmt/format.h>

#include <filesystem>

#include "driver/pipeline/git.h"
#include "driver/pipeline/process.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

// What is in memory, once it is on disk.
Result<std::string> unpacked(const std::string& bytes) {
  BH_TRY(const TemporaryDirectory folder, TemporaryDirectory::create());
  const fs::path packed = folder.path() / "packed";
  if (Result<void> written = write_file(packed, bytes); !written.has_value())
    return tl::unexpected(written.error());
  ProcessOptions options;
  options.limit = std::chrono::seconds(60);
  BH_TRY(const ProcessResult result, run_process({"bzip2", "-dc", packed.string()}, options));
  if (result.exit_code != 0 || result.timed_out) return fail(result.errors);
  return result.output;
}

Result<selinux::CilText> as_module(const std::string& path, std::string bytes) {
  if (path.ends_with(".bz2")) {
    Result<std::string> whole = unpacked(bytes);
    if (!whole.has_value())
      return fail(fmt::format("cannot unpack '{}': {}", path, whole.error().message));
    bytes = std::move(*whole);
  }
  if (path.ends_with(".cil")) return selinux::CilText{path, std::move(bytes)};
  if (!selinux::looks_like_package(bytes))
    return fail(fmt::format("'{}' is no module package", path));
  BH_TRY(std::string text, selinux::package_to_cil(path, bytes));
  return selinux::CilText{path, std::move(text)};
}

bool is_compiled(const PolicySource& source) {
  const Result<std::string> bytes = source.read(source.paths[0]);
  return bytes.has_value() && selinux::looks_like_kernel_policy(*bytes);
}

// "ssh" of "/usr/share/selinux/default/ssh.pp.bz2".
std::string module_name(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.substr(0, name.find('.'));
}

// Of the files that an argument stands for in each way to look at it.
bool is_selinux(const Result<PolicySource>& texts, const Result<PolicySource>& modules) {
  if (!modules.has_value()) return false;
  const std::string& first = modules->paths[0];
  if (SelinuxModules.takes(first)) return !texts.has_value() || texts->paths == modules->paths;
  return !PolicyTexts.takes(first) && is_compiled(*modules);
}

}  // namespace

Result<selinux::CilText> read_selinux_module(const fs::path& path) {
  BH_TRY(std::string bytes, read_file(path));
  return as_module(path.string(), std::move(bytes));
}

bool is_selinux_policy(const std::string& argument) {
  std::error_code error;
  if (fs::is_directory(argument, error) || fs::is_regular_file(argument, error))
    return is_selinux(files_on_disk({argument}), files_on_disk({argument}, SelinuxModules));
  if (!names_commit(argument)) return false;
  const auto in_git = [&](const FileKind& kind) -> Result<PolicySource> {
    BH_TRY(GitPolicy policy, policy_in_git(argument, kind));
    return std::move(policy.source);
  };
  return is_selinux(in_git(PolicyTexts), in_git(SelinuxModules));
}

Result<selinux::Policy> load_selinux(const PolicySource& source, selinux::Origins* origins) {
  if (source.paths.size() == 1 && !SelinuxModules.takes(source.paths[0])) {
    BH_TRY(const std::string bytes, source.read(source.paths[0]));
    return selinux::read_kernel_policy(source.paths[0], bytes);
  }
  std::vector<selinux::CilText> texts;
  for (const std::string& path : source.paths) {
    if (!SelinuxModules.takes(path))
      return fail(fmt::format("'{}' is no module, and a compiled policy stands by itself", path));
    BH_TRY(std::string bytes, source.read(path));
    BH_TRY(selinux::CilText text, as_module(path, std::move(bytes)));
    texts.push_back(std::move(text));
  }
  Result<selinux::Policy> policy = selinux::compile_policy(texts);
  if (policy.has_value() && origins != nullptr) {
    for (const selinux::CilText& text : texts) origins->add(module_name(text.name), text.text);
  }
  return policy;
}

Result<selinux::Policy> load_selinux(const std::vector<std::string>& arguments,
                                     selinux::Origins* origins) {
  if (arguments.empty())
    return fail("no SELinux policy is named", "bulkhead import selinux policy.33");
  BH_TRY(const PolicySource source, files_on_disk(arguments, SelinuxModules));
  return load_selinux(source, origins);
}

}  // namespace bh
