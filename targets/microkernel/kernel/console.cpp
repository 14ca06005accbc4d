#include "targets/microkernel/kernel/console.h"

#include <iterator>

#include "targets/microkernel/arch/arch.h"

namespace bh::kernel {
namespace {

constexpr const char* Kinds[] = {"",     "granted",  "refused", "reply",   "bad_reply", "fault",
                                 "exit", "shutdown", "started", "stopped", "reload",    "upgrade"};
static_assert(std::size(Kinds) == BH_AUDIT_UPGRADE + 1);
constexpr const char* Reasons[] = {"none",     "channel",  "method",    "default", "condition",
                                   "protocol", "too_long", "peer_gone", "memory",  "exception",
                                   "syscall",  "budget",   "timed_out", "stale"};
static_assert(std::size(Reasons) == BH_REASON_STALE + 1);

// As much of it as is kept: 3, "#00c0ffee00c0ffee", "16..", null.
void put_kept(uint32_t keep, uint64_t value) {
  if (keep == BH_KEEP_NOTHING) return put("null");
  if (keep == BH_KEEP_EXACT) return put(value);
  put(keep == BH_KEEP_HASH ? "\"#" : "\"");
  if (keep == BH_KEEP_MULTIPLE) put(value);
  for (int shift = 60; keep == BH_KEEP_HASH && shift >= 0; shift -= 4) {
    serial_put("0123456789abcdef"[value >> shift & 15]);
  }
  put(keep == BH_KEEP_HASH ? "\"" : "..\"");
}
void field(const char* name, uint32_t keep, uint64_t value, uint64_t hash) {
  put(",\"", name, "\":");
  put_kept(keep, keep == BH_KEEP_HASH ? hash : value);
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
  put("{\"audit\":\"", Kinds[record.kind], "\",\"seq\":", record.sequence);
  put(",\"time\":", record.time, ",\"epoch\":", record.epoch);
  const uint32_t who = record.kept & 3, what = record.kept >> 2 & 3, why = record.kept >> 4 & 3;
  const uint32_t parts = what == BH_KEEP_EXACT ? BH_KEEP_EXACT : BH_KEEP_NOTHING;
  field("subject", who, record.subject, record.hashes[0]);
  field("channel", parts, record.channel, 0);
  field("endpoint", what, record.endpoint, record.hashes[1]);
  field("method", parts, record.method, 0);
  field("receiver", parts, record.receiver, 0);
  put(",\"status\":", record.status, ",\"reason\":");
  if (why == BH_KEEP_EXACT)
    put("\"", Reasons[record.reason], "\"");
  else
    put_kept(why, record.hashes[2]);
  put(",\"rule\":");
  put_kept(record.rule == BH_NONE32 ? BH_KEEP_NOTHING : BH_KEEP_EXACT, record.rule);
  for (uint32_t i = 0; i < BH_WORDS; ++i) {
    put(i == 0 ? ",\"words\":[" : ",");
    put_kept(record.kept >> (6 + 2 * i) & 3, record.words[i]);
  }
  put("]}");
}

void put(const CrashRecord& crash) {
  const uint64_t(&fault)[3] = crash.fault;
  put("{\"crash\":", crash.status, ",\"fault\":[", fault[0], ",", fault[1], ",", fault[2]);
  put("],\"records\":[");
  for (uint64_t i = 0; i < crash.count; ++i) {
    put(i == 0 ? "" : ",");
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
  put("[", writer.index, "] ");
  for (uint32_t i = 0; i < line.length; ++i) serial_put(line.text[i]);
  put("\n");
  line.length = 0;
}

void put_exit(uint64_t status, const char* why, const Totals& totals) {
  put("{\"exit\":", status, ",\"why\":\"", why, "\",\"records\":", totals.records);
  put(",\"lost\":", totals.lost, "}\n");
}

}  // namespace bh::kernel
