// Any bytes as a compilation database: reading ends, every command that is accepted has absolute
// paths and can be written as a line that is split into the same words.
#include "analyzer/compile_db.h"
#include "core/base/check.h"

using namespace bh;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Result<CompileDatabase> database = read_compile_database(text, "/base");
  if (!database) return 0;
  for (const CompileCommand& command : database->commands) {
    BH_CHECK(command.directory.starts_with('/'));
    BH_CHECK(command.file.starts_with('/'));
    BH_CHECK(!command.arguments.empty());
    std::string line;
    for (const std::string& word : command.arguments) {
      line += line.empty() ? "'" : " '";
      for (const char c : word) line += c == '\'' ? "'\\''" : std::string(1, c);
      line += '\'';
    }
    BH_CHECK(split_command(line) == command.arguments);
  }
  return 0;
}
