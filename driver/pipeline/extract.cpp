#include "driver/pipeline/extract.h"

#include <fmt/format.h>

#include "analyzer/shards.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"

namespace bh {

namespace fs = std::filesystem;

static fs::path default_facts(const fs::path& database) {
  std::error_code error;
  const fs::path folder = fs::is_directory(database, error) ? database : database.parent_path();
  return folder / ".bulkhead-facts";
}

// The extractor's exit code.
static Result<int> run_extractor(const ExtractRequest& request, const fs::path& facts,
                                 const std::vector<std::string>& more) {
  std::vector<std::string> command = {beside_this_program("bulkhead-extract").string(),
                                      "-p",
                                      request.database.string(),
                                      "-o",
                                      facts.string(),
                                      "--jobs",
                                      fmt::format("{}", request.jobs)};
  if (!request.launcher.empty()) command.insert(command.end(), {"--launcher", request.launcher});
  command.insert(command.end(), more.begin(), more.end());
  ProcessOptions options;
  options.inherit_stderr = true;
  const Result<ProcessResult> ran = run_process(command, options);
  if (!ran.has_value()) {
    return fail(ran.error().message, "bulkhead-extract is installed beside bulkhead; build both");
  }
  return ran->exit_code;
}

static fs::path facts_folder(const ExtractRequest& request) {
  return request.facts.empty() ? default_facts(request.database) : request.facts;
}

Result<Facts> extract_facts(const ExtractRequest& request) {
  const fs::path facts = facts_folder(request);
  BH_TRY(const int code, run_extractor(request, facts, {}));
  const bool extracted = code == 0 || code == 3;  // 3: some units failed; the facts say which
  if (!extracted) return fail(fmt::format("no facts could be extracted from '{}'", request.database.string()));
  return load_facts(facts.string());
}

Result<void> write_extraction_graph(const ExtractRequest& request, const fs::path& file) {
  BH_TRY(const int code, run_extractor(request, facts_folder(request), {"--ninja", file.string()}));
  if (code != 0) return fail(fmt::format("no build graph could be written to '{}'", file.string()));
  return {};
}

}  // namespace bh
