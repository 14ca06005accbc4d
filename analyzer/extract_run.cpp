#include "analyzer/extract_run.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "analyzer/file_states.h"
#include "analyzer/launch.h"
#include "analyzer/ninja_graph.h"
#include "analyzer/shards.h"
#include "analyzer/shared_starts.h"
#include "core/facts/text.h"

namespace bh {
namespace {

constexpr int MostRounds = 3;  // how often files may change while they are extracted

// What the folder knows of a unit.
struct UnitShard {
  std::string name;
  ShardState state = ShardState::Ok;
  std::string reason;
};

std::string inputs_path(const ExtractOptions& options, const Unit& unit) {
  return options.output + "/" + unit.command + ".inputs";
}

std::string shard_path(const ExtractOptions& options, std::string_view shard) {
  return fmt::format("{}/{}.facts", options.output, shard);
}

bool is_whole(const std::string& path, uint64_t size) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && static_cast<uint64_t>(status.st_size) == size;
}

Result<bool> write_shard(const ExtractOptions& options, const Unit& unit, Facts facts,
                         std::vector<InputFile> files, ShardState state,
                         const std::string& reason) {
  for (UnitFact& fact : facts.units) fact.arguments = unit.command;
  std::string key = unit.command;
  for (InputFile& file : files) {
    file.path = escape_line(relative_path(unit.job.root, file.path));
    key += '\n' + file.state + ' ' + file.path;
  }
  if (state == ShardState::Died) key += "\ndied " + reason;
  std::string name = content_hash(key), text = write_facts(facts), why = escape_line(reason);
  ShardInputs inputs{{}, name, text.size(), state, why};
  for (const InputFile& file : files) inputs.files.emplace_back(file.state, file.path);
  BH_TRY(bool shard, write_file(shard_path(options, name), text));
  return shard ? write_file(inputs_path(options, unit), write_inputs(inputs)) : Result<bool>(false);
}

Result<bool> write_failed(const ExtractOptions& options, const Unit& unit,
                          const std::string& reason) {
  Facts facts;
  facts.units.push_back({unit.path, "", UnitState::Failed, reason});
  return write_shard(options, unit, std::move(facts), {}, ShardState::Died, reason);
}

// Why nothing could be written; empty when all is well.
std::string write_outcome(const ExtractOptions& options, const Unit& unit, ExtractOutcome outcome) {
  ShardState state = outcome.errors == 0 ? ShardState::Ok : ShardState::Failed;
  Result<bool> written = write_shard(options, unit, std::move(outcome.facts),
                                     std::move(outcome.inputs), state, outcome.first_error);
  return written ? "" : written.error().message;
}

// One bringing up to date of one folder.
class Extraction {
 public:
  Extraction(const ExtractOptions& options, std::vector<Unit> units)
      : options_(options), units_(std::move(units)), shards_(units_.size()) {}

  Result<ExtractSummary> run() {
    bool part = options_.task == ExtractTask::Part;
    int rounds = options_.task == ExtractTask::Index ? 0 : MostRounds;
    for (int round = 0;; ++round) {
      BH_TRY(FactsLock lock, FactsLock::take(options_.output, part ? FactsLock::Mode::Shared
                                                                   : FactsLock::Mode::Alone));
      std::vector<size_t> stale = find_stale();
      if (stale.empty() || round == rounds) return finish(stale);
      lock = FactsLock();
      BH_TRY(lock, FactsLock::take(options_.output, FactsLock::Mode::Shared));
      BH_TRY([[maybe_unused]] bool done, bring_up_to_date(stale));
    }
  }

 private:
  // Fills in shards_ where a unit's shard holds what its inputs say now.
  std::vector<size_t> find_stale() {
    std::vector<std::string> texts;  // FileStates keeps views of them
    texts.reserve(units_.size());
    FileStates files(units_.empty() ? "" : units_[0].job.root);
    std::vector<size_t> stale;
    for (size_t i = 0; i < units_.size(); ++i) {
      Result<std::string> text = read_file(inputs_path(options_, units_[i]));
      std::string_view kept = texts.emplace_back(text ? std::move(*text) : "");
      std::optional<ShardInputs> inputs = read_inputs(kept);
      bool good = inputs && is_whole(shard_path(options_, inputs->shard), inputs->size) &&
                  (inputs->state != ShardState::Died || accepts_dead(i)) &&
                  std::all_of(inputs->files.begin(), inputs->files.end(), [&](const auto& file) {
                    return files.holds(file.first, file.second);
                  });
      if (good)
        shards_[i] = {std::string(inputs->shard), inputs->state, unescape_line(inputs->reason)};
      else
        stale.push_back(i);
    }
    return stale;
  }

  bool accepts_dead(size_t unit) const {
    return options_.task == ExtractTask::Index || tried_.contains(unit);
  }

