#include "core/audit/console.h"

#include "core/audit/scan.h"

namespace bh {

// What is left of a number: itself, "#hash", "multiple..", or null.
static uint64_t read_kept(Scanner& in, AuditClass& kept,
                          uint64_t most = std::numeric_limits<uint64_t>::max()) {
  uint64_t value = 0;
  if (in.next_is("null")) {
    in.expect("null");
    kept = AuditClass::Omit;
  } else if (in.next_is("\"#")) {
    in.expect("\"#");
    kept = AuditClass::Hashed;
    value = in.hash();
    in.expect("\"");
  } else if (in.next_is("\"")) {
    in.expect("\"");
    kept = AuditClass::Bucket;
    value = in.number();
    in.expect("..\"");
  } else {
    value = in.number(most);
  }
  return value;
}

static AuditRecord read_record(Scanner& in) {
  constexpr uint64_t Half = 0xffff;
  constexpr uint64_t Word = 0xffff'ffff;
  const auto small = [&](std::string_view name, uint64_t most) {
    return static_cast<uint32_t>(in.field(name, most));
  };
  AuditRecord r;
  in.expect("{\"audit\":");
  r.kind = in.name(AuditKind::Upgrade);
  r.sequence = in.field("seq");
  r.time = in.field("time");
  r.epoch = small("epoch", Word);
  // A part of what is not told is null.
  const auto part = [&](std::string_view name, AuditClass kept, uint64_t& hash) {
    AuditClass own = AuditClass::Exact;
    in.expect(fmt::format(",\"{}\":", name));
    const uint64_t value = read_kept(in, own, Half);
    in.require(own == kept && own != AuditClass::Bucket);
    if (own == AuditClass::Exact) return static_cast<uint32_t>(value);
    hash = value;
    return AuditRecord::None;
  };
  const auto class_of_next = [&](std::string_view name) {
    if (in.next_is(fmt::format(",\"{}\":null", name))) return AuditClass::Omit;
    return in.next_is(fmt::format(",\"{}\":\"", name)) ? AuditClass::Hashed : AuditClass::Exact;
  };
  uint64_t nothing = 0;
  r.who = class_of_next("subject");
  r.subject = part("subject", r.who, r.hashes[0]);
  const AuditClass parts = class_of_next("channel");
  r.channel = part("channel", parts, nothing);
  r.what = class_of_next("endpoint");
  r.endpoint = part("endpoint", r.what, r.hashes[1]);
  in.require(parts == (r.what == AuditClass::Exact ? AuditClass::Exact : AuditClass::Omit));
  r.method = part("method", parts, nothing);
  r.receiver = part("receiver", parts, nothing);
  r.status =
      static_cast<AuditStatus>(in.field("status", static_cast<uint64_t>(AuditStatus::TimedOut)));
  in.expect(",\"reason\":");
  if (in.next_is("null") || in.next_is("\"#")) {
    r.hashes[2] = read_kept(in, r.why);
  } else {
    r.reason = in.name(AuditReason::Stale);
  }
  in.expect(",\"rule\":");
  if (in.next_is("null")) {
    in.expect("null");
  } else {
    r.rule = static_cast<uint32_t>(in.number(Word));
  }
  for (size_t i = 0; i < r.words.size(); ++i) {
    in.expect(i == 0 ? ",\"words\":[" : ",");
    r.words[i] = read_kept(in, r.kept[i]);
  }
  in.expect("]}");
  return r;
}

static BootLine read_boot(Scanner& in) {
  BootLine boot;
  in.expect("{\"boot\":\"bulkhead\"");
  boot.epoch = in.field("epoch");
  boot.policy_version = in.field("policy_version");
  boot.components = in.field("components");
  boot.ticks_per_ms = in.field("ticks_per_ms");
  boot.start = in.field("start");
  if (boot.ticks_per_ms == 0) in.expect("a clock");
  boot.slot = in.field("slot", 1);
  boot.trusted = in.flag("trusted");
  boot.trial = in.flag("trial");
  boot.verbose = in.flag("verbose");
  in.expect("}");
  return boot;
}

static CrashLine read_crash(Scanner& in) {
  constexpr size_t Most = 8;
  CrashLine crash;
  in.expect("{\"crash\":");
  crash.status = in.number();
  for (size_t i = 0; i < crash.fault.size(); ++i) {
    in.expect(i == 0 ? ",\"fault\":[" : ",");
    crash.fault[i] = in.number();
  }
  in.expect("],\"records\":[");
  while (in.sound() && !in.next_is("]")) {
    if (!crash.last.empty()) in.expect(",");
    crash.last.push_back(read_record(in));
    if (crash.last.size() > Most) in.expect("no more records");
  }
  in.expect("]}");
  return crash;
}

// A refused table has no record counts.
static EndLine read_end(Scanner& in) {
  EndLine end;
  in.expect("{\"exit\":");
  end.status = in.number();
  in.expect(",\"why\":");
  end.why = in.quoted();
  if (in.next_is(",")) {
    end.records = in.field("records");
    end.lost = in.field("lost");
  }
  in.expect("}");
  return end;
}

Result<ConsoleLine> read_console_line(std::string_view line) {
  constexpr size_t Longest = 8192;
  if (line.size() > Longest)
    return fail("a console line is longer than any that the kernel writes");
  Scanner in(line);
  if (in.next_is("[")) {
    in.expect("[");
    const uint64_t component = in.number();
    in.expect("] ");
    if (in.sound()) return PrintLine{component, std::string(in.rest())};
  } else if (in.next_is("{\"audit\"")) {
    const AuditRecord record = read_record(in);
    if (in.at_end()) return record;
  } else if (in.next_is("{\"boot\"")) {
    const BootLine boot = read_boot(in);
    if (in.at_end()) return boot;
  } else if (in.next_is("{\"crash\"")) {
    CrashLine crash = read_crash(in);
    if (in.at_end()) return crash;
  } else if (in.next_is("{\"exit\"")) {
    EndLine end = read_end(in);
    if (in.at_end()) return end;
  }
  return fail("a console line that the kernel does not write");
}

}  // namespace bh
