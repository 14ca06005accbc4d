#include "targets/microkernel/kernel/console.h"

#include <iterator>

#include "targets/microkernel/arch/arch.h"

namespace bh::kernel {
namespace {

constexpr const char* Kinds[] = {"",     "granted",  "refused", "reply",   "bad_reply", "fault",
                                 "exit", "shutdown", "started", "stopped", "reload",    "upgrade"};
static_assert(std::size(Kinds) == BH_AUDIT_UPGRADE + 1);
constexpr const char* Reasons[] = {"none",     "channel",  "method",    "default",   "condition",
                                   "protocol", "too_long", "peer_gone", "memory",    "exception",
                                   "syscall",  "budget",   "no_right",  "timed_out", "stale"};
static_assert(std::size(Reasons) == BH_REASON_STALE + 1);

void field(const char* name, uint64_t value) {
  put(",\"");
  put(name);
  put("\":");
  put(value);
}

}  // namespace

void put(const char* text) {
  for (; *text != 0; ++text) serial_put(*text);
}

void put(uint64_t number) {
  char digits[21];
  char* at = digits + 20;
  *at = 0;
  do *--at = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  put(at);
}

void put(const bh_audit& record) {
  put("{\"audit\":\"");
  put(Kinds[record.kind]);
  put("\"");
  field("seq", record.sequence);
  field("time", record.time);
  field("epoch", record.epoch);
  field("subject", record.subject);
  field("channel", record.channel);
  field("endpoint", record.endpoint);
  field("method", record.method);
  field("receiver", record.receiver);
  field("status", record.status);
  put(",\"reason\":\"");
  put(Reasons[record.reason]);
  put("\",\"rule\":");
  if (record.rule == BH_NONE32)
    put("null");
  else
    put(uint64_t{record.rule});
  put(",\"words\":[");
  for (uint32_t i = 0; i < BH_WORDS; ++i) {
    if (i != 0) put(",");
    put(record.words[i]);
  }
  put("]}");
}

void put(const CrashRecord& crash) {
  put("{\"crash\":");
  put(crash.status);
  for (int i = 0; i < 3; ++i) {
    put(i == 0 ? ",\"fault\":[" : ",");
    put(crash.fault[i]);
  }
  put("],\"records\":[");
  for (uint64_t i = 0; i < crash.count; ++i) {
    if (i != 0) put(",");
    put(crash.last[i]);
  }
  put("]}\n");
}

void print(Component& writer, const uint64_t* text, uint64_t bytes) {
  PrintLine& line = writer.line;
  for (uint64_t i = 0; i < bytes; ++i) {
    char c = static_cast<char>(text[i / 8] >> (i % 8 * 8));
    if (c == '\n') {
      flush(writer);
      continue;
    }
    if (line.length == PrintLine::Capacity) flush(writer);
    line.text[line.length++] = c >= ' ' && c <= '~' ? c : '?';
  }
}

void flush(Component& writer) {
  PrintLine& line = writer.line;
  if (line.length == 0) return;
  put("[");
  put(uint64_t{writer.index});
  put("] ");
  for (uint32_t i = 0; i < line.length; ++i) serial_put(line.text[i]);
  put("\n");
  line.length = 0;
}

void put_exit(uint64_t status, const char* why, const Totals& totals) {
  put("{\"exit\":");
  put(status);
  put(",\"why\":\"");
  put(why);
  put("\"");
  field("records", totals.records);
  field("lost", totals.lost);
  put("}\n");
}

}  // namespace bh::kernel
