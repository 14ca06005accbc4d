// Whatever the bytes, the reader ends; and what it takes, a writer writes again, byte for byte.
#include <cstdint>
#include <string_view>

#include "core/audit/log.h"
#include "core/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bh;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<AuditLog> log = read_audit_log(text);
  if (!log) return 0;
  LogWriter writer;
  std::string again = writer.line(log->header);
  for (const LogEntry& entry : log->entries) again += writer.line(entry);
  if (log->end) again += writer.line(*log->end);
  BH_CHECK(text.substr(0, again.size()) == again);
  BH_CHECK(writer.chain() == log->chain);
  return 0;
}
