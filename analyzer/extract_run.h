// Brings a folder of facts up to date with a compilation database.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "analyzer/extract.h"
#include "analyzer/units.h"
#include "analyzer/workers.h"
#include "core/base/result.h"

namespace bh {

// What a run is to do.
enum class ExtractTask : uint8_t {
  Everything,  // extract what is out of date, then write the index
  Part,        // extract one part of the units, and leave the index to another run
  Index,       // write the index; a unit that is not up to date counts as failed
};

struct ExtractOptions {
  std::string database;  // the file, or its folder
  std::string output;
  std::string root;  // "": the folder of the database
  std::string resource_dir;
  WorkerLimits limits = {2, 300, 4096};
  ExtractMode mode = ExtractMode::Facts;
  bool every_body = false;  // parse also what has no facts: the facts are the same
  ExtractTask task = ExtractTask::Everything;
  UnitPart part;
  // For a part with one unit: where to list its files, as make does. "": nowhere.
  std::string dependencies;
  // What starts one unit's job, its command last: `srun -n1`. Empty: our own worker processes do.
  std::vector<std::string> launcher;
  std::string program;  // this one, for the launcher
  // Called when a unit is done.
  std::function<void(size_t done, size_t of, const std::string& path)> progress;
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

// Fails when nothing can be extracted at all: no database, an empty one, no resource folder, a full
// disk. Then the index stays what it was. A unit that fails, whose worker dies or whose files keep
// changing is part of the facts as a failed unit.
Result<ExtractSummary> run_extraction(const ExtractOptions& options);

}  // namespace bh
