#include "driver/pipeline/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace bh {

namespace fs = std::filesystem;

Result<std::string> read_file(const fs::path& path, size_t limit) {
  std::error_code error;
  if (fs::is_directory(path, error)) return fail(fmt::format("'{}' is a directory", path.string()));
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(fmt::format("cannot read '{}': {}", path.string(), std::strerror(errno)));
  std::string text;
  std::vector<char> chunk(size_t{1} << 16);
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0) {
    text.append(chunk.data(), static_cast<size_t>(in.gcount()));
    if (text.size() > limit) {
      return fail(fmt::format("'{}' is larger than {} MiB", path.string(), limit >> 20));
    }
  }
  if (in.bad()) return fail(fmt::format("cannot read '{}': {}", path.string(), std::strerror(errno)));
  return text;
}

Result<void> write_file(const fs::path& path, std::string_view text) {
  const fs::path part = path.string() + ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  std::error_code error;
  if (!out) {
    const std::string why = std::strerror(errno);
    fs::remove(part, error);
    return fail(fmt::format("cannot write '{}': {}", path.string(), why));
  }
  fs::rename(part, path, error);
  if (error) return fail(fmt::format("cannot write '{}': {}", path.string(), error.message()));
  return {};
}

Result<void> write_file(const fs::path& path, std::span<const std::byte> bytes) {
  return write_file(path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

static Result<std::vector<fs::path>> policies_in(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".bh") found.push_back(it->path().lexically_normal());
  }
  if (error) return fail(fmt::format("cannot list '{}': {}", directory.string(), error.message()));
  if (found.empty()) {
    return fail(fmt::format("nothing to check: no *.bh file in '{}'", directory.string()),
                "name a policy file, or the directory that holds it");
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::vector<fs::path>> policy_files(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return policies_in(".");
  std::vector<fs::path> files;
  for (const std::string& argument : arguments) {
    std::error_code error;
    if (!fs::is_directory(argument, error)) {
      files.emplace_back(argument);
      continue;
    }
    BH_TRY(const std::vector<fs::path> inner, policies_in(argument));
    files.insert(files.end(), inner.begin(), inner.end());
  }
  return files;
}

fs::path beside_this_program(std::string_view name) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path(name) : self.parent_path() / name;
}

fs::path user_cache() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "bulkhead";
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return fs::path(home) / ".cache" / "bulkhead";
  std::error_code error;
  return fs::temp_directory_path(error) / fmt::format("bulkhead-{}", getuid());
}

Result<TemporaryDirectory> TemporaryDirectory::create() {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "bulkhead-XXXXXX").string();
  if (error || mkdtemp(pattern.data()) == nullptr) {
    return fail("cannot create a temporary directory", "set TMPDIR to a writable folder");
  }
  return TemporaryDirectory(pattern);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace bh
