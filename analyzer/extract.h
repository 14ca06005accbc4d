// One translation unit in, its facts out. The declarations here mention no Clang type; clang_*.cpp
// define them.
#pragma once

#include <cstdint>
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
};

enum class ExtractMode : uint8_t {
  Facts,
  SyntaxOnly,  // parse and nothing else: what extraction is measured against
};

struct ExtractOutcome {
  Facts facts;  // normalised; holds exactly one UnitFact, without its `arguments`
  std::vector<std::string> inputs;  // every file that was read, absolute, sorted
  uint32_t errors = 0;
  std::string first_error;  // "src/log.c:12: unknown type name 'foo'"
};

// Reads only files, changes nothing, may be run in parallel. Clang may crash on the worst input:
// callers that must survive run it in a process of its own.
ExtractOutcome extract(const ExtractJob& job, ExtractMode mode);

// 128 bits of BLAKE3 in hexadecimal: names shards and tells whether an input changed.
std::string content_hash(std::string_view bytes);

// Version of the front end and of the extraction rules; part of every shard's name.
std::string extractor_version();

}  // namespace bh
