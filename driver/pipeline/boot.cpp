#include "driver/pipeline/boot.h"

#include <fmt/format.h>

#include <fstream>

#include "core/audit/console.h"
#include "core/audit/log.h"
#include "core/base/sha256.h"
#include "driver/pipeline/build_system.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/machine.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/replay.h"
#include "targets/microkernel/abi/bh_table.h"
#include "targets/monitor/stubs.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

// The audit log, written as it comes, so that what happened before a crash is in it.
class LogFile {
 public:
  // Fails when the file cannot be written.
  static Result<std::optional<LogFile>> open(const fs::path& path, const LogHeader& header) {
    if (path.empty()) return std::optional<LogFile>();
    LogFile file(path);
    if (!file.put(file.writer_.line(header))) return tl::unexpected(file.failure());
    return std::optional(std::move(file));
  }
  void put(const LogEntry& entry) {
    ++records_;
    if (entry.sequence > next_sequence_) lost_ += entry.sequence - next_sequence_;
    next_sequence_ = entry.sequence + 1;
    put(writer_.line(entry));
  }
  // The last chain value; fails when something could not be written.
  Result<LogReport> end(const std::string& why, uint64_t lost) {
    const LogEnd end{why, records_, std::max(lost, lost_)};
    if (!put(writer_.line(end))) return tl::unexpected(failure());
    return LogReport{records_, end.lost, writer_.chain()};
  }

 private:
  explicit LogFile(const fs::path& path) : path_(path), out_(path, std::ios::binary) {}
  bool put(const std::string& line) {
    out_ << line << std::flush;
    return out_.good();
  }
  Failure failure() const {
    return {fmt::format("cannot write '{}'", path_.string()), "is there room, and the right?"};
  }

  fs::path path_;
  std::ofstream out_;
  LogWriter writer_;
  uint64_t records_ = 0;
  uint64_t lost_ = 0;
  uint64_t next_sequence_ = 0;
};

// Reads the console as it comes.
class Console {
 public:
  Console(const CheckedModel& model, const BuiltSystem& system, const BootOptions& options,
          std::optional<LogFile>& log)
      : model_(*model),
        replay_(model, system.table.table, random_audit_key()),
        options_(options),
        log_(log) {
    if (system.next) replay_.expect_reload(*options.next->model, system.next->table);
  }

  void take(std::string_view text) {
    if (options_.trace) options_.line(text);
    const Result<ConsoleLine> line = read_console_line(text);
    if (!line) {
      faults_.push_back(fmt::format("{}: {:.80}", line.error().message, text));
      return;
    }
    std::visit([this](const auto& value) { show(value); }, *line);
  }
  BootReport report(const ProcessResult& process) {
    BootReport report;
    report.granted = replay_.granted();
    report.refused = replay_.refused();
    report.stopped = replay_.stopped();
    report.differences = replay_.differences();
    report.differences.insert(report.differences.end(), faults_.begin(), faults_.end());
    if (replay_.awaits_reload() && !process.interrupted) {
      report.differences.push_back("the next table never came into force");
    }
    report.exit_code = process.exit_code;
    report.interrupted = process.interrupted;
    report.end = end_                  ? end_->why
                 : process.interrupted ? "interrupted"
                 : process.timed_out   ? "it did not end"
                                       : "it said nothing";
    report.lost = end_ ? end_->lost : 0;
    const bool by_itself =
        process.exit_code == BH_EXIT_OK || process.exit_code == BH_EXIT_QUIET ||
        process.exit_code == BH_EXIT_ALL_ENDED ||
        (process.exit_code == BH_EXIT_RUN_LIMIT && options_.run_limit_ms.has_value());
    report.orderly = !process.timed_out && !process.interrupted && booted_ && end_ && by_itself &&
                     end_->lost == 0 && end_->status == static_cast<uint64_t>(process.exit_code);
    return report;
  }

