#include <fmt/format.h>

#include "core/audit/log.h"
#include "driver/cli/commands.h"
#include "driver/pipeline/files.h"

namespace bh::cli {

static Exit report(const std::string& path, const AuditLog& log) {
  const LogHeader& header = log.header;
  fmt::print("{}: policy {} {}, epoch {}, table {}\n", path, header.policy, header.version,
             header.epoch, print(header.table));
  if (!log.end) {
    fmt::print("CUT OFF behind {} records: the end is missing; chain {}\n", log.entries.size(),
               print(log.chain));
    return Exit::Findings;
  }
  fmt::print("{} records, {} lost, ended: {}; chain {}\n", log.end->records, log.end->lost,
             log.end->why, print(log.chain));
  return log.end->lost == 0 ? Exit::Clean : Exit::Findings;
}

Exit audit(const Arguments& arguments) {
  const std::string& path = arguments.positional.front();
  constexpr size_t Longest = size_t{4} << 30;
  const Result<std::string> text = read_file(path, Longest);
  if (!text.has_value()) return cannot_run(text.error());
  const Result<AuditLog> log = read_audit_log(*text);
  if (!log.has_value()) {
    fmt::print("{}: NOT SOUND: {}\n", path, log.error().message);
    return Exit::Findings;
  }
  const std::string chain = arguments.get("--chain");
  const Exit exit = report(path, *log);
  if (chain.empty() || chain == print(log->chain)) return exit;
  fmt::print("ANOTHER LOG: its chain should end with {}\n", chain);
  return Exit::Findings;
}

}  // namespace bh::cli
