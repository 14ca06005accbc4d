// The console of the microkernel (targets/microkernel/README.md): audit records, how it started and
// ended, and what components print. Whatever the bytes are, reading a line takes time linear in its
// length.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/audit/record.h"
#include "core/base/result.h"

namespace bh {

struct BootLine {
  uint64_t epoch = 0;
  uint64_t policy_version = 0;
  uint64_t components = 0;
  uint64_t ticks_per_ms = 0;  // of the clock that records tell the time by; never 0
  uint64_t start = 0;         // its ticks when the system started
  uint64_t slot = 0;          // whose image runs
  bool trusted = false;       // it was held against the record in flash
  bool trial = false;         // an upgrade that has not reported healthy
  bool verbose = false;       // every decision leaves a record
};

struct EndLine {
  uint64_t status = 0;
  std::string why;
  uint64_t records = 0;
  uint64_t lost = 0;
};

// Text of a component, already free of control characters. Nothing in it is to be believed.
struct PrintLine {
  uint64_t component = 0;
  std::string text;
};

// What the boot before this one left when it crashed.
struct CrashLine {
  uint64_t status = 0;              // its exit code
  std::array<uint64_t, 3> fault{};  // what the processor said, if the kernel itself failed
  std::vector<AuditRecord> last;    // its last records, the oldest first
};

using ConsoleLine = std::variant<AuditRecord, BootLine, EndLine, PrintLine, CrashLine>;

// Fails on everything that the kernel does not write.
Result<ConsoleLine> read_console_line(std::string_view line);

}  // namespace bh
