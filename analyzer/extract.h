// One translation unit in, its facts out. The declarations here mention no Clang type; clang_*.cpp
// define them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/facts/facts.h"

namespace bh {

struct ExtractJob {
  std::string directory;               // the compiler's working directory, absolute
  std::string file;                    // the main file, absolute
  std::vector<std::string> arguments;  // as in the compilation database, the compiler's name first
  std::string root;  // paths in facts are relative to this absolute folder where they lie in it
  std::string resource_dir;  // Clang's own headers
  bool skip_bodies = true;   // leave out the parts of system headers that have no facts
};

enum class ExtractMode : uint8_t {
  Facts,
  SyntaxOnly,  // parse and nothing else: what extraction is measured against
};

// A path that the front end asked for, and what it found there: the hash of the bytes that it was
// given, or "missing", "present" (a file whose text was not asked for), "special" (a device or
// pipe), "unreadable", or "changing" (read twice, with two texts).
struct InputFile {
  std::string path;  // absolute
  std::string state;
  auto operator<=>(const InputFile&) const = default;
};

struct ExtractOutcome {
  Facts facts;                    // normalised; holds exactly one UnitFact, without its `arguments`
  std::vector<InputFile> inputs;  // sorted by path, each once: what the facts depend on
  uint32_t errors = 0;
  std::string first_error;  // "src/log.c:12: unknown type name 'foo'"
};

class SourceTexts;  // analyzer/clang_files.h

// Clang's front end. Reads only files, changes nothing. Keeps the texts of headers from one unit to
// the next. Clang may crash on the worst input: callers that must survive run it in a process of
// its own.
class FrontEnd {
 public:
  FrontEnd();
  ~FrontEnd();
  ExtractOutcome extract(const ExtractJob& job, ExtractMode mode);

  // What the unit has in common with others: those of which one process can parse the first
  // inclusion for all. "" when there is nothing.
  std::string start_of(const ExtractJob& job);
  using NextJob = std::function<ExtractJob()>;
  // Parses what the job starts with, calls `next` once, and goes on with the job that it returns,
  // whose start is equal. The outcome is that of extract() for that job. Nothing when it could not
  // be done; then `next` was not called.
  std::optional<ExtractOutcome> extract_from_start(const ExtractJob& job, const NextJob& next);

 private:
  std::unique_ptr<SourceTexts> texts_;
};

// 128 bits of BLAKE3 in hexadecimal: names shards and tells whether an input changed.
std::string content_hash(std::string_view bytes);

// Version of the front end and of the extraction rules; part of every shard's name.
std::string extractor_version();

}  // namespace bh
