#include "driver/cli/commands.h"

#include <fmt/format.h>

#include "driver/cli/command.h"

namespace bh::cli {

Option format_option() {
  return {"--format", "FMT", "how to print findings", "text", {"text", "json"}};
}

Exit cannot_run(const Failure& failure) {
  fmt::print(stderr, "bulkhead: {}\n", failure.message);
  if (!failure.hint.empty()) fmt::print(stderr, "  = help: {}\n", failure.hint);
  return Exit::CannotRun;
}

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {};
  return table;
}

}  // namespace bh::cli
