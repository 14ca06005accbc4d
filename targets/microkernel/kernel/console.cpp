#include "targets/microkernel/kernel/console.h"

#include "targets/microkernel/arch/aarch64/cpu.h"

namespace bh::kernel {
namespace {

const char* kind_name(uint16_t kind) {
  switch (static_cast<bh_audit_kind>(kind)) {
    case BH_AUDIT_GRANTED:
      return "granted";
    case BH_AUDIT_REFUSED:
      return "refused";
    case BH_AUDIT_REPLY:
      return "reply";
    case BH_AUDIT_BAD_REPLY:
      return "bad_reply";
    case BH_AUDIT_FAULT:
      return "fault";
    case BH_AUDIT_EXIT:
      return "exit";
    case BH_AUDIT_SHUTDOWN:
      return "shutdown";
  }
  return "unknown";
}

const char* reason_name(uint16_t reason) {
  switch (static_cast<bh_reason>(reason)) {
    case BH_REASON_NONE:
      return "none";
    case BH_REASON_CHANNEL:
      return "channel";
    case BH_REASON_METHOD:
      return "method";
    case BH_REASON_DEFAULT:
      return "default";
    case BH_REASON_CONDITION:
      return "condition";
    case BH_REASON_PROTOCOL:
      return "protocol";
    case BH_REASON_TOO_LONG:
      return "too_long";
    case BH_REASON_PEER_GONE:
      return "peer_gone";
    case BH_REASON_MEMORY:
      return "memory";
    case BH_REASON_EXCEPTION:
      return "exception";
    case BH_REASON_SYSCALL:
      return "syscall";
    case BH_REASON_BUDGET:
      return "budget";
    case BH_REASON_NO_RIGHT:
      return "no_right";
  }
  return "unknown";
}

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
  put(kind_name(record.kind));
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
  put(reason_name(record.reason));
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
