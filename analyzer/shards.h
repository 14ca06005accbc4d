// A folder of facts: one shard for each translation unit, named by the hash of its inputs.
//
//   HASH.facts    the facts of one unit, never changed once written
//   HASH.inputs   what was read for a command (HASH: of the command): a hash and a path a line,
//   then the shard index         the shards of the last run; what else lies in the folder is a
//   cache
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/facts/facts.h"

namespace bh {

Result<std::string> read_file(const std::string& path);
// Replaces the file in one step, so that no reader ever sees half of it.
Result<bool> write_file(const std::string& path, std::string_view text);

struct ShardInputs {
  std::vector<std::pair<std::string, std::string>>
      files;          // hash, path (from the root, or absolute)
  std::string shard;  // its name, without ".facts"
  bool operator==(const ShardInputs&) const = default;
};

std::string write_inputs(const ShardInputs& inputs);
std::optional<ShardInputs> read_inputs(std::string_view text);

std::string write_index(const std::vector<std::string>& shards);  // sorted, without duplicates
std::optional<std::vector<std::string>> read_index(std::string_view text);

// Merges every shard that the folder's index names. Fails when the index or one of the shards is
// missing or malformed, or when the index names none: nothing to check.
Result<Facts> load_facts(const std::string& folder);

}  // namespace bh
