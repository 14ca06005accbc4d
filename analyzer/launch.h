// Handing units to other programs: the command lines that do a part of a run, and one that starts
// them.
#pragma once

#include <string>
#include <vector>

#include "analyzer/extract_run.h"

namespace bh {

// The command that extracts one unit into the folder, and the one that is a whole run. All paths
// are absolute: they mean the same wherever they run.
std::vector<std::string> unit_command(const ExtractOptions& options, const std::string& unit);
std::vector<std::string> run_command(const ExtractOptions& options);

// The words as a POSIX shell and split_command read them.
std::string shell_line(const std::vector<std::string>& words);

// Runs the launcher with the command behind it and waits. Empty when it ended with 0 or 3 (done;
// the facts say what failed), else why not.
std::string launch(const std::vector<std::string>& launcher,
                   const std::vector<std::string>& command);

}  // namespace bh
