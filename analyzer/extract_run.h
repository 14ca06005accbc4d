// Brings a folder of facts up to date with a compilation database.
#pragma once

#include <string>
#include <vector>

#include "analyzer/extract.h"
#include "analyzer/workers.h"
#include "core/base/result.h"

namespace bh {

struct ExtractOptions {
  std::string database;  // the file, or its folder
  std::string output;
  std::string root;  // "": the folder of the database
  std::string resource_dir;
  WorkerLimits limits = {2, 300, 4096};
  ExtractMode mode = ExtractMode::Facts;
};

struct FailedUnit {
  std::string path;
  std::string reason;
};

struct ExtractSummary {
  size_t units = 0;
  size_t extracted = 0;            // without errors
  size_t up_to_date = 0;           // without errors
  std::vector<FailedUnit> failed;  // in the order of the database
};

// Fails when nothing can be extracted at all: no database, an empty one, no resource folder. A unit
// that fails or whose worker dies is part of the facts as a failed unit.
Result<ExtractSummary> run_extraction(const ExtractOptions& options);

}  // namespace bh
