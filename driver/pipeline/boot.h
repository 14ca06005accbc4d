// Boots a policy on the microkernel in QEMU: compiles each component's source against its generated
// stubs, binds the table to the images, starts the machine, and compares every decision with the
// reference evaluator's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/sha256.h"
#include "core/diag/diag.h"
#include "core/model/model.h"
#include "core/source/source.h"
#include "driver/pipeline/load.h"

namespace bh {

struct BootOptions {
  std::filesystem::path sources;  // the folder of the components' sources: KeyStore is keystore.cpp
  std::filesystem::path
      kernel;  // the folder with kernel.elf and sdk/; empty: that of this installation
  uint32_t budget_ms = 2000;  // processor time of a component a message
  uint32_t call_ms = 4000;    // a caller waits so long for a reply
  // The system may take; when it is given, reaching it is an orderly end.
  std::optional<uint32_t> run_limit_ms;
  // The policy that the system has to go over to by a reload (BuildOptions::next).
  LoadedPolicy* next = nullptr;
  std::filesystem::path log;  // where to write the audit log (core/audit/log.h); empty: nowhere
  uint16_t gdb_port = 0;      // not 0: the machine waits there for a debugger
  bool trace = false;         // lines are the kernel's own, as they are
  bool colour = false;
  // Told before each component that is compiled, from 1.
  std::function<void(size_t number, size_t all, std::string_view name)> progress;
  // Takes the lines for people as they come: decisions, what components print, how it ended.
  std::function<void(std::string_view)> line = [](std::string_view) {};
};

struct LogReport {
  uint64_t records = 0;
  uint64_t lost = 0;
  Sha256 chain{};  // of its last line: whoever keeps it can tell this log from any other
};

struct BootReport {
  size_t granted = 0;
  size_t refused = 0;
  size_t stopped = 0;  // components that the kernel stopped
  std::vector<std::string>
      differences;           // decisions that are not the reference evaluator's, unreadable records
  int exit_code = 0;         // QEMU's
  std::string end;           // in the kernel's words: "quiet"
  uint64_t lost = 0;         // records that the kernel had no room for
  bool interrupted = false;  // we were asked to end it
  std::optional<LogReport> log;
  bool orderly = false;  // it ended by itself, as the kernel announced, and no record was lost
  bool sound() const { return orderly && differences.empty() && granted + refused > 0; }
};

// Fails when something outside of the policy is missing: QEMU, the compiler, a source, the kernel.
// Nothing when a policy cannot be emitted (see its sink) or a component does not compile
// (BH6009).
Result<std::optional<BootReport>> boot_policy(const CheckedModel& model, const BootOptions& options,
                                              DiagnosticSink& sink);

}  // namespace bh
