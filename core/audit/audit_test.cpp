#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/audit/console.h"

namespace bh {
namespace {

constexpr std::string_view Granted =
    R"({"audit":"granted","seq":0,"time":91,"epoch":1,"subject":0,"channel":0,"endpoint":1,"method":2,)"
    R"("receiver":1,"status":0,"reason":"none","rule":null,"words":[1,2,0,0,0,18446744073709551615]})";

TEST(Console, ReadsWhatTheKernelWrites) {
  const auto granted = read_console_line(Granted);
  ASSERT_TRUE(granted.has_value());
  const AuditRecord& record = std::get<AuditRecord>(*granted);
  EXPECT_EQ(record.method, 2u);
  EXPECT_EQ(record.words[5], UINT64_MAX);
  EXPECT_EQ(print(record), Granted);

  const auto boot = read_console_line(
      R"({"boot":"bulkhead","epoch":1,"policy_version":3,"components":3,"ticks_per_ms":62500,"start":1840,"slot":0,"trusted":false,"trial":false,"verbose":true})");
  ASSERT_TRUE(boot.has_value());
  EXPECT_TRUE(std::get<BootLine>(*boot).verbose);
  EXPECT_EQ(std::get<BootLine>(*boot).components, 3u);

  const auto end = read_console_line(R"({"exit":0,"why":"shutdown","records":7,"lost":0})");
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(std::get<EndLine>(*end).records, 7u);
  const auto refused = read_console_line(R"({"exit":67,"why":"sha-256"})");
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(std::get<EndLine>(*refused).why, "sha-256");

  const std::string crash_line =
      fmt::format(R"({{"crash":84,"fault":[0,1,2],"records":[{0},{0}]}})", Granted);
  const auto crash = read_console_line(crash_line);
  ASSERT_TRUE(crash.has_value());
  EXPECT_EQ(std::get<CrashLine>(*crash).status, 84u);
  ASSERT_EQ(std::get<CrashLine>(*crash).last.size(), 2u);
  EXPECT_EQ(print(std::get<CrashLine>(*crash).last[1]), Granted);
  for (size_t size = 0; size < crash_line.size(); ++size) {
    EXPECT_FALSE(read_console_line(crash_line.substr(0, size)).has_value()) << size;
  }

  const auto text = read_console_line("[2] {\"exit\":0}");
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(std::get<PrintLine>(*text).text, "{\"exit\":0}") << "a component cannot forge a record";
}

TEST(Console, RoundTripsEveryKindAndReason) {
  for (int kind = 0; kind <= static_cast<int>(AuditKind::Upgrade); ++kind) {
    for (int reason = 0; reason <= static_cast<int>(AuditReason::Stale); ++reason) {
      AuditRecord record;
      record.kind = static_cast<AuditKind>(kind);
      record.reason = static_cast<AuditReason>(reason);
      record.rule = static_cast<uint32_t>(reason);
      const auto read = read_console_line(print(record));
      ASSERT_TRUE(read.has_value());
      EXPECT_EQ(std::get<AuditRecord>(*read), record);
    }
  }
}

// Whatever a record keeps of each thing.
TEST(Console, RoundTripsWhatIsNotExact) {
  constexpr AuditClass About[] = {AuditClass::Exact, AuditClass::Hashed, AuditClass::Omit};
  for (AuditClass about : About) {
    for (AuditClass word :
         {AuditClass::Exact, AuditClass::Hashed, AuditClass::Bucket, AuditClass::Omit}) {
      AuditRecord record;
      record.who = record.what = record.why = about;
      const bool exact = about == AuditClass::Exact;
      if (exact) record.subject = record.channel = record.endpoint = record.method = 1;
      if (exact) record.reason = AuditReason::Default;
      if (!exact) record.subject = AuditRecord::None;
      if (about == AuditClass::Hashed) record.hashes = {1, 2, UINT64_MAX};
      record.kept[2] = word;
      if (word != AuditClass::Omit) record.words[2] = 48;
      EXPECT_EQ(record.exact(), exact && word == AuditClass::Exact);
      const auto read = read_console_line(print(record));
      ASSERT_TRUE(read.has_value()) << print(record);
      EXPECT_EQ(std::get<AuditRecord>(*read), record) << print(record);
    }
  }
}

// Every prefix, every single changed byte: refused, or another sound line; never a crash.
TEST(Console, RefusesDamagedLines) {
  for (size_t size = 0; size < Granted.size(); ++size) {
    EXPECT_FALSE(read_console_line(Granted.substr(0, size)).has_value()) << size;
  }
  for (size_t i = 0; i < Granted.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string line(Granted);
      line[i] = static_cast<char>(byte);
      const auto read = read_console_line(line);
      if (read && std::holds_alternative<AuditRecord>(*read)) {
        EXPECT_EQ(print(std::get<AuditRecord>(*read)), line);
      }
    }
  }
  EXPECT_FALSE(read_console_line("").has_value());
  EXPECT_FALSE(read_console_line(std::string(1'000'000, '[')).has_value());
  EXPECT_FALSE(read_console_line(std::string(Granted) + " ").has_value());
  EXPECT_FALSE(read_console_line("[99999999999999999999] x").has_value());
}

}  // namespace
}  // namespace bh
