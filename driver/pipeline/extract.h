// C and C++ source → Facts, by the extractor that stands beside this program.
#pragma once

#include <filesystem>

#include "core/base/result.h"
#include "core/facts/facts.h"

namespace bh {

struct ExtractRequest {
  std::filesystem::path database;  // compile_commands.json or the folder that holds it
  std::filesystem::path facts;     // where facts are kept between runs; empty: .bulkhead-facts beside the database
  unsigned jobs = 2;
};

// Brings the facts up to date and loads them. Units that did not compile are in the facts, marked as failed.
// Fails when there is nothing to extract, or the extractor is not there.
Result<Facts> extract_facts(const ExtractRequest& request);

}  // namespace bh
