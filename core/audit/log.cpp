#include "core/audit/log.h"

#include <fmt/format.h>

#include "core/audit/scan.h"

namespace bh {

static std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < ' ') {
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      json += c;
    }
  }
  return json + '"';
}

// The hash of the chain so far and of a line without its own chain value.
static Sha256 next_chain(const Sha256& chain, std::string_view body) {
  return sha256(print(chain).append(body));
}

std::string LogWriter::chained(std::string body) {
  chain_ = next_chain(chain_, body);
  return fmt::format("{},\"chain\":\"{}\"}}\n", body, print(chain_));
}

std::string LogWriter::line(const LogHeader& header) {
  return chained(fmt::format(
      R"({{"log":"bulkhead-audit","format":{},"policy":{},"version":{},"epoch":{},"table":"{}")",
      AuditLogVersion, json_string(header.policy), json_string(header.version), header.epoch,
      print(header.table)));
}

std::string LogWriter::line(const LogEntry& entry) {
  return chained(fmt::format(R"({{"seq":{},"us":{},"kind":"{}","what":{},"why":{})", entry.sequence,
                             entry.microseconds, print(entry.kind), json_string(entry.what),
                             json_string(entry.why)));
}

std::string LogWriter::line(const LogEnd& end) {
  return chained(fmt::format(R"({{"end":{},"records":{},"lost":{})", json_string(end.why),
                             end.records, end.lost));
}

namespace {

std::optional<Sha256> read_hash(std::string_view digits) {
  Sha256 hash{};
  if (digits.size() != 2 * hash.size()) return std::nullopt;
  for (size_t i = 0; i < hash.size(); ++i) {
    std::from_chars(digits.data() + 2 * i, digits.data() + 2 * i + 2, hash[i], 16);
  }
  return print(hash) == digits ? std::optional(hash) : std::nullopt;
}

class LogReader {
 public:
  Result<AuditLog> read(std::string_view text) {
    for (size_t number = 1; !text.empty(); ++number) {
      const size_t end = text.find('\n');
      const char* const wrong = log_.end                        ? "something stands behind the end"
                                : end == std::string_view::npos ? nullptr
                                                                : take(text, end);
      if (wrong != nullptr) return fail(fmt::format("line {}: {}", number, wrong));
      if (end == std::string_view::npos) break;  // cut off within a line
      text.remove_prefix(end + 1);
    }
    if (!header_) return fail("this is no audit log: it has no header");
    return std::move(log_);
  }

 private:
  // What is wrong with the line that ends at `end`, or nullptr.
  const char* take(std::string_view text, size_t end) {
    constexpr std::string_view Mark = ",\"chain\":\"";
    constexpr size_t Tail = Mark.size() + 2 * sizeof(Sha256) + 2;
    if (end < Tail) return "not a line of an audit log";
    const std::string_view body = text.substr(0, end - Tail);
    Scanner tail(text.substr(end - Tail, Tail));
    tail.expect(Mark);
    const std::optional<Sha256> chain = read_hash(text.substr(end - Tail + Mark.size(), 64));
    if (!tail.sound() || !chain || text.substr(end - 2, 2) != "\"}") {
      return "not a line of an audit log";
    }
    Scanner in(body);
    const char* const wrong = header_ ? take_entry_or_end(in) : take_header(in);
    if (wrong != nullptr) return wrong;
    if (next_chain(log_.chain, body) != *chain) {
      return "the chain is broken: this line, or one before it, is not what was written";
    }
    log_.chain = *chain;
    return nullptr;
  }
  const char* take_header(Scanner& in) {
    in.expect(R"({"log":"bulkhead-audit","format":)");
    const uint64_t format = in.number();
    if (in.sound() && format != AuditLogVersion) return "the log has another format version";
    in.expect(R"(,"policy":)");
    log_.header.policy = in.text();
    in.expect(R"(,"version":)");
    log_.header.version = in.text();
    log_.header.epoch = in.field("epoch");
    in.expect(R"(,"table":)");
    const std::optional<Sha256> table = read_hash(in.quoted());
    if (!in.at_end() || !table) return "not the header of an audit log";
    log_.header.table = *table;
    header_ = true;
    return nullptr;
  }
  const char* take_entry_or_end(Scanner& in) {
    return in.next_is("{\"end\"") ? take_end(in) : take_entry(in);
  }
  const char* take_entry(Scanner& in) {
    LogEntry entry;
    in.expect("{\"seq\":");
    entry.sequence = in.number();
    entry.microseconds = in.field("us");
    in.expect(",\"kind\":");
    entry.kind = in.name(AuditKind::Reload);
    in.expect(",\"what\":");
    entry.what = in.text();
    in.expect(",\"why\":");
    entry.why = in.text();
    if (!in.at_end()) return "not an entry of an audit log";
    if (entry.sequence < next_sequence_) return "the numbers of the records do not grow";
    if (!log_.entries.empty() && entry.microseconds < log_.entries.back().microseconds) {
      return "it is older than the one before it";
    }
    missing_ += entry.sequence - next_sequence_;
    next_sequence_ = entry.sequence + 1;
    log_.entries.push_back(std::move(entry));
    return nullptr;
  }
  const char* take_end(Scanner& in) {
    LogEnd end;
    in.expect("{\"end\":");
    end.why = in.text();
    end.records = in.field("records");
    end.lost = in.field("lost");
    if (!in.at_end()) return "not the end of an audit log";
    if (end.records != log_.entries.size()) return "it ends with another number of records";
    if (missing_ > end.lost) return "more records are missing than were lost";
    log_.end = std::move(end);
    return nullptr;
  }

  AuditLog log_;
  bool header_ = false;
  uint64_t next_sequence_ = 0;
  uint64_t missing_ = 0;
};

}  // namespace

Result<AuditLog> read_audit_log(std::string_view text) { return LogReader().read(text); }

}  // namespace bh
