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

Result<Facts> extract_facts(const ExtractRequest& request) {
  const fs::path facts = request.facts.empty() ? default_facts(request.database) : request.facts;
  const fs::path extractor = beside_this_program("bulkhead-extract");
  ProcessOptions options;
  options.inherit_stderr = true;
  const Result<ProcessResult> ran =
      run_process({extractor.string(), "-p", request.database.string(), "-o", facts.string(), "--jobs",
                   fmt::format("{}", request.jobs)},
                  options);
  if (!ran.has_value()) {
    return fail(ran.error().message, "bulkhead-extract is installed beside bulkhead; build both");
  }
  const bool extracted = ran->exit_code == 0 || ran->exit_code == 3;  // 3: some units failed; the facts say which
  if (!extracted) return fail(fmt::format("no facts could be extracted from '{}'", request.database.string()));
  return load_facts(facts.string());
}

}  // namespace bh
