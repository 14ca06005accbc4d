// A diff of two SELinux policies: the same cells as sediff's, put down to what was edited.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"
#include "driver/pipeline/selinux_policy.h"
#include "targets/selinux/diff.h"

namespace bh {
namespace {

const std::string Folder = BH_SOURCE_DIR "/tests/policies/selinux/";

selinux::Policy read(const std::string& path) {
  Result<selinux::Policy> policy = load_selinux({path});
  EXPECT_TRUE(policy.has_value()) << (policy.has_value() ? "" : policy.error().message);
  return policy.has_value() ? std::move(*policy) : selinux::Policy();
}

selinux::Diff diff_of(const std::string& before, const std::string& after) {
  bool comparable = false;
  selinux::Diff diff = diff_policies(read(before), read(after), comparable);
  EXPECT_TRUE(comparable);
  return diff;
}

// "Allow Rules (3 Added, 7 Removed, 6 Modified)"
selinux::Tally tally_of(const std::string& text, const std::string& title) {
  const std::regex line(title + R"( \((\d+) Added, (\d+) Removed(?:, (\d+) Modified)?\))");
  std::smatch found;
  if (!std::regex_search(text, found, line)) return {};
  const auto number = [&](size_t i) { return found[i].matched ? std::stoull(found[i]) : 0; };
  return {number(1), number(2), number(3)};
}

std::string print(const selinux::Tally& t) {
  return fmt::format("{} added, {} removed, {} modified", t.added, t.removed, t.modified);
}

void expect_counts_of_sediff(const selinux::Diff& diff, const std::string& sediff) {
  const auto same = [&](const selinux::Tally& ours, const std::string& title) {
    EXPECT_EQ(print(ours), print(tally_of(sediff, title))) << title;
  };
  same(diff.allow, "Allow Rules");
  same(diff.audit_allow, "Auditallow Rules");
  same(diff.dont_audit, "Dontaudit Rules");
  same(diff.attributes, "Type Attributes");
  same(diff.bools, "Booleans");
  same(diff.type_transitions, "Type_transition Rules");
  same(diff.type_changes, "Type_change Rules");
  same(diff.role_transitions, "Role_transition Rules");
  same(diff.range_transitions, "Range_transition Rules");
}

TEST(SelinuxDiff, CountsWhatSediffCounts) {
  if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
  if (find_program("sediff").empty()) GTEST_SKIP() << "SKIPPED: setools is not installed";
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const std::string before = (folder.path() / "before").string();
  const std::string after = (folder.path() / "after").string();
  DiagnosticSink sink;
  ASSERT_TRUE(*compile_cil({Folder + "old.cil"}, before, sink));
  ASSERT_TRUE(*compile_cil({Folder + "new.cil"}, after, sink));
  const auto run = run_process({"sediff", before, after});
  ASSERT_TRUE(run.has_value());
  ASSERT_NE(tally_of(run->output, "Allow Rules"), selinux::Tally{}) << run->output << run->errors;
  expect_counts_of_sediff(diff_of(before, after), run->output);
}

TEST(SelinuxDiff, APolicyDoesNotDifferFromItself) {
  const selinux::Diff diff = diff_of(Folder + "old.cil", Folder + "old.cil");
  EXPECT_TRUE(diff.changes.empty());
  EXPECT_EQ(diff.allow, selinux::Tally{});
}

TEST(SelinuxDiff, TheOtherWayRoundIsTheOpposite) {
  const selinux::Diff there = diff_of(Folder + "old.cil", Folder + "new.cil");
  const selinux::Diff back = diff_of(Folder + "new.cil", Folder + "old.cil");
  EXPECT_EQ(there.changes.size(), back.changes.size());
  EXPECT_EQ(there.allow.added, back.allow.removed);
  EXPECT_EQ(there.allow.removed, back.allow.added);
  EXPECT_EQ(there.allow.modified, back.allow.modified);
  const auto count = [](const selinux::Diff& diff, selinux::Direction direction) {
    return std::ranges::count(diff.changes, direction, &selinux::Change::direction);
  };
  EXPECT_EQ(count(there, selinux::Direction::Wider), count(back, selinux::Direction::Narrower));
}

// One rule of an attribute is one change, however many types have the attribute.
TEST(SelinuxDiff, ADeletedRuleIsOneChange) {
  const std::string text = *read_file(Folder + "old.cil");
  const std::string rule = "(allow domain program (file (read getattr open map execute)))\n";
  const size_t at = text.find(rule);
  ASSERT_NE(at, std::string::npos);
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const std::string path = (folder.path() / "shorter.cil").string();
  ASSERT_TRUE(write_file(path, std::string(text).erase(at, rule.size())).has_value());
  const selinux::Diff diff = diff_of(Folder + "old.cil", path);
  ASSERT_EQ(diff.changes.size(), 1u);
  EXPECT_EQ(diff.changes[0].what, "domain -> program : file { read getattr map execute open }");
  EXPECT_EQ(diff.changes[0].how, "rule removed");
  EXPECT_EQ(diff.changes[0].cells, 12u);
  EXPECT_EQ(diff.allow.removed + diff.allow.modified, 12u);
}

}  // namespace
}  // namespace bh
