// Compilation databases (compile_commands.json): hostile input like any other file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace bh {

struct CompileCommand {
  std::string directory;  // absolute
  std::string file;       // absolute
  std::vector<std::string> arguments;
  bool operator==(const CompileCommand&) const = default;
};

struct CompileDatabase {
  std::vector<CompileCommand> commands;  // in the order of the file, repetitions left out
  size_t merged =
      0;  // entries left out: the same file compiled again with flags that change no fact
};

// `base` is the absolute folder of the database: relative directories are meant from there. The
// failure says why it is none.
Result<CompileDatabase> read_compile_database(std::string_view json, const std::string& base);

// Splits a command line as a POSIX shell does, without expansions.
std::vector<std::string> split_command(std::string_view command);

}  // namespace bh
