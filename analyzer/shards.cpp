#include "analyzer/shards.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/facts/text.h"

namespace bh {
namespace {

constexpr std::string_view IndexVersion = "bulkhead-facts-index 1";
constexpr std::string_view InputsVersion = "bulkhead-facts-inputs 2";
constexpr off_t LargestFile = off_t{1} << 30;

bool is_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Of a file that this program may have written: "HASH.facts", "HASH.inputs", and with ".PID.part"
// one that was not finished.
bool is_ours(std::string_view file) {
  if (file.starts_with("index.") && file.ends_with(".part")) return true;
  std::string_view name = file.substr(0, std::min<size_t>(32, file.size()));
  std::string_view rest = file.substr(name.size());
  if (name.size() != 32 || !is_name(name)) return false;
  for (std::string_view kind : {".facts", ".inputs"})
    if (rest == kind || (rest.starts_with(kind) && rest.ends_with(".part"))) return true;
  return false;
}

// The lines after the version line; nothing when that is not `version` or the last line is cut
// short.
std::optional<std::vector<std::string_view>> lines_of(std::string_view text,
                                                      std::string_view version) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  if (lines.empty() || lines.front() != version) return std::nullopt;
  lines.erase(lines.begin());
  return lines;
}

struct Descriptor {
  int number = -1;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

bool write_whole(int file, std::string_view text) {
  while (!text.empty()) {
    ssize_t n = ::write(file, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// "shard NAME SIZE"
bool read_shard_line(std::string_view line, ShardInputs& inputs) {
  if (!line.starts_with("shard ")) return false;
  line.remove_prefix(6);
  size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  inputs.shard = line.substr(0, space);
  std::string_view size = line.substr(space + 1);
  auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), inputs.size);
  return error == std::errc() && end == size.data() + size.size() && is_name(inputs.shard);
}

// "ok", "failed REASON" or "died REASON"
bool read_state_line(std::string_view line, ShardInputs& inputs) {
  size_t space = std::min(line.find(' '), line.size());
  std::string_view state = line.substr(0, space);
  inputs.reason = line.substr(std::min(space + 1, line.size()));
  if (state == "ok")
    inputs.state = ShardState::Ok;
  else if (state == "failed")
    inputs.state = ShardState::Failed;
  else if (state == "died")
    inputs.state = ShardState::Died;
  else
    return false;
  return true;
}

std::string_view word(ShardState state) {
  switch (state) {
    case ShardState::Ok:
      return "ok";
    case ShardState::Failed:
      return "failed";
    case ShardState::Died:
      return "died";
  }
  return "";
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  auto refuse = [&](const char* why) {
    return fail(fmt::format("cannot read '{}': {}", path, why));
  };
  struct stat status{};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) return refuse(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return fail(fmt::format("'{}' is a folder", path));
  if (!S_ISREG(status.st_mode)) return refuse("not a regular file");
  if (status.st_size > LargestFile) return refuse("larger than 1 GiB");
  std::string text(static_cast<size_t>(status.st_size) + 1, '\0');
  size_t have = 0;
  while (true) {
    if (have == text.size()) text.resize(2 * have);
    ssize_t n = ::read(file.number, text.data() + have, text.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return refuse(std::strerror(errno));
    if (n == 0) break;
    have += static_cast<size_t>(n);
    if (have > static_cast<size_t>(LargestFile)) return refuse("larger than 1 GiB");
  }
  text.resize(have);
  return text;
}

Result<bool> write_file(const std::string& path, std::string_view text) {
  std::string temporary = fmt::format("{}.{}.part", path, ::getpid());
  auto refuse = [&] {
    int why = errno;
    ::unlink(temporary.c_str());
    return fail(fmt::format("cannot write '{}': {}", path, std::strerror(why)));
  };
  int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return refuse();
  bool written = write_whole(file, text);
  int why = errno;
  bool closed = ::close(file) == 0;  // where a file system reports what it could not keep
  if (!written) errno = why;
  if (!written || !closed || ::rename(temporary.c_str(), path.c_str()) != 0) return refuse();
  return true;
}

std::string escape_line(std::string_view text) {
  std::string out;
  if (text.find_first_of("\n\\") == std::string_view::npos) return out.assign(text);
  for (char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\\')
      out += "\\\\";
    else
      out += c;
  }
  return out;
}

std::string unescape_line(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size())
      out += text[i];
    else
      out += text[++i] == 'n' ? '\n' : text[i];
  }
  return out;
}

std::string write_inputs(const ShardInputs& inputs) {
  std::string text(InputsVersion);
  text += '\n';
  for (const auto& [state, path] : inputs.files)
    text.append(state).append(" ").append(path) += '\n';
  text += fmt::format("shard {} {}\n{}", inputs.shard, inputs.size, word(inputs.state));
  if (!inputs.reason.empty()) text.append(" ").append(inputs.reason);
  return text + '\n';
}

std::optional<ShardInputs> read_inputs(std::string_view text) {
  auto lines = lines_of(text, InputsVersion);
  if (!lines || lines->size() < 2) return std::nullopt;
  ShardInputs inputs;
  if (!read_state_line(lines->back(), inputs)) return std::nullopt;
  lines->pop_back();
  if (!read_shard_line(lines->back(), inputs)) return std::nullopt;
  lines->pop_back();
  inputs.files.reserve(lines->size());
  for (std::string_view line : *lines) {
    size_t space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    inputs.files.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return inputs;
}

std::string write_index(const std::vector<std::string>& shards) {
  std::vector<std::string> sorted = shards;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string text(IndexVersion);
  text += '\n';
  for (const std::string& shard : sorted) text += shard + '\n';
  return text;
}

std::optional<std::vector<std::string>> read_index(std::string_view text) {
  auto lines = lines_of(text, IndexVersion);
  if (!lines) return std::nullopt;
  std::vector<std::string> shards;
  for (std::string_view line : *lines) {
    if (!is_name(line)) return std::nullopt;
    shards.emplace_back(line);
  }
  return shards;
}

FactsLock& FactsLock::operator=(FactsLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

FactsLock::~FactsLock() {
  if (file_ >= 0) ::close(file_);
}

Result<FactsLock> FactsLock::take(const std::string& folder, Mode mode) {
  std::string path = folder + "/lock";
  FactsLock lock;
  lock.file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock.file_ < 0) return fail(fmt::format("cannot write '{}': {}", path, std::strerror(errno)));
  int how = mode == Mode::Alone ? LOCK_EX : LOCK_SH;
  if (::flock(lock.file_, how | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) fmt::print(stderr, "waiting for another run on '{}'\n", folder);
  while (::flock(lock.file_, how) != 0)
    if (errno != EINTR)
      return fail(fmt::format("cannot lock '{}': {}", path, std::strerror(errno)));
  return lock;
}

void remove_old_shards(const std::string& folder, const std::set<std::string>& keep) {
  std::error_code error;
  std::filesystem::directory_iterator files(folder, error), end;
  for (; !error && files != end; files.increment(error)) {
    std::string name = files->path().filename().string();
    if (is_ours(name) && !keep.contains(name)) ::unlink(files->path().c_str());
  }
}

Result<Facts> load_facts(const std::string& folder) {
  // A folder without a lock was not written by runs here, and one that nobody can write stays as it
  // is.
  Result<FactsLock> lock = ::access((folder + "/lock").c_str(), W_OK) == 0
                               ? FactsLock::take(folder, FactsLock::Mode::Shared)
                               : Result<FactsLock>(FactsLock());
  if (!lock) return fail(lock.error().message);
  BH_TRY(std::string text, read_file(folder + "/index"));
  std::optional<std::vector<std::string>> shards = read_index(text);
  if (!shards)
    return fail(fmt::format("'{}/index' is not an index of facts", folder), "extract again");
  if (shards->empty()) return fail(fmt::format("'{}' holds no facts: nothing to check", folder));
  std::vector<Facts> parts;
  for (const std::string& shard : *shards) {
    BH_TRY(std::string bytes, read_file(folder + "/" + shard + ".facts"));
    Result<Facts> facts = read_facts(bytes);
    if (!facts)
      return fail(fmt::format("{}.facts: {}", shard, facts.error().message),
                  fmt::format("remove '{}' and extract again", folder));
    parts.push_back(std::move(*facts));
  }
  return merge_all(std::move(parts));
}

}  // namespace bh
