#include "analyzer/shards.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/facts/text.h"

namespace bh {
namespace {

constexpr std::string_view IndexVersion = "bulkhead-facts-index 1";
constexpr std::string_view InputsVersion = "bulkhead-facts-inputs 1";

bool is_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
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

}  // namespace

Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return fail(fmt::format("'{}' is a folder", path));
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return fail(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (stream.bad()) return fail(fmt::format("cannot read '{}'", path));
  return text;
}

Result<bool> write_file(const std::string& path, std::string_view text) {
  std::string temporary = fmt::format("{}.{}.part", path, ::getpid());
  {
    std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    stream.close();
    if (!stream) return fail(fmt::format("cannot write '{}': {}", path, std::strerror(errno)));
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) return fail(fmt::format("cannot write '{}': {}", path, error.message()));
  return true;
}

std::string write_inputs(const ShardInputs& inputs) {
  std::string text(InputsVersion);
  text += '\n';
  for (const auto& [hash, path] : inputs.files) text += hash + ' ' + path + '\n';
  return text + "shard " + inputs.shard + '\n';
}

std::optional<ShardInputs> read_inputs(std::string_view text) {
  auto lines = lines_of(text, InputsVersion);
  if (!lines || lines->empty() || !lines->back().starts_with("shard ")) return std::nullopt;
  ShardInputs inputs;
  inputs.shard = std::string(lines->back().substr(6));
  lines->pop_back();
  for (std::string_view line : *lines) {
    size_t space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    inputs.files.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  if (!is_name(inputs.shard)) return std::nullopt;
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

Result<Facts> load_facts(const std::string& folder) {
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
      return fail(fmt::format("{}.facts: {}", shard, facts.error().message), "extract again");
    parts.push_back(std::move(*facts));
  }
  return merge_all(std::move(parts));
}

}  // namespace bh
