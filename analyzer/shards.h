// A folder of facts: one shard for each translation unit, named by the hash of its inputs.
//
//   HASH.facts    the facts of one unit, never changed once written
//   HASH.inputs   for one command (HASH: of the command) what was looked at, the shard it gave, and
//                 whether it parsed
//   index         the shards of the last run; what else lies in the folder is a cache
//   lock          held while the folder is in use, see FactsLock
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/facts/facts.h"

namespace bh {

// A regular file of at most 1 GiB.
Result<std::string> read_file(const std::string& path);
// Replaces the file in one step, so that no reader ever sees half of it. A full disk is a failure.
Result<bool> write_file(const std::string& path, std::string_view text);

enum class ShardState : uint8_t {
  Ok,
  Failed,  // some error in the code; the same inputs fail again
  Died,    // the front end crashed or was stopped: tried again by the next run
};

// What is known of one command. Views of the text that it was read from.
struct ShardInputs {
  // What was found (see InputFile) and the path: from the root, or absolute; escaped.
  std::vector<std::pair<std::string_view, std::string_view>> files;
  std::string_view shard;  // its name, without ".facts"
  uint64_t size = 0;       // of the shard, in bytes
  ShardState state = ShardState::Ok;
  std::string_view reason;  // why it failed; escaped
  bool operator==(const ShardInputs&) const = default;
};

std::string write_inputs(const ShardInputs& inputs);
std::optional<ShardInputs> read_inputs(std::string_view text);

// A path may hold line breaks: `\n` for them, and `\\` for a backslash.
std::string escape_line(std::string_view text);
std::string unescape_line(std::string_view text);

std::string write_index(const std::vector<std::string>& shards);  // sorted, without duplicates
std::optional<std::vector<std::string>> read_index(std::string_view text);

// Keeps two runs on one folder apart: those that only add shards share it, the one that writes the
// index and removes what is old has it alone. Released on destruction, and when the process ends.
class FactsLock {
 public:
  enum class Mode : uint8_t { Shared, Alone };
  FactsLock() = default;
  FactsLock(FactsLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  FactsLock& operator=(FactsLock&& other) noexcept;
  ~FactsLock();
  // Waits, and says so on stderr when it must.
  static Result<FactsLock> take(const std::string& folder, Mode mode);

 private:
  int file_ = -1;
};

// Removes shards, lists of inputs and halves of files that are not in `keep`; names such as we give
// and no others. Needs the folder alone.
void remove_old_shards(const std::string& folder, const std::set<std::string>& keep);

// Merges every shard that the folder's index names. Fails when the index or one of the shards is
// missing or malformed, or when the index names none: nothing to check.
Result<Facts> load_facts(const std::string& folder);

}  // namespace bh
