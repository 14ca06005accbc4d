#include "analyzer/extract_run.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <unordered_map>

#include "analyzer/compile_db.h"
#include "analyzer/shards.h"
#include "core/facts/text.h"

namespace bh {
namespace {

// Each file is read and hashed once in a process.
class FileHashes {
 public:
  const std::string& operator[](const std::string& path) {
    auto [at, added] = known_.try_emplace(path);
    if (!added) return at->second;
    Result<std::string> text = read_file(path);
    at->second = text ? content_hash(*text) : "missing";
    return at->second;
  }

 private:
  std::unordered_map<std::string, std::string> known_;
};

struct Unit {
  ExtractJob job;
  std::string path;       // relative to the root
  std::string arguments;  // hash of what the compiler is told
  std::string shard;      // known once up to date
};

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string relative(const std::string& root, const std::string& path) {
  return path.starts_with(root + "/") ? path.substr(root.size() + 1) : path;
}

std::string under(const std::string& root, const std::string& path) {
  return path.starts_with("/") ? path : root + "/" + path;
}

// Says the same wherever the root lies.
std::string arguments_hash(const ExtractJob& job) {
  std::string text =
      extractor_version() + '\0' + job.resource_dir + '\0' + job.directory + '\0' + job.file;
  for (const std::string& argument : job.arguments) (text += '\0') += argument;
  return content_hash(replace_all(std::move(text), job.root, "."));
}

std::string shard_name(const Unit& unit, const ShardInputs& inputs) {
  std::string text = unit.arguments;
  for (const auto& [hash, path] : inputs.files) text += '\n' + hash + ' ' + path;
  return content_hash(text);
}

std::string inputs_path(const ExtractOptions& options, const Unit& unit) {
  return options.output + "/" + unit.arguments + ".inputs";
}

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

// The name of the unit's shard if no input changed since it was written.
std::optional<std::string> up_to_date(const ExtractOptions& options, const Unit& unit,
                                      FileHashes& hashes) {
  Result<std::string> text = read_file(inputs_path(options, unit));
  std::optional<ShardInputs> inputs = text ? read_inputs(*text) : std::nullopt;
  if (!inputs || !exists(options.output + "/" + inputs->shard + ".facts")) return std::nullopt;
  for (const auto& [hash, path] : inputs->files)
    if (hashes[under(unit.job.root, path)] != hash) return std::nullopt;
  return inputs->shard;
}

Result<std::string> write_shard(const ExtractOptions& options, const Unit& unit, Facts facts,
                                ShardInputs inputs) {
  for (UnitFact& fact : facts.units) fact.arguments = unit.arguments;
  inputs.shard = shard_name(unit, inputs);
  BH_TRY(bool shard,
         write_file(options.output + "/" + inputs.shard + ".facts", write_facts(facts)));
  BH_TRY(bool list, write_file(inputs_path(options, unit), write_inputs(inputs)));
  return shard && list ? Result<std::string>(inputs.shard) : fail("nothing was written");
}

// The answer of a worker: the shard's name, a space, and why the unit failed.
std::string extract_unit(const ExtractOptions& options, const Unit& unit, FileHashes& hashes) {
  ExtractOutcome outcome = extract(unit.job, options.mode);
  if (options.mode == ExtractMode::SyntaxOnly) return "- " + outcome.first_error;
  ShardInputs inputs;
  for (const std::string& path : outcome.inputs)
    inputs.files.emplace_back(hashes[path], relative(unit.job.root, path));
  if (inputs.files.empty()) inputs.files.emplace_back(hashes[unit.job.file], unit.path);
  Result<std::string> shard =
      write_shard(options, unit, std::move(outcome.facts), std::move(inputs));
  if (!shard) return "- " + shard.error().message;
  return *shard + " " + outcome.first_error;
}

Result<std::vector<Unit>> list_units(const ExtractOptions& options) {
  std::filesystem::path path = options.database;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) path /= "compile_commands.json";
  path = std::filesystem::absolute(path, error).lexically_normal();
  Result<std::string> text = read_file(path.string());
  if (!text)
    return fail(text.error().message,
                "make one with: cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, or: bear -- make");
  std::string base = path.parent_path().string();
  BH_TRY(CompileDatabase database, read_compile_database(*text, base));
  if (database.commands.empty())
    return fail(fmt::format("'{}' is empty: nothing to check", path.string()));
  std::string root =
      options.root.empty() ? base : std::filesystem::absolute(options.root, error).string();
  root = (std::filesystem::path(root) / "").lexically_normal().parent_path().string();
  std::vector<Unit> units;
  for (CompileCommand& command : database.commands) {
    Unit& unit = units.emplace_back();
    unit.job = {command.directory, command.file, std::move(command.arguments), root,
                options.resource_dir};
    unit.path = relative(root, command.file);
    unit.arguments = arguments_hash(unit.job);
  }
  return units;
}

void note_failed(const ExtractOptions& options, const Unit& unit, ExtractSummary& summary) {
  Result<std::string> text = read_file(options.output + "/" + unit.shard + ".facts");
  Result<Facts> facts = text ? read_facts(*text) : fail(text.error().message);
  if (!facts) {
    summary.failed.push_back({unit.path, facts.error().message});
    return;
  }
  for (const UnitFact& fact : facts->units)
    if (fact.state == UnitState::Failed) summary.failed.push_back({fact.path, fact.reason});
}

}  // namespace

