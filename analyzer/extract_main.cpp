// bulkhead-extract: C and C++ in, a folder of facts out.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "analyzer/extract_run.h"

namespace {

constexpr const char* Usage =
    R"(usage: bulkhead-extract -p BUILD -o FACTS [options]

  -p PATH            compile_commands.json, or the folder that holds it
  -o FOLDER          where the facts go (created; doubles as the cache of the next run)
  --root FOLDER      paths in the facts are relative to it (default: the folder of the compilation database)
  --jobs N           worker processes (default 2)
  --resource-dir DIR Clang's own headers (default )" BH_CLANG_RESOURCE_DIR R"()
  --timeout SECONDS  for one file (default 300)
  --memory MIB       address space for one worker (default 4096, 0: no limit)
  --syntax-only      parse and write nothing: what extraction is measured against

exit: 0 every file was extracted, 2 nothing could be extracted, 3 some file failed (it is listed)
)";

int usage_error(const std::string& message) {
  fmt::print(stderr, "bulkhead-extract: {}\n\n{}", message, Usage);
  return 2;
}

bool number(const std::string& text, unsigned& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  bh::ExtractOptions options;
  options.resource_dir = BH_CLANG_RESOURCE_DIR;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "-h") {
      fmt::print("{}", Usage);
      return 0;
    }
    if (word == "--syntax-only") {
      options.mode = bh::ExtractMode::SyntaxOnly;
      continue;
    }
    if (i + 1 == words.size())
      return usage_error(fmt::format("'{}' is unknown or lacks its value", word));
    const std::string& value = words[++i];
    bool known = true, valid = true;
    if (word == "-p")
      options.database = value;
    else if (word == "-o")
      options.output = value;
    else if (word == "--root")
      options.root = value;
    else if (word == "--resource-dir")
      options.resource_dir = value;
    else if (word == "--jobs")
      valid = number(value, options.limits.processes) && options.limits.processes > 0 &&
              options.limits.processes <= 256;
    else if (word == "--timeout")
      valid = number(value, options.limits.seconds) && options.limits.seconds > 0;
    else if (word == "--memory")
      valid = number(value, options.limits.megabytes);
    else
      known = false;
    if (!known) return usage_error(fmt::format("unknown option '{}'", word));
    if (!valid) return usage_error(fmt::format("'{}' is no value for {}", value, word));
  }
  if (options.database.empty()) return usage_error("-p is missing");
  if (options.output.empty() && options.mode == bh::ExtractMode::Facts)
    return usage_error("-o is missing");

  bh::Result<bh::ExtractSummary> summary = bh::run_extraction(options);
  if (!summary) {
    fmt::print(stderr, "bulkhead-extract: {}\n", summary.error().message);
    if (!summary.error().hint.empty()) fmt::print(stderr, "  {}\n", summary.error().hint);
    return 2;
  }
  for (const bh::FailedUnit& unit : summary->failed)
    fmt::print(stderr, "bulkhead-extract: failed: {}: {}\n", unit.path, unit.reason);
  fmt::print(stderr, "bulkhead-extract: {} files: {} extracted, {} up to date, {} failed\n",
             summary->units, summary->extracted, summary->up_to_date, summary->failed.size());
  return summary->failed.empty() ? 0 : 3;
}
