#include <fmt/format.h>

#include "core/audit/log.h"
#include "driver/cli/commands.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/replay.h"
#include "driver/pipeline/selinux_audit.h"

namespace bh::cli {

namespace {

constexpr size_t Longest = size_t{4} << 30;

Exit report(const std::string& path, const AuditLog& log) {
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

Exit verify_chain(const Arguments& arguments, const std::string& path, const std::string& text) {
  const Result<AuditLog> log = read_audit_log(text);
  if (!log.has_value() && text.find("avc:  ") != std::string::npos) {
    return cannot_run({fmt::format("'{}' is a log of SELinux", path),
                       fmt::format("name the policy, too: bulkhead audit {} POLICY", path)});
  }
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

void print_audit(const std::string& path, const Model& model, const SelinuxAudit& audit) {
  for (const LogEntry& record : audit.records) {
    fmt::print("{}\n",
               print(ShownRecord{std::string(print(record.kind)), record.what, record.why}));
  }
  for (const std::string& difference : audit.differences)
    fmt::print("NOT THE POLICY'S: {}\n", difference);
  for (const std::string& damaged : audit.damaged) fmt::print("DAMAGED: {}\n", damaged);
  fmt::print(
      "{}: policy {} {}: {} granted, {} refused; {} differ from the policy, {} of other types, "
      "{} damaged, {} lost\n",
      path, model.name, model.version, audit.granted, audit.refused, audit.differences.size(),
      audit.foreign, audit.damaged.size(), audit.lost);
}

// A log of SELinux, held against the policy whose module was loaded.
Exit audit_selinux(const Arguments& arguments, const std::string& path, const std::string& text) {
  auto opened = open_policy({arguments.positional.begin() + 1, arguments.positional.end()}, false,
                            arguments.get("--set"));
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  const std::optional<CilModule> module = emit_cil(*policy.model, policy.sink);
  print_findings(policy, false);
  if (!module) return exit_code(policy.sink);
  const Result<SelinuxAudit> audit =
      read_selinux_log(*policy.model, *module, random_audit_key(), text);
  if (!audit.has_value()) return cannot_run({fmt::format("'{}': {}", path, audit.error().message)});
  print_audit(path, **policy.model, *audit);
  const std::string log = arguments.get("--log");
  if (!log.empty()) {
    const Result<void> written = write_file(log, audit_log(*policy.model, *module, *audit));
    if (!written.has_value()) return cannot_run(written.error());
  }
  return audit->sound() ? Exit::Clean : Exit::Findings;
}

}  // namespace

Exit audit(const Arguments& arguments) {
  const std::string& path = arguments.positional.front();
  const Result<std::string> text = read_file(path, Longest);
  if (!text.has_value()) return cannot_run(text.error());
  const bool selinux = arguments.positional.size() > 1;
  for (const char* option : {"--log", "--set"}) {
    if (!selinux && arguments.has(option))
      return cannot_run({fmt::format("{} means nothing without a policy", option)});
  }
  if (selinux && arguments.has("--chain"))
    return cannot_run({"--chain means nothing for a log of SELinux, which has none"});
  return selinux ? audit_selinux(arguments, path, *text) : verify_chain(arguments, path, *text);
}

}  // namespace bh::cli
