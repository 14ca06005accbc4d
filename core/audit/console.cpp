#include "core/audit/console.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace bh {

namespace {

// Reads what must stand next; the first thing that does not makes every later step fail.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  bool next_is(std::string_view text) const { return left_.starts_with(text); }
  void expect(std::string_view text) {
    if (next_is(text)) {
      left_.remove_prefix(text.size());
    } else {
      sound_ = false;
    }
  }
  uint64_t number(uint64_t most = std::numeric_limits<uint64_t>::max()) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), value);
    const bool padded = left_.size() > 1 && left_[0] == '0' && end != left_.data() + 1;
    if (error != std::errc() || padded || value > most) {
      sound_ = false;
      return 0;
    }
    left_.remove_prefix(static_cast<size_t>(end - left_.data()));
    return value;
  }
  uint64_t field(std::string_view name, uint64_t most = std::numeric_limits<uint64_t>::max()) {
    expect(fmt::format(",\"{}\":", name));
    return number(most);
  }
  // The text up to a quotation mark; no escapes.
  std::string_view quoted() {
    expect("\"");
    const size_t end = left_.find_first_of("\"\\");
    if (end == std::string_view::npos || left_[end] == '\\') {
      sound_ = false;
      return {};
    }
    const std::string_view text = left_.substr(0, end);
    left_.remove_prefix(end + 1);
    return text;
  }
  // The enumerator, up to `last`, whose name comes next in quotation marks.
  template <class Enum>
  Enum name(Enum last) {
    const std::string_view text = quoted();
    for (int i = 0; i <= static_cast<int>(last); ++i) {
      if (print(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
    }
    sound_ = false;
    return last;
  }
  bool at_end() const { return sound_ && left_.empty(); }
  bool sound() const { return sound_; }
  std::string_view rest() const { return left_; }

 private:
  std::string_view left_;
  bool sound_ = true;
};

}  // namespace

static AuditRecord read_record(Scanner& in) {
  constexpr uint64_t Half = 0xffff;
  constexpr uint64_t Word = 0xffff'ffff;
  const auto small = [&](std::string_view name, uint64_t most) {
    return static_cast<uint32_t>(in.field(name, most));
  };
  AuditRecord r;
  in.expect("{\"audit\":");
  r.kind = in.name(AuditKind::Reload);
  r.sequence = in.field("seq");
  r.time = in.field("time");
  r.epoch = small("epoch", Word);
  r.subject = small("subject", Half);
  r.channel = small("channel", Half);
  r.endpoint = small("endpoint", Half);
  r.method = small("method", Half);
  r.receiver = small("receiver", Half);
  r.status =
      static_cast<AuditStatus>(in.field("status", static_cast<uint64_t>(AuditStatus::TimedOut)));
  in.expect(",\"reason\":");
  r.reason = in.name(AuditReason::Stale);
  in.expect(",\"rule\":");
  if (in.next_is("null")) {
    in.expect("null");
  } else {
    r.rule = static_cast<uint32_t>(in.number(Word));
  }
  for (size_t i = 0; i < r.words.size(); ++i) {
    in.expect(i == 0 ? ",\"words\":[" : ",");
    r.words[i] = in.number();
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
  in.expect(",\"verbose\":");
  boot.verbose = in.next_is("true");
  in.expect(boot.verbose ? "true}" : "false}");
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
