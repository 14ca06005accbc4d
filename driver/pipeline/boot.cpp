#include "driver/pipeline/boot.h"

#include <fmt/format.h>

#include <sstream>

#include "core/audit/console.h"
#include "core/base/sha256.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/machine.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/replay.h"
#include "targets/microkernel/abi/bh_table.h"
#include "targets/monitor/stubs.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

// What a boot needs, all there.
struct Tools {
  Machine machine;
  fs::path compiler;
  fs::path linker;
  fs::path sdk() const { return machine.home / "sdk"; }  // what components are compiled against
};

}  // namespace

static Result<Tools> find_tools(const BootOptions& options) {
  Tools tools;
  BH_TRY(tools.machine, find_machine(options.kernel));
  BH_TRY(tools.compiler, find_tool("clang++-19", "clang-19 libstdc++-12-dev-arm64-cross"));
  BH_TRY(tools.linker, find_tool("ld.lld-19", "lld-19"));
  return tools;
}

// ---- components: source → ELF image
// ----------------------------------------------------------------------

namespace {

class Builder {
 public:
  Builder(const CheckedModel& model, const BootOptions& options, const Tools& tools,
          const fs::path& work, DiagnosticSink& sink)
      : model_(*model), options_(options), tools_(tools), work_(work), sink_(sink) {}

  // The image of every component, in order; nothing when a source is at fault.
  Result<std::optional<std::vector<std::string>>> build(uint64_t abi_hash) {
    for (ComponentId id : model_.components.ids()) {
      BH_TRY(const fs::path source, source_of(id));
      sources_.push_back(source);
    }
    const fs::path user = tools_.sdk() / "targets/microkernel/user";
    BH_TRY(const bool runtime,
           compile(user / "bulkhead.cpp", work_ / "runtime.o", abi_hash, model_.span));
    if (!runtime) return std::optional<std::vector<std::string>>();
    std::vector<std::string> images;
    for (ComponentId id : model_.components.ids()) {
      const fs::path object = work_ / (file_stem(model_, id) + ".o");
      BH_TRY(const bool compiled,
             compile(sources_[id.value], object, abi_hash, model_.components[id].span));
      if (!compiled) continue;
      const fs::path elf = work_ / (file_stem(model_, id) + ".elf");
      BH_TRY(const bool linked, link(object, elf, model_.components[id].span));
      if (!linked) continue;
      BH_TRY(std::string image, read_file(elf));
      images.push_back(std::move(image));
    }
    if (images.size() != model_.components.size()) return std::optional<std::vector<std::string>>();
    return std::optional(std::move(images));
  }

 private:
  // A passive object without a source is played by the kernel's object server.
  Result<fs::path> source_of(ComponentId id) const {
    const fs::path source = options_.sources / (file_stem(model_, id) + ".cpp");
    std::error_code error;
    if (fs::exists(source, error)) return source;
    if (model_.components[id].kind == ComponentKind::Object) {
      return tools_.sdk() / "targets/microkernel/user/object_server.cpp";
    }
    return fail(fmt::format("component '{}' has no source: '{}' does not exist",
                            model_.components[id].name, source.string()),
                "each component is one C++ file that is named like it, in lower case");
  }

