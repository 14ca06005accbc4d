#include "driver/pipeline/files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
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

Result<std::string> read_standard_input(size_t limit) {
  std::string text;
  std::vector<char> chunk(size_t{1} << 16);
  while (const size_t count = std::fread(chunk.data(), 1, chunk.size(), stdin)) {
    text.append(chunk.data(), count);
    if (text.size() > limit) return fail(fmt::format("standard input is larger than {} MiB", limit >> 20));
  }
  if (std::ferror(stdin) != 0) return fail(fmt::format("cannot read standard input: {}", std::strerror(errno)));
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

namespace {

// A file that does not outlive this unless it was kept.
class PartFile {
 public:
  explicit PartFile(const fs::path& beside) : path_(beside.string() + ".XXXXXX") { file_ = mkstemp(path_.data()); }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() {
    if (file_ < 0) return;
    close(file_);
    if (!kept_) unlink(path_.c_str());
  }
  // False, with errno set, when something failed.
  bool write(std::string_view text, const struct stat& like) {
    while (file_ >= 0 && !text.empty()) {
      const ssize_t count = ::write(file_, text.data(), text.size());
      if (count < 0 && errno != EINTR) return false;
      text.remove_prefix(static_cast<size_t>(std::max<ssize_t>(count, 0)));
    }
    if (file_ < 0) return false;
    // Only root can give files away; then the mode, which a change of owner may clear bits of.
    if (fchown(file_, like.st_uid, like.st_gid) != 0 && errno != EPERM) return false;
    return fchmod(file_, like.st_mode & 07777) == 0;
  }
  bool keep_as(const fs::path& path) {
    kept_ = std::rename(path_.c_str(), path.c_str()) == 0;
    return kept_;
  }

 private:
  std::string path_;
  int file_ = -1;
  bool kept_ = false;
};

}  // namespace

Result<void> rewrite_file(const fs::path& path, std::string_view text) {
  const auto cannot = [&](std::string_view why) {
    return fail(fmt::format("cannot write '{}': {}", path.string(), why));
  };
  std::error_code error;
  const fs::path target = fs::canonical(path, error);
  struct stat status = {};
  if (error || stat(target.c_str(), &status) != 0) return cannot(std::strerror(error ? error.value() : errno));
  if (!S_ISREG(status.st_mode)) return cannot("not a regular file");
  if ((status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0) return cannot("it is read-only");
  if (access(target.c_str(), W_OK) != 0) return cannot(std::strerror(errno));
  PartFile part(target);
  if (!part.write(text, status) || !part.keep_as(target)) return cannot(std::strerror(errno));
  return {};
}

using Paths = Result<std::vector<fs::path>>;

// What a search of a directory comes to. `nothing`: what to say when it found no policy.
static Paths found_in(const fs::path& directory, std::error_code error, std::vector<fs::path> found,
                      std::string nothing) {
  if (error) return fail(fmt::format("cannot list '{}': {}", directory.string(), error.message()));
  if (found.empty()) {
    return fail(std::move(nothing), "name a policy file, or the directory that holds it");
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool FileKind::takes(const fs::path& path) const {
  const std::string file = path.filename().string();
  return std::ranges::any_of(
      endings, [&](std::string_view ending) { return !ending.empty() && file.ends_with(ending); });
}

static Paths files_in(const fs::path& directory, const FileKind& kind) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (kind.takes(it->path())) found.push_back(it->path().lexically_normal());
  }
  return found_in(directory, error, std::move(found),
                  fmt::format("nothing to check: no {} in '{}'", kind.name, directory.string()));
}

static Paths policies_below(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const bool hidden = it->path().filename().string().starts_with(".");
    if (hidden && it->is_directory(error)) it.disable_recursion_pending();
    if (!hidden && it->path().extension() == ".bh") found.push_back(it->path().lexically_normal());
  }
  return found_in(directory, error, std::move(found),
                  fmt::format("nothing to do: no *.bh file in '{}' or its folders", directory.string()));
}

// Files as they are named, directories as `search` finds what is in them.
static Paths named_files(const std::vector<std::string>& arguments, const auto& search) {
  if (arguments.empty()) return search(".");
  std::vector<fs::path> files;
  for (const std::string& argument : arguments) {
    std::error_code error;
    if (!fs::is_directory(argument, error)) {
      files.emplace_back(argument);
      continue;
    }
    BH_TRY(const std::vector<fs::path> inner, search(argument));
    files.insert(files.end(), inner.begin(), inner.end());
  }
  return files;
}

Result<std::vector<fs::path>> policy_files(const std::vector<std::string>& arguments,
                                           const FileKind& kind) {
  return named_files(arguments, [&](const fs::path& directory) { return files_in(directory, kind); });
}

Result<std::vector<fs::path>> policy_files_below(const std::vector<std::string>& arguments) {
  return named_files(arguments, policies_below);
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