 private:
  void print(const std::string& line) {
    if (!options_.trace) options_.line(line);
  }
  void show(const AuditRecord& record) {
    const ShownRecord shown = replay_.take(record);
    if (shown.verdict.empty()) return;
    if (!shown.routine) print(options_.colour ? coloured(shown) : bh::print(shown));
    if (log_) {
      log_->put(
          LogEntry{record.sequence, replay_.microseconds(), record.kind, shown.what, shown.why});
    }
  }
  void show(const BootLine& boot) {
    if (booted_ || boot.components != model_.components.size() || !boot.verbose) {
      faults_.push_back("the kernel booted something else");
    }
    replay_.start(boot);
    booted_ = true;
  }
  void show(const EndLine& end) {
    if (end_) faults_.push_back("the system ended twice");
    end_ = end;
  }
  void show(const CrashLine& crash) {
    faults_.push_back(fmt::format("the machine remembers a crash, exit code {}", crash.status));
  }
  void show(const PrintLine& line) {
    const bool known = line.component < model_.components.size();
    const std::string name =
        known ? model_.components[ComponentId(static_cast<uint32_t>(line.component))].name : "?";
    print(options_.colour ? fmt::format("\033[2m{:>8} |\033[0m {}", name, line.text)
                          : fmt::format("{:>8} | {}", name, line.text));
  }
  // The same columns; the verdict in its colour.
  static std::string coloured(const ShownRecord& record) {
    const std::string plain = bh::print(record);
    const char* const colour = record.verdict == "granted"   ? "\033[32m"
                               : record.verdict == "refused" ? "\033[31m"
                               : record.verdict == "stopped" ? "\033[1;31m"
                                                             : "\033[33m";
    return colour + record.verdict + "\033[0m" + plain.substr(record.verdict.size());
  }

  const Model& model_;
  Replay replay_;
  const BootOptions& options_;
  std::optional<LogFile>& log_;
  std::vector<std::string> faults_;
  bool booted_ = false;
  std::optional<EndLine> end_;
};

void announce_debugger(const CheckedModel& model, const BootOptions& options, const fs::path& home,
                       const fs::path& work) {
  options.line(fmt::format("waiting for a debugger: gdb-multiarch {} -ex 'target remote :{}'",
                           (home / "kernel.elf").string(), options.gdb_port));
  for (ComponentId id : model->components.ids()) {
    options.line(fmt::format("  {} is {}", model->components[id].name,
                             (work / (file_stem(*model, id) + ".elf")).string()));
  }
}

}  // namespace

Result<std::optional<BootReport>> boot_policy(const CheckedModel& model, const BootOptions& options,
                                              DiagnosticSink& sink) {
  constexpr uint32_t UsualLimit = 30'000;
  constexpr uint64_t EpochOfBoot = 1;
  BH_TRY(const Machine machine, find_machine(options.kernel));
  BH_TRY(const TemporaryDirectory work, TemporaryDirectory::create());
  BuildOptions build;
  build.sources = options.sources;
  build.sdk = machine.home / "sdk";
  build.work = work.path();
  build.emit.budget_ms = options.budget_ms;
  build.emit.call_ms = options.call_ms;
  build.progress = options.progress;
  build.next = options.next;
  BH_TRY(const std::optional<BuiltSystem> system, build_system(model, build, sink));
  if (!system) return std::optional<BootReport>();
  const EmittedTable& bound = system->table;
  options.line(print(bound.check));
  if (system->next) options.line("next table: " + print(system->next->check));
  BH_TRY(std::optional<LogFile> log, LogFile::open(options.log, {model->name, model->version,
                                                                 EpochOfBoot, sha256(bound.blob)}));
  Console console(model, *system, options, log);
  if (options.gdb_port != 0) announce_debugger(model, options, machine.home, work.path());
  BH_TRY(const ProcessResult result,
         run_machine(machine,
                     {bound.blob, system->images, options.run_limit_ms.value_or(UsualLimit),
                      Clock::Ours, options.gdb_port},
                     [&](std::string_view line) { console.take(line); }));
  BootReport report = console.report(result);
  if (!report.orderly && !result.errors.empty())
    report.differences.push_back("QEMU: " + result.errors);
  if (log) {
    BH_TRY(report.log, log->end(report.end, report.lost));
  }
  return std::optional(std::move(report));
}

}  // namespace bh
