#include "driver/pipeline/selinux_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

bool ends_with_any(const fs::path& path, std::initializer_list<std::string_view> suffixes) {
  const std::string name = path.filename().string();
  return std::ranges::any_of(suffixes, [&](std::string_view s) { return name.ends_with(s); });
}

bool is_module(const fs::path& path) { return ends_with_any(path, {".cil", ".pp", ".pp.bz2"}); }

std::string first_bytes(const fs::path& path) {
  std::string bytes(4, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

// The files of a directory that `wanted` takes, sorted.
std::vector<fs::path> files_in(const fs::path& directory, bool (*wanted)(const fs::path&)) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    std::error_code unreadable;
    if (at->is_regular_file(unreadable) && wanted(at->path())) files.push_back(at->path());
  }
  std::ranges::sort(files);
  return files;
}

Result<std::vector<fs::path>> module_files(const std::vector<std::string>& arguments) {
  std::vector<fs::path> files;
  for (const std::string& argument : arguments) {
    std::error_code error;
    if (!fs::is_directory(argument, error)) {
      files.emplace_back(argument);
      continue;
    }
    const std::vector<fs::path> inside = files_in(argument, is_module);
    if (inside.empty())
      return fail(fmt::format("no policy modules in '{}'", argument),
                  "its files should end in .cil, .pp or .pp.bz2");
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

// "ssh" of "/usr/share/selinux/default/ssh.pp.bz2".
std::string module_name(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.substr(0, name.find('.'));
}

Result<std::string> unpacked(const fs::path& path) {
  if (!ends_with_any(path, {".bz2"})) return read_file(path);
  ProcessOptions options;
  options.limit = std::chrono::seconds(60);
  BH_TRY(const ProcessResult result, run_process({"bzip2", "-dc", path.string()}, options));
  if (result.exit_code != 0 || result.timed_out)
    return fail(fmt::format("cannot unpack '{}': {}", path.string(), result.errors));
  return result.output;
}

}  // namespace

Result<selinux::CilText> read_selinux_module(const fs::path& path) {
  BH_TRY(std::string bytes, unpacked(path));
  if (ends_with_any(path, {".cil"})) return selinux::CilText{path.string(), std::move(bytes)};
  if (!selinux::looks_like_package(bytes))
    return fail(fmt::format("'{}' is no module package", path.string()));
  BH_TRY(std::string text, selinux::package_to_cil(path.string(), bytes));
  return selinux::CilText{path.string(), std::move(text)};
}

bool is_selinux_policy(const std::string& argument) {
  const fs::path path(argument);
  std::error_code error;
  if (fs::is_directory(path, error)) {
    const auto is_text = [](const fs::path& p) { return ends_with_any(p, {".bh"}); };
    return files_in(path, is_text).empty() && !files_in(path, is_module).empty();
  }
  if (!fs::is_regular_file(path, error)) return false;
  return is_module(path) || selinux::looks_like_kernel_policy(first_bytes(path));
}

Result<selinux::Policy> load_selinux(const std::vector<std::string>& arguments,
                                     selinux::Origins* origins) {
  BH_TRY(const std::vector<fs::path> files, module_files(arguments));
  if (files.empty()) return fail("no SELinux policy is named", "bulkhead import selinux policy.33");
  if (files.size() == 1 && !is_module(files[0])) {
    BH_TRY(const std::string bytes, read_file(files[0]));
    return selinux::read_kernel_policy(files[0].string(), bytes);
  }
  std::vector<selinux::CilText> texts;
  for (const fs::path& file : files) {
    if (!is_module(file))
      return fail(
          fmt::format("'{}' is no module, and a compiled policy stands by itself", file.string()));
    BH_TRY(selinux::CilText text, read_selinux_module(file));
    texts.push_back(std::move(text));
  }
  Result<selinux::Policy> policy = selinux::compile_policy(texts);
  if (policy.has_value() && origins != nullptr) {
    for (const selinux::CilText& text : texts) origins->add(module_name(text.name), text.text);
  }
  return policy;
}

}  // namespace bh
