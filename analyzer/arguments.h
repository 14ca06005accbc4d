// Command lines of a compilation database as our front end wants them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/extract.h"

namespace bh {

// Without outputs and lists of dependencies, and with what the front end needs beside.
std::vector<std::string> front_end_arguments(const ExtractJob& job);

// Which of the arguments names the job's main file; nothing when not exactly one does.
std::optional<size_t> main_argument(const ExtractJob& job);

}  // namespace bh
