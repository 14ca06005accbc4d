// bulkhead-extract: C and C++ in, a folder of facts out.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "analyzer/compile_db.h"
#include "analyzer/extract_run.h"
#include "analyzer/ninja_graph.h"
#include "analyzer/shards.h"

namespace {

constexpr const char* Usage =
    R"(usage: bulkhead-extract -p BUILD -o FACTS [options]

  -p PATH            compile_commands.json, or the folder that holds it
  -o FOLDER          where the facts go (created; doubles as the cache of the next run)
  --root FOLDER      paths in the facts are relative to it (default: that of the database, or the
                     nearest above it that holds every file)
  --jobs N           worker processes (default 2)
  --resource-dir DIR Clang's own headers (default )" BH_CLANG_RESOURCE_DIR R"()
  --timeout SECONDS  for one file (default 300)
  --memory MIB       address space for one worker (default 4096, 0: no limit)
  --every-body       parse also what has no facts; the result is the same
  --syntax-only      parse and write nothing: what extraction is measured against

spread over other machines or engines (docs/extract.md):
  --launcher CMD     starts the job of each file with CMD before it, N at a time: --launcher "srun -n1"
  --ninja FILE       writes a build graph and ends: ninja -f FILE is the same as this run
  --shard I/N        extracts the I-th of N parts of the files and writes no index
  --unit HASH        extracts the file whose FACTS/HASH.inputs this is, and writes no index
  --dependencies F   with --unit: lists what was read, as make does
  --index-only       extracts nothing: writes the index of what others extracted

exit: 0 every file was extracted, 2 nothing could be extracted, 3 some file failed (it is listed)
)";

int cannot_run(const bh::Failure& failure) {
  fmt::print(stderr, "bulkhead-extract: {}\n", failure.message);
  if (!failure.hint.empty()) fmt::print(stderr, "  {}\n", failure.hint);
  return 2;
}

int usage_error(const std::string& message) {
  fmt::print(stderr, "bulkhead-extract: {}\n\n{}", message, Usage);
  return 2;
}

bool read_number(const std::string& text, unsigned& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::string this_program(const char* name) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? name : path.string();
}

struct Request {
  bh::ExtractOptions run;
  std::string ninja;
  std::string error;  // of usage
  bool help = false;
};

enum class Reading : uint8_t { Done, Unknown, WrongValue };

Reading read_value(const std::string& word, const std::string& value, Request& request) {
  bh::ExtractOptions& run = request.run;
  bool valid = true;
  if (word == "-p") {
    run.database = value;
  } else if (word == "-o") {
    run.output = value;
  } else if (word == "--root") {
    run.root = value;
  } else if (word == "--resource-dir") {
    run.resource_dir = value;
  } else if (word == "--jobs") {
    valid = read_number(value, run.limits.processes) && run.limits.processes > 0 &&
            run.limits.processes <= 256;
  } else if (word == "--timeout") {
    valid = read_number(value, run.limits.seconds) && run.limits.seconds > 0;
  } else if (word == "--memory") {
    valid = read_number(value, run.limits.megabytes);
  } else if (word == "--launcher") {
    run.launcher = bh::split_command(value);
    valid = !run.launcher.empty() && !run.launcher[0].empty();
  } else if (word == "--ninja") {
    request.ninja = value;
    valid = !value.empty();
  } else if (word == "--dependencies") {
    run.dependencies = value;
  } else if (word == "--unit") {
    run.task = bh::ExtractTask::Part;
    run.part.command = value;
    valid = !value.empty();
  } else if (word == "--shard") {
    bh::Result<bh::UnitPart> part = bh::read_part(value);
    run.task = bh::ExtractTask::Part;
    valid = part.has_value();
    if (valid) run.part = *part;
  } else {
    return Reading::Unknown;
  }
  return valid ? Reading::Done : Reading::WrongValue;
}

Request read_arguments(const std::vector<std::string>& words) {
  Request request;
  request.run.resource_dir = BH_CLANG_RESOURCE_DIR;
  bool index = false;
  for (size_t i = 0; i < words.size() && request.error.empty(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "-h") {
      request.help = true;
    } else if (word == "--syntax-only") {
      request.run.mode = bh::ExtractMode::SyntaxOnly;
    } else if (word == "--every-body") {
      request.run.every_body = true;
    } else if (word == "--index-only") {
      index = true;
    } else if (i + 1 == words.size()) {
      request.error = fmt::format("'{}' is unknown or lacks its value", word);
    } else {
      Reading read = read_value(word, words[++i], request);
      if (read == Reading::Unknown) request.error = fmt::format("unknown option '{}'", word);
      if (read == Reading::WrongValue)
        request.error = fmt::format("'{}' is no value for {}", words[i], word);
    }
  }
  bool part = request.run.task == bh::ExtractTask::Part;
  if (index) request.run.task = bh::ExtractTask::Index;
  if (!request.error.empty() || request.help) return request;
  if (request.run.database.empty())
    request.error = "-p is missing";
  else if (request.run.output.empty() && request.run.mode == bh::ExtractMode::Facts)
    request.error = "-o is missing";
  else if (index + part + !request.ninja.empty() > 1)
    request.error = "--unit, --shard, --index-only and --ninja exclude each other";
  else if (!request.run.dependencies.empty() && request.run.part.command.empty())
    request.error = "--dependencies needs --unit";
  return request;
}

int write_graph(const Request& request) {
  const bh::ExtractOptions& run = request.run;
  bh::Result<std::vector<bh::Unit>> units =
      bh::list_units(run.database, run.root, run.resource_dir);
  if (!units) return cannot_run(units.error());
  bh::Result<std::string> graph = bh::ninja_graph(run, *units, request.ninja);
  if (!graph) return cannot_run(graph.error());
  bh::Result<bool> written = bh::write_file(request.ninja, *graph);
  if (!written) return cannot_run(written.error());
  fmt::print(stderr, "bulkhead-extract: {} files: ninja -f {}\n", units->size(), request.ninja);
  return 0;
}

void show_progress(size_t done, size_t of, const std::string& path) {
  fmt::print(stderr, "\r\x1b[K[{}/{}] {}{}", done, of, path, done == of ? "\r\x1b[K" : "");
  std::fflush(stderr);
}

}  // namespace

int main(int argc, char** argv) {
  Request request = read_arguments({argv + 1, argv + argc});
  if (request.help) {
    fmt::print("{}", Usage);
    return 0;
  }
  if (!request.error.empty()) return usage_error(request.error);
  std::signal(SIGXFSZ, SIG_IGN);          // a limit on file sizes is then an error of the write
  ::mallopt(M_MMAP_THRESHOLD, 64 << 20);  // a unit's memory serves the next one
  ::mallopt(M_TRIM_THRESHOLD, 512 << 20);
  bh::ExtractOptions& run = request.run;
  run.program = this_program(argv[0]);
  if (!request.ninja.empty()) return write_graph(request);
  bool quiet = !run.part.command.empty();  // whoever started it for one unit reports
  if (::isatty(2) != 0 && !quiet) run.progress = show_progress;
  bh::Result<bh::ExtractSummary> summary = bh::run_extraction(run);
  if (!summary) return cannot_run(summary.error());
  if (!quiet) {
    for (const bh::FailedUnit& unit : summary->failed)
      fmt::print(stderr, "bulkhead-extract: failed: {}: {}\n", unit.path, unit.reason);
    fmt::print(stderr, "bulkhead-extract: {} files: {} extracted, {} up to date, {} failed\n",
               summary->units, summary->extracted, summary->up_to_date, summary->failed.size());
  }
  return summary->failed.empty() ? 0 : 3;
}
