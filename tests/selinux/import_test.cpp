// What is read of SELinux policies, against what others read of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "core/base/sha256.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"
#include "driver/pipeline/selinux_policy.h"
#include "targets/selinux/relation.h"
#include "targets/selinux/sepol_policy.h"
#include "targets/selinux/wire.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

constexpr const char* InstalledPolicy = "/etc/selinux/default/policy/policy.33";
constexpr const char* Python = "/usr/bin/python3";  // the one that Debian's setools belong to
const std::string Small = BH_SOURCE_DIR "/tests/policies/selinux/old.cil";

bool has_setools() {
  const auto result = run_process({Python, "-c", "import setools"});
  return result.has_value() && result->exit_code == 0;
}

// What a source's cells come to: how many, and the sum of their hashes.
struct Row {
  size_t cells = 0;
  uint64_t sum = 0;
  bool operator==(const Row&) const = default;
};
using Rows = std::map<std::string, Row>;

uint64_t hash(const std::string& cell) {
  const Sha256 digest = sha256(cell);
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | digest[static_cast<size_t>(i)];
  return value;
}

std::string sorted_permissions(const selinux::Class& c, uint32_t permissions) {
  std::vector<std::string> names;
  for (size_t bit = 0; bit < c.permissions.size(); ++bit) {
    if ((permissions >> bit & 1) != 0) names.push_back(c.permissions[bit]);
  }
  std::ranges::sort(names);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

Rows rows_of(const selinux::Policy& policy) {
  Rows rows;
  selinux::Relation relation(policy, selinux::AccessKind::Allow, selinux::InForce::Always);
  for (uint32_t source = 0; source < policy.types.size(); ++source) {
    for (const selinux::Cell& cell : relation.row(source)) {
      const selinux::Class& c = policy.classes[cell.object_class];
      Row& row = rows[policy.types[source].name];
      ++row.cells;
      row.sum += hash(fmt::format("{} {} {}", policy.types[cell.target].name, c.name,
                                  sorted_permissions(c, cell.permissions)));
    }
  }
  return rows;
}

Rows rows_of_setools(const std::string& policy) {
  const auto result = run_process({Python, BH_SOURCE_DIR "/tests/selinux/expand.py", policy});
  Rows rows;
  if (!result.has_value() || result->exit_code != 0) return rows;
  std::istringstream lines(result->output);
  std::string name;
  Row row;
  while (lines >> name >> row.cells >> row.sum) rows[name] = row;
  return rows;
}

void expect_the_same_as_setools(const std::string& path) {
  const Result<selinux::Policy> policy = load_selinux({path});
  ASSERT_TRUE(policy.has_value()) << policy.error().message;
  const Rows ours = rows_of(*policy);
  const Rows theirs = rows_of_setools(path);
  ASSERT_FALSE(theirs.empty());
  EXPECT_EQ(ours.size(), theirs.size());
  size_t cells = 0;
  for (const auto& [source, row] : theirs) {
    cells += row.cells;
    const auto at = ours.find(source);
    ASSERT_TRUE(at != ours.end()) << source;
    EXPECT_TRUE(at->second == row) << source << ": " << at->second.cells << " and " << row.cells;
  }
  fmt::print("{} sources, {} cells, all as setools expands them\n", theirs.size(), cells);
}

class Import : public testing::Test {
 protected:
  // A CIL file compiled by secilc.
  std::string compiled(const std::string& cil) {
    DiagnosticSink sink;
    const std::string to = (folder.path() / fs::path(cil).filename()).string() + ".33";
    const Result<bool> done = compile_cil({cil}, to, sink);
    return done.has_value() && *done ? to : "";
  }
  TemporaryDirectory folder = *TemporaryDirectory::create();
};

TEST_F(Import, ASmallPolicyIsWhatSetoolsExpands) {
  if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
  if (!has_setools()) GTEST_SKIP() << "SKIPPED: python3-setools is not installed";
  expect_the_same_as_setools(compiled(Small));
}

TEST_F(Import, DebiansPolicyIsWhatSetoolsExpands) {
  if (!fs::exists(InstalledPolicy)) GTEST_SKIP() << "SKIPPED: there is no " << InstalledPolicy;
  if (!has_setools()) GTEST_SKIP() << "SKIPPED: python3-setools is not installed";
  expect_the_same_as_setools(InstalledPolicy);
}

TEST_F(Import, CilIsReadAsTheBinaryThatSecilcMakesOfIt) {
  if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
  const Result<selinux::Policy> text = load_selinux({Small});
  ASSERT_TRUE(text.has_value()) << text.error().message;
  const Result<selinux::Policy> binary = load_selinux({compiled(Small)});
  ASSERT_TRUE(binary.has_value()) << binary.error().message;
  EXPECT_EQ(rows_of(*text), rows_of(*binary));
  EXPECT_EQ(text->types, binary->types);
  EXPECT_EQ(text->classes, binary->classes);
  EXPECT_EQ(text->users, binary->users);
  EXPECT_EQ(text->roles, binary->roles);
  EXPECT_EQ(text->role_allows, binary->role_allows);
  EXPECT_EQ(text->range_transitions, binary->range_transitions);
  EXPECT_EQ(text->named_transitions, binary->named_transitions);
}

TEST_F(Import, EverythingOfASmallPolicyIsThere) {
  const Result<selinux::Policy> read = load_selinux({Small});
  ASSERT_TRUE(read.has_value()) << read.error().message;
  const selinux::Policy& policy = *read;
  EXPECT_EQ(policy.types.size(), 12u);
  EXPECT_EQ(policy.find_type("journal_t"), policy.find_type("log_t"));
  EXPECT_EQ(policy.bools.size(), 2u);
  EXPECT_EQ(policy.conditions.size(), 2u);
  EXPECT_EQ(policy.categories[2].aliases, std::vector<std::string>{"secrets"});
  EXPECT_EQ(policy.role_allows.size(), 1u);
  EXPECT_EQ(policy.role_transitions.size(), 1u);
  EXPECT_EQ(policy.range_transitions.size(), 1u);
  ASSERT_EQ(policy.named_transitions.size(), 1u);
  EXPECT_EQ(policy.named_transitions[0].name, "spool");
  const selinux::Class& file = policy.classes[policy.find_class("file")];
  EXPECT_EQ(file.constraints.size(), 3u);
  const auto kind = [&](selinux::AccessKind wanted) {
    return std::ranges::count(policy.access, wanted, &selinux::AccessRule::kind);
  };
  EXPECT_EQ(kind(selinux::AccessKind::DontAudit), 1);
  EXPECT_EQ(kind(selinux::AccessKind::AuditAllow), 1);
  const auto silent =
      std::ranges::find(policy.access, selinux::AccessKind::DontAudit, &selinux::AccessRule::kind);
  EXPECT_EQ(print_permissions(file, silent->permissions), "getattr");
}

TEST_F(Import, APolicySurvivesItsEncoding) {
  const Result<selinux::Policy> policy = load_selinux({Small});
  ASSERT_TRUE(policy.has_value());
  const std::string bytes = selinux::encode(*policy);
  const std::optional<selinux::Policy> again = selinux::decode(bytes);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, *policy);
  for (size_t size = 0; size < bytes.size(); size += 13)
    EXPECT_FALSE(selinux::decode(std::string_view(bytes).substr(0, size)).has_value()) << size;
}

TEST_F(Import, WhatFormsNoPolicyIsAnErrorThatSaysWhy) {
  const std::string path = (folder.path() / "broken.cil").string();
  ASSERT_TRUE(write_file(path, "(type a_t)\n(allow a_t nobody_t (file (read)))\n").has_value());
  const Result<selinux::Policy> unresolved = load_selinux({path});
  ASSERT_FALSE(unresolved.has_value());
  EXPECT_NE(unresolved.error().message.find("broken.cil:2"), std::string::npos)
      << unresolved.error().message;
  ASSERT_TRUE(write_file(path, "(((((").has_value());
  EXPECT_FALSE(load_selinux({path}).has_value());
  fs::create_directory(folder.path() / "empty");
  const Result<selinux::Policy> empty = load_selinux({(folder.path() / "empty").string()});
  ASSERT_FALSE(empty.has_value());
  EXPECT_NE(empty.error().message.find("no policy module ("), std::string::npos);
}

}  // namespace
}  // namespace bh
