#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analyzer/suggest.h"
#include "driver/cli/commands.h"
#include "driver/pipeline/extract.h"
#include "driver/pipeline/facts_database.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/suggest.h"

namespace bh::cli {

static Result<Facts> facts_for(const Arguments& arguments) {
  BH_TRY(const unsigned jobs, read_jobs(arguments.get("--jobs")));
  return extract_facts(
      {arguments.get("--database"), arguments.get("--facts"), jobs, arguments.get("--launcher")});
}

static std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return parts;
}

static Result<SuggestOptions> suggest_options(const Arguments& arguments) {
  SuggestOptions options;
  options.sources = split(arguments.get("--sources"));
  options.graph.inputs = split(arguments.get("--input"));
  if (const std::string path = arguments.get("--profile"); !path.empty()) {
    BH_TRY(const std::string text, read_file(path));
    BH_TRY(options.graph.profile, parse_profile(text, path));
  }
  return options;
}

static void print_advice(const Advice& advice, const FirstPolicy& policy,
                         const Arguments& arguments) {
  const bool written = arguments.has("--output");
  if (arguments.get("--format") == "json") {
    auto document = nlohmann::ordered_json::parse(print_json(advice));
    document["version"] = 1;
    document["command"] = "validate --suggest";
    document["policy"] = policy.text;
    document["policy_findings"] = policy.findings;
    fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  fmt::print("{}", print(advice, arguments.has("--verbose")));
  if (written)
    fmt::print("first policy: {}\n", arguments.get("--output"));
  else
    fmt::print("---- first policy (--output FILE writes it) ----\n{}----\n", policy.text);
  fmt::print("validated on the same code: {} findings\n", policy.findings.size());
  for (const std::string& finding : policy.findings) fmt::print("  {}\n", finding);
}

static Exit cannot_suggest() {
  return cannot_run({"nothing to look at: no file of the compile database fits --sources",
                     "paths are relative to the folder of compile_commands.json"});
}

Exit validate_suggest(const Arguments& arguments) {
  const std::string format = arguments.get("--format");
  if (!arguments.positional.empty())
    return cannot_run({"--suggest takes no policy: it makes a first one",
                       "leave out '" + arguments.positional.front() + "'"});
  if (format != "text" && format != "json")
    return cannot_run({"--suggest prints text or json, not " + format});
  const Result<SuggestOptions> options = suggest_options(arguments);
  if (!options.has_value()) return cannot_run(options.error());
  const Result<Facts> facts = facts_for(arguments);
  if (!facts.has_value()) return cannot_run(facts.error());
  const Advice advice = advise(*facts, *options);
  if (advice.programs.empty()) return cannot_suggest();
  const Result<FirstPolicy> policy = make_first_policy(advice, *facts);
  if (!policy.has_value()) {
    cannot_run(policy.error());
    return Exit::Internal;
  }
  if (const std::string path = arguments.get("--output"); !path.empty()) {
    const Result<void> written = write_file(path, policy->text);
    if (!written.has_value()) return cannot_run(written.error());
  }
  print_advice(advice, *policy, arguments);
  return advice.failed_units.empty() ? Exit::Clean : Exit::Undecided;
}

Exit validate_export_facts(const Arguments& arguments) {
  const Result<Facts> facts = facts_for(arguments);
  if (!facts.has_value()) return cannot_run(facts.error());
  const std::string path = arguments.get("--export-facts");
  const Result<void> written = export_facts(*facts, path);
  if (!written.has_value()) return cannot_run(written.error());
  fmt::print("{}: {} facts of {} files\n", path, facts->size(), facts->units.size());
  size_t failed = 0;
  for (const UnitFact& unit : facts->units) failed += unit.state == UnitState::Failed;
  if (failed == 0) return Exit::Clean;
  fmt::print(stderr, "bulkhead: {} files could not be parsed (table units, state 'failed')\n",
             failed);
  return Exit::Undecided;
}

}  // namespace bh::cli
