// The audit log of a run, for whoever must show later what was decided: JSON Lines, one object a
// line, each chained to the lines before it by SHA-256 (docs/run.md has the format). It says what
// people are shown (core/audit/shown.h): what the policy keeps from the log is not in it.
//
// The chain makes a change, a line taken out or put in, and a missing end visible to whoever knows
// the last chain value. It is no signature: who can write the whole file can also write another
// one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/record.h"
#include "core/base/result.h"
#include "core/base/sha256.h"

namespace bh {

// Raised when a line changes its meaning. A reader takes its own version only.
constexpr uint64_t AuditLogVersion = 1;

struct LogHeader {
  std::string policy;
  std::string version;  // of the policy, in its own words
  uint64_t epoch = 0;   // of the table in force
  Sha256 table{};       // of the whole table blob
  bool operator==(const LogHeader&) const = default;
};

struct LogEntry {
  uint64_t sequence = 0;      // the record's; grows, and a gap means lost records
  uint64_t microseconds = 0;  // since the system started; never falls
  AuditKind kind = AuditKind::Granted;
  std::string what;
  std::string why;
  bool operator==(const LogEntry&) const = default;
};

struct LogEnd {
  std::string why;       // in the kernel's words, or "interrupted"
  uint64_t records = 0;  // entries of the log
  uint64_t lost = 0;     // records that never reached it
  bool operator==(const LogEnd&) const = default;
};

// Each line with its break, to be written in this order: a header, entries, an end.
class LogWriter {
 public:
  std::string line(const LogHeader& header);
  std::string line(const LogEntry& entry);
  std::string line(const LogEnd& end);
  // Of the last line.
  const Sha256& chain() const { return chain_; }

 private:
  std::string chained(std::string body);
  Sha256 chain_{};
};

struct AuditLog {
  LogHeader header;
  std::vector<LogEntry> entries;
  std::optional<LogEnd> end;  // nothing: the log was cut off
  Sha256 chain{};             // of the last whole line
};

// Fails at the first line that no LogWriter wrote after those before it, naming it. Takes time
// linear in the text, whatever it is.
Result<AuditLog> read_audit_log(std::string_view text);

}  // namespace bh
