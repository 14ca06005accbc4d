#include "core/audit/log.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bh {
namespace {

const LogHeader Header{"gateway", "2.1", 1, sha256("table")};
const LogEntry First{0, 91, AuditKind::Granted, "Parser -> KeyStore.keys.unlock(pin: -)",
                     "allowed by session"};
const LogEntry Second{1, 95, AuditKind::Refused, "Parser -> \"x\\\n\x01\"", ""};
const LogEnd End{"quiet", 2, 0};

std::string whole() {
  LogWriter writer;
  std::string text = writer.line(Header);
  text += writer.line(First);
  text += writer.line(Second);
  return text += writer.line(End);
}

// Writes entries and end behind the header, whatever they say.
Result<AuditLog> read(const std::vector<LogEntry>& entries, const LogEnd& end) {
  LogWriter writer;
  std::string text = writer.line(Header);
  for (const LogEntry& entry : entries) text += writer.line(entry);
  text += writer.line(end);
  return read_audit_log(text);
}

TEST(AuditLog, IsReadAsItWasWritten) {
  const Result<AuditLog> log = read_audit_log(whole());
  ASSERT_TRUE(log.has_value()) << log.error().message;
  EXPECT_EQ(log->header, Header);
  EXPECT_EQ(log->entries, (std::vector<LogEntry>{First, Second}));
  EXPECT_EQ(log->end, End);
  EXPECT_NE(whole().find(print(log->chain)), std::string::npos);
}

// The published format; a change of these bytes is a new version.
TEST(AuditLog, HasTheFormatThatIsPublished) {
  const auto body = [](const std::string& line) { return line.substr(0, line.find(",\"chain\"")); };
  LogWriter writer;
  EXPECT_EQ(body(writer.line(Header)),
            R"({"log":"bulkhead-audit","format":1,"policy":"gateway","version":"2.1","epoch":1,)"
            R"("table":")" +
                print(Header.table) + "\"");
  EXPECT_EQ(
      body(writer.line(First)),
      R"~({"seq":0,"us":91,"kind":"granted","what":"Parser -> KeyStore.keys.unlock(pin: -)",)~"
      R"~("why":"allowed by session")~");
  EXPECT_EQ(body(writer.line(End)), R"({"end":"quiet","records":2,"lost":0)");
  EXPECT_EQ(writer.line(End).size(), 35 + 10 + 64 + 3);
}

TEST(AuditLog, EveryPrefixIsCutOffOrNoLog) {
  const std::string text = whole();
  const size_t header = text.find('\n') + 1;
  for (size_t size = 0; size < text.size(); ++size) {
    const Result<AuditLog> log = read_audit_log(std::string_view(text).substr(0, size));
    EXPECT_EQ(log.has_value(), size >= header) << size;
    EXPECT_FALSE(log && log->end) << size;
  }
}

TEST(AuditLog, EveryChangedByteIsNoticed) {
  const std::string text = whole();
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char byte : {char(text[i] ^ 1), char(text[i] ^ 0x20), ' ', '\n', '0'}) {
      if (byte == text[i]) continue;
      std::string changed = text;
      changed[i] = byte;
      const Result<AuditLog> log = read_audit_log(changed);
      EXPECT_TRUE(!log || !log->end) << i << ": " << changed;
    }
  }
}

TEST(AuditLog, EveryMissingRepeatedOrSwappedLineIsNoticed) {
  LogWriter writer;
  const std::vector<std::string> lines = {writer.line(Header), writer.line(First),
                                          writer.line(Second), writer.line(End)};
  const auto joined = [&](const std::vector<size_t>& order) {
    std::string text;
    for (const size_t line : order) text += lines[line];
    return read_audit_log(text);
  };
  for (const std::vector<size_t>& order : {std::vector<size_t>{1, 2, 3},
                                           {0, 2, 3},
                                           {0, 1, 3},
                                           {0, 1, 1, 2, 3},
                                           {0, 2, 1, 3},
                                           {0, 0, 1, 2, 3},
                                           {0, 1, 2, 3, 3},
                                           {0, 1, 2, 3, 1}}) {
    EXPECT_FALSE(joined(order).has_value());
  }
}

TEST(AuditLog, NothingStandsBehindTheEnd) {
  for (const char* more : {" ", "\n", "{", "x\n"}) {
    EXPECT_FALSE(read_audit_log(whole() + more).has_value()) << more;
  }
}

TEST(AuditLog, LostRecordsMustBeOwnedUpTo) {
  LogEntry later = Second;
  later.sequence = 4;
  EXPECT_FALSE(read({First, later}, {"quiet", 2, 2}).has_value());
  EXPECT_TRUE(read({First, later}, {"quiet", 2, 3}).has_value());
  EXPECT_FALSE(read({First, later}, {"quiet", 3, 3}).has_value());
  EXPECT_FALSE(read({First, First}, {"quiet", 2, 0}).has_value());
  LogEntry earlier = Second;
  earlier.microseconds = 3;
  EXPECT_FALSE(read({First, earlier}, {"quiet", 2, 0}).has_value());
}

RC_GTEST_PROP(AuditLog, AnyTextIsReadAsItWasWritten, (std::string what, std::string why)) {
  const LogEntry entry{0, 1, AuditKind::Fault, what, why};
  const Result<AuditLog> log = read({entry}, {why, 1, 0});
  RC_ASSERT(log.has_value());
  RC_ASSERT(log->entries.front() == entry);
}

}  // namespace
}  // namespace bh
