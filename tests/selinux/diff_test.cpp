// A diff of two SELinux policies: the same cells as sediff's, put down to what was edited.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
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

// What came with a module is one change, and what a rule's change names is where the module says
// it.
TEST(SelinuxDiff, AModuleThatWentIsOneChange) {
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const std::string policy = *read_file(Folder + "old.cil");
  const std::string rule = "(allow domain program (file (read getattr open map execute)))\n";
  std::string shorter = policy;
  ASSERT_NE(shorter.find(rule), std::string::npos);
  shorter.erase(shorter.find(rule), rule.size());
  const std::string module =
      "; a module of its own\n(boolean mail_on false)\n(block mail (type box_t) (type mail_t)\n"
      "  (roletype .system_r mail_t) (optional reads (allow mail_t box_t (file (read)))\n"
      "  (allow mail_t .key_t (file (open)))))\n(allow parser_t mail.box_t (file (append)))\n";
  for (const auto& [path, text] :
       std::map<std::string, std::string>{{"before/policy.cil", policy},
                                          {"before/mail.cil", module},
                                          {"after/policy.cil", shorter}}) {
    std::filesystem::create_directories((folder.path() / path).parent_path());
    ASSERT_TRUE(write_file((folder.path() / path).string(), text).has_value());
  }
  std::array<selinux::Origins, 2> origins;
  Result<selinux::Policy> before = load_selinux({(folder.path() / "before").string()}, &origins[0]);
  Result<selinux::Policy> after = load_selinux({(folder.path() / "after").string()}, &origins[1]);
  ASSERT_TRUE(before.has_value() && after.has_value());
  bool comparable = false;
  const selinux::Diff diff =
      diff_policies(std::move(*before), std::move(*after), comparable, origins);
  ASSERT_EQ(diff.changes.size(), 2u);
  EXPECT_EQ(diff.changes[0].what, "domain -> program : file { read getattr map execute open }");
  EXPECT_EQ(diff.changes[0].where, std::vector<std::string>{"policy:80"});
  EXPECT_EQ(diff.changes[1].what, "module mail");
  EXPECT_EQ(diff.changes[1].how, "removed, with 1 boolean, 2 types");
  EXPECT_EQ(diff.changes[1].cells, 3u);
}

TEST(SelinuxDiff, WhatStandsInATextIsFoundByItsLine) {
  selinux::Origins origins;
  origins.add(
      "m",
      "(type \"q t\")(type a_t)\n; (type c_t)\n(macro f ((type x)) (allow x x (file (read))))\n"
      "(block b (type a_t)\n (block c (type d_t)))\n(type e_t)\n"
      "(allow a_t self (file (read)))\n(dontaudit a_t e_t (dir (read)))(((((");
  const auto line = [&](const char* name) { return origins.declaration("type", name).line; };
  EXPECT_EQ(line("a_t"), 1u);
  EXPECT_EQ(line("c_t"), 0u);
  EXPECT_EQ(line("b.a_t"), 4u);
  EXPECT_EQ(line("b.c.d_t"), 5u);
  EXPECT_EQ(line("e_t"), 6u);
  EXPECT_EQ(origins.rule(selinux::AccessKind::Allow, "a_t", "a_t", "file").line, 7u);
  EXPECT_EQ(origins.print(origins.rule(selinux::AccessKind::DontAudit, "a_t", "e_t", "dir")),
            "m:8");
  EXPECT_FALSE(origins.rule(selinux::AccessKind::Allow, "x", "x", "file").found());
  EXPECT_FALSE(origins.rule(selinux::AccessKind::Allow, "a_t", "e_t", "dir").found());
}

}  // namespace
}  // namespace bh