Result<ExtractSummary> run_extraction(const ExtractOptions& options) {
  if (!exists(options.resource_dir + "/include/stddef.h"))
    return fail(fmt::format("Clang's own headers are not in '{}'", options.resource_dir),
                "install libclang-common-19-dev, or give --resource-dir");
  BH_TRY(std::vector<Unit> units, list_units(options));
  bool writing = options.mode == ExtractMode::Facts;
  if (writing) {
    std::error_code error;
    std::filesystem::create_directories(options.output, error);
    if (error) return fail(fmt::format("cannot create '{}': {}", options.output, error.message()));
  }
  FileHashes hashes;
  std::vector<size_t> stale;
  for (size_t i = 0; i < units.size(); ++i) {
    std::optional<std::string> shard =
        writing ? up_to_date(options, units[i], hashes) : std::nullopt;
    units[i].shard = shard.value_or("");
    if (!shard) stale.push_back(i);
  }
  ExtractSummary summary;
  summary.units = units.size();
  auto work = [&](size_t i) { return extract_unit(options, units[stale[i]], hashes); };
  auto done = [&](size_t i, const std::string& answer, const std::string& died) {
    Unit& unit = units[stale[i]];
    size_t space = answer.find(' ');
    std::string why = died.empty() ? answer.substr(std::min(space + 1, answer.size()))
                                   : "the front end was " + died;
    if (died.empty()) unit.shard = answer.substr(0, space);
    if (writing && (!died.empty() || unit.shard == "-")) {
      Facts facts;
      facts.units.push_back({unit.path, "", UnitState::Failed, why});
      ShardInputs inputs{{{"never", unit.path}}, ""};  // tried again by the next run
      unit.shard = write_shard(options, unit, std::move(facts), inputs).value_or("");
    } else if (!writing && !why.empty()) {
      summary.failed.push_back({unit.path, why});
    }
  };
  run_workers(stale.size(), options.limits, work, done);
  if (!writing) {
    summary.extracted = units.size() - summary.failed.size();
    return summary;
  }
  std::vector<std::string> shards;
  std::vector<bool> fresh(units.size(), false);
  for (size_t i : stale) fresh[i] = true;
  for (size_t i = 0; i < units.size(); ++i) {
    size_t failed = summary.failed.size();
    note_failed(options, units[i], summary);
    if (failed == summary.failed.size()) ++(fresh[i] ? summary.extracted : summary.up_to_date);
    if (!units[i].shard.empty()) shards.push_back(units[i].shard);
  }
  BH_TRY(bool written, write_file(options.output + "/index", write_index(shards)));
  if (!written) return fail("nothing was written");
  return summary;
}

}  // namespace bh