  // Extracts these units, or fails when the folder cannot be written.
  Result<bool> bring_up_to_date(const std::vector<size_t>& stale) {
    FrontEnd front_end;
    SharedStarts starts(
        front_end, [&](size_t i) -> const ExtractJob& { return units_[stale[i]].job; },
        [&](size_t i, ExtractOutcome outcome) {
          return write_outcome(options_, units_[stale[i]], std::move(outcome));
        });
    std::string trouble;
    size_t ended = 0;
    auto work = [&](size_t i) {
      if (options_.launcher.empty()) return starts.extract(i);
      return launch(options_.launcher, unit_command(options_, units_[stale[i]].command));
    };
    auto done = [&](size_t i, const std::string& answer, const std::string& died) {
      const Unit& unit = units_[stale[i]];
      tried_.insert(stale[i]);
      std::string why = died.empty() ? "" : "the front end was " + died;
      if (!answer.empty() && options_.launcher.empty()) trouble = answer;
      if (!answer.empty() && !options_.launcher.empty()) why = answer;
      Result<bool> written = why.empty() ? Result<bool>(true) : write_failed(options_, unit, why);
      if (!written) trouble = written.error().message;
      if (options_.progress) options_.progress(++ended, stale.size(), unit.path);
      return trouble.empty();
    };
    WorkerLimits limits = options_.limits;
    if (!options_.launcher.empty()) limits = {limits.processes, 0, 0};  // each job has its own
    run_workers(stale.size(), limits, work, done, [&] { starts.end(); });
    if (!trouble.empty()) return fail(trouble);
    return true;
  }

  // With what is still not up to date as failed units.
  Result<ExtractSummary> finish(const std::vector<size_t>& stale) {
    const char* why = options_.task == ExtractTask::Index
                          ? "it was not extracted, or its files changed since"
                          : "its files kept changing while they were read";
    for (size_t i : stale) {
      BH_TRY([[maybe_unused]] bool written, write_failed(options_, units_[i], why));
      tried_.insert(i);
    }
    if (!stale.empty()) find_stale();
    if (options_.task != ExtractTask::Part) {
      BH_TRY([[maybe_unused]] bool indexed, write_list());
    }
    if (!options_.dependencies.empty()) {
      BH_TRY([[maybe_unused]] bool listed, write_dependencies());
    }
    return summary();
  }

  Result<bool> write_list() {
    std::vector<std::string> names;
    std::set<std::string> keep;
    for (size_t i = 0; i < units_.size(); ++i) {
      names.push_back(shards_[i].name);
      keep.insert(shards_[i].name + ".facts");
      keep.insert(units_[i].command + ".inputs");
    }
    BH_TRY(bool written, write_file(options_.output + "/index", write_index(names)));
    if (written) remove_old_shards(options_.output, keep);
    return written;
  }

  Result<bool> write_dependencies() {
    std::string list;
    for (const Unit& unit : units_) {
      BH_TRY(std::string text, read_file(inputs_path(options_, unit)));
      std::optional<ShardInputs> inputs = read_inputs(text);
      list += depfile(inputs_path(options_, unit), unit.job.root, inputs.value_or(ShardInputs{}));
    }
    return write_file(options_.dependencies, list);
  }

  ExtractSummary summary() const {
    ExtractSummary summary;
    summary.units = units_.size();
    for (size_t i = 0; i < units_.size(); ++i) {
      if (shards_[i].state != ShardState::Ok)
        summary.failed.push_back({units_[i].path, shards_[i].reason});
      else
        ++(tried_.contains(i) ? summary.extracted : summary.up_to_date);
    }
    return summary;
  }

  const ExtractOptions& options_;
  std::vector<Unit> units_;
  std::vector<UnitShard> shards_;  // of each unit that is up to date
  std::set<size_t> tried_;         // in this run
};

ExtractSummary parse_only(const ExtractOptions& options, const std::vector<Unit>& units) {
  ExtractSummary summary;
  summary.units = units.size();
  FrontEnd front_end;
  auto work = [&](size_t i) {
    return front_end.extract(units[i].job, ExtractMode::SyntaxOnly).first_error;
  };
  auto done = [&](size_t i, const std::string& answer, const std::string& died) {
    std::string why = died.empty() ? answer : "the front end was " + died;
    if (!why.empty()) summary.failed.push_back({units[i].path, why});
    if (why.empty()) ++summary.extracted;
    return true;
  };
  run_workers(units.size(), options.limits, work, done);
  return summary;
}

}  // namespace

Result<ExtractSummary> run_extraction(const ExtractOptions& options) {
  struct stat status = {};
  if (::stat((options.resource_dir + "/include/stddef.h").c_str(), &status) != 0)
    return fail(fmt::format("Clang's own headers are not in '{}'", options.resource_dir),
                "install libclang-common-19-dev, or give --resource-dir");
  BH_TRY(std::vector<Unit> all, list_units(options.database, options.root, options.resource_dir));
  BH_TRY(std::vector<Unit> units, select_units(std::move(all), options.part));
  for (Unit& unit : units) unit.job.skip_bodies = !options.every_body;
  if (options.mode == ExtractMode::SyntaxOnly) return parse_only(options, units);
  std::error_code error;
  std::filesystem::create_directories(options.output, error);
  if (error) return fail(fmt::format("cannot create '{}': {}", options.output, error.message()));
  return Extraction(options, std::move(units)).run();
}

}  // namespace bh