  Result<bool> compile(const fs::path& source, const fs::path& object, uint64_t abi_hash,
                       Span span) {
    return run({tools_.compiler,
                "--target=aarch64-linux-gnu",
                "-std=gnu++20",
                "-O2",
                "-ffreestanding",
                "-fno-exceptions",
                "-fno-rtti",
                "-fno-threadsafe-statics",
                "-fno-asynchronous-unwind-tables",
                "-fno-unwind-tables",
                "-fno-stack-protector",
                "-fno-pic",
                "-fno-ident",
                "-mgeneral-regs-only",
                "-mstrict-align",
                "-mcpu=cortex-a53",
                "-Wall",
                "-Wextra",
                "-Wno-register",
                "-I" + tools_.sdk().string(),
                "-I" + work_.string(),
                fmt::format("-DBH_ABI_HASH={:#x}", abi_hash),
                "-c",
                source,
                "-o",
                object},
               source, span);
  }
  Result<bool> link(const fs::path& object, const fs::path& elf, Span span) {
    const fs::path script = tools_.sdk() / "targets/microkernel/user/component.ld";
    return run(
        {tools_.linker, "-static", "--build-id=none", "-z", "max-page-size=4096", "-z",
         "noexecstack", "--fatal-warnings", "-T", script, object, work_ / "runtime.o", "-o", elf},
        object, span);
  }
  Result<bool> run(const std::vector<std::string>& command, const fs::path& what, Span span) {
    ProcessOptions process;
    process.limit = std::chrono::seconds(120);
    BH_TRY(const ProcessResult result, run_process(command, process));
    if (result.exit_code == 0) return true;
    auto finding = sink_.report(span, diag::ComponentDoesNotBuild, what.filename().string());
    for (const std::string& line : error_lines(result.errors)) finding.note(line);
    return false;
  }
  // What compiler and linker complain of, without the excerpts.
  static std::vector<std::string> error_lines(const std::string& text) {
    constexpr size_t Most = 5;
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; lines.size() < Most && std::getline(in, line);) {
      if (line.find("error:") != std::string::npos) lines.push_back(line);
    }
    return lines;
  }

  const Model& model_;
  const BootOptions& options_;
  const Tools& tools_;
  const fs::path& work_;
  DiagnosticSink& sink_;
  std::vector<fs::path> sources_;
};

}  // namespace

// ---- the run
// ---------------------------------------------------------------------------------------------

namespace {

// Reads the console as it comes.
class Console {
 public:
  Console(const CheckedModel& model, const DecisionTable& table, const BootOptions& options)
      : model_(*model), replay_(model, table, random_audit_key()), print_(options.line) {}

  void take(std::string_view text) {
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
    report.exit_code = process.exit_code;
    report.end = process.timed_out ? "it did not end" : end_ ? end_->why : "it said nothing";
    const bool by_itself = process.exit_code == BH_EXIT_OK || process.exit_code == BH_EXIT_QUIET ||
                           process.exit_code == BH_EXIT_ALL_ENDED;
    report.orderly = !process.timed_out && booted_ && end_ && by_itself && end_->lost == 0 &&
                     end_->status == static_cast<uint64_t>(process.exit_code);
    return report;
  }

 private:
  void show(const AuditRecord& record) {
    const std::string line = replay_.take(record);
    if (!line.empty()) print_(line);
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
    print_(fmt::format("{:>8} | {}", name, line.text));
  }

  const Model& model_;
  Replay replay_;
  const std::function<void(std::string_view)>& print_;
  std::vector<std::string> faults_;
  bool booted_ = false;
  std::optional<EndLine> end_;
};

}  // namespace

Result<std::optional<BootReport>> boot_policy(const CheckedModel& model, const BootOptions& options,
                                              DiagnosticSink& sink) {
  BH_TRY(const Tools tools, find_tools(options));
  BH_TRY(const TemporaryDirectory work, TemporaryDirectory::create());
  EmitOptions emit{options.budget_ms, {}, options.call_ms};
  const std::optional<EmittedTable> unbound = emit_table(model, emit, sink);
  if (!unbound) return std::optional<BootReport>();
  if (auto written = write_stubs(model, unbound->table, work.path()); !written) {
    return tl::unexpected(written.error());
  }
  Builder builder(model, options, tools, work.path(), sink);
  BH_TRY(const std::optional<std::vector<std::string>> images,
         builder.build(abi_hash(*model, unbound->table)));
  if (!images) return std::optional<BootReport>();
  for (const std::string& image : *images) emit.images.push_back(sha256(image));
  const std::optional<EmittedTable> bound = emit_table(model, emit, sink);
  if (!bound) return std::optional<BootReport>();
  options.line(print(bound->check));
  Console console(model, bound->table, options);
  BH_TRY(const ProcessResult result,
         run_machine(tools.machine, {bound->blob, *images, options.run_limit_ms, Clock::Ours},
                     [&](std::string_view line) { console.take(line); }));
  BootReport report = console.report(result);
  if (!report.orderly && !result.errors.empty())
    report.differences.push_back("QEMU: " + result.errors);
  return std::optional(std::move(report));
}

}  // namespace bh
