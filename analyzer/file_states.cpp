#include "analyzer/file_states.h"

#include <sys/stat.h>

#include <cerrno>

#include "analyzer/shards.h"
#include "analyzer/units.h"

namespace bh {

FileStates::Known& FileStates::look_at(std::string_view path) {
  auto [at, added] = known_.try_emplace(path);
  Known& known = at->second;
  if (!added) return known;
  known.path = absolute_path(root_, unescape_line(path));
  struct stat status = {};
  bool found = ::stat(known.path.c_str(), &status) == 0;
  known.missing = !found && (errno == ENOENT || errno == ENOTDIR);
  known.regular = found && S_ISREG(status.st_mode);
  return known;
}

bool FileStates::holds(std::string_view state, std::string_view path) {
  Known& known = look_at(path);
  if (state == "missing") return known.missing;
  if (state == "present") return known.regular;
  if (state == "special") return !known.missing && !known.regular;
  if (state == "unreadable" && !known.missing && !known.regular) return true;
  if (known.missing || !known.regular) return false;
  if (known.hash.empty()) {
    Result<std::string> text = read_file(known.path);
    known.hash = text ? content_hash(*text) : "unreadable";
  }
  return known.hash == state;
}

}  // namespace bh
