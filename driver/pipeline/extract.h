// C and C++ source → Facts, by the extractor that stands beside this program.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.h"
#include "core/facts/facts.h"

namespace bh {

struct ExtractRequest {
  std::filesystem::path database;  // compile_commands.json or the folder that holds it
  std::filesystem::path facts;     // where facts are kept between runs; empty: .bulkhead-facts beside the database
  unsigned jobs = 2;
  std::string launcher = {};  // what starts the job of each unit, its command behind it; empty: nothing
};

// Brings the facts up to date and loads them. Units that did not compile are in the facts, marked as failed.
// Fails when there is nothing to extract, or the extractor is not there.
Result<Facts> extract_facts(const ExtractRequest& request);

// Writes a build graph for ninja that does the same, and extracts nothing (docs/extract.md).
Result<void> write_extraction_graph(const ExtractRequest& request, const std::filesystem::path& file);

}  // namespace bh
