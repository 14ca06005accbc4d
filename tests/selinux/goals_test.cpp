// Properties asked of SELinux policies, and flows against those that seinfoflow finds.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"
#include "driver/pipeline/selinux_goals.h"
#include "driver/pipeline/selinux_policy.h"
#include "targets/selinux/flow.h"
#include "targets/selinux/relation.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

const std::string Folder = BH_SOURCE_DIR "/tests/policies/selinux/";
constexpr const char* SetoolsMap = "/usr/lib/python3/dist-packages/setools/perm_map";

std::map<std::string, Verdict> verdicts(const selinux::Policy& policy, const std::string& text) {
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const std::string path = (folder.path() / "goals.bh").string();
  EXPECT_TRUE(write_file(path, "policy goals 1.0\n" + text).has_value());
  Result<LoadedPolicy> goals = load_goals(policy, {path});
  if (!goals.has_value() || !goals->model) {
    ADD_FAILURE() << (goals.has_value() ? "mistakes in " + text : goals.error().message);
    return {};
  }
  std::map<std::string, Verdict> result;
  for (const PropertyVerdict& v :
       check_goals(*goals, policy, selinux::FlowMap::standard()).properties)
    result[(*goals->model)->properties[v.property].name] = v.verdict;
  return result;
}

class Goals : public testing::Test {
 protected:
  void SetUp() override {
    Result<selinux::Policy> read = load_selinux({Folder + "old.cil"});
    ASSERT_TRUE(read.has_value()) << read.error().message;
    policy = std::move(*read);
  }
  Verdict verdict(const std::string& property) { return verdicts(policy, property + "\n")["p"]; }
  selinux::Policy policy;
};

TEST_F(Goals, ARuleOfAnAttributeCountsForEachOfItsTypes) {
  EXPECT_EQ(verdict("never p: admin_t -> parser_exec_t.file.execute"), Verdict::Violated);
  EXPECT_EQ(verdict("never p: admin_t -> parser_exec_t.file.write"), Verdict::Proved);
  EXPECT_EQ(verdict("never p: domain -> program.file.write"), Verdict::Proved);
}

TEST_F(Goals, SelfIsEachTypeByItself) {
  EXPECT_EQ(verdict("never p: domain -> self.process.fork"), Verdict::Violated);
  EXPECT_EQ(verdict("never p: domain -> other domain.process.fork"), Verdict::Proved);
}

TEST_F(Goals, BooleansCountWhateverTheirValues) {
  EXPECT_EQ(verdict("never p: admin_t -> key_t.file.read"), Verdict::Violated)
      << "debug is off at first";
  EXPECT_EQ(verdict("require p: admin_t can key_t.file.open"), Verdict::Unknown);
}

TEST_F(Goals, WhatAConstraintMayRefuseIsNotPromised) {
  EXPECT_EQ(verdict("require p: signer_t can key_t.file.open"), Verdict::Proved);
  EXPECT_EQ(verdict("require p: signer_t can key_t.file.read"), Verdict::Unknown);
  EXPECT_EQ(verdict("require p: parser_t can key_t.file.read"), Verdict::Violated);
}

TEST_F(Goals, HoldsAndSeparateLookAtWholeRows) {
  EXPECT_EQ(verdict("holds p: parser_t within { request_t.file, net_t.tcp_socket, program.file, "
                    "parser_t.process }"),
            Verdict::Proved);
  EXPECT_EQ(verdict("holds p: parser_t within { request_t.file, program.file, parser_t.process }"),
            Verdict::Violated);
  EXPECT_EQ(verdict("separate p: { key_t.file.read, net_t.tcp_socket.write }"), Verdict::Proved);
  EXPECT_EQ(verdict("separate p: { key_t.file.read, request_t.file.read }"), Verdict::Violated);
}

TEST_F(Goals, EveryPathCrossesTheGate) {
  EXPECT_EQ(verdict("never p: flow net_t ~> proxy_t"), Verdict::Violated);
  EXPECT_EQ(verdict("never p: flow net_t ~> proxy_t except via parser_t"), Verdict::Proved);
  EXPECT_EQ(verdict("never p: flow key_t ~> log_t except via signer_t"), Verdict::Violated)
      << "the administrator reads the key when debugging and may unlink the log";
  EXPECT_EQ(verdict("never p: flow { key_t, proxy_t } ~> { proxy_t, net_t } except via signer_t"),
            Verdict::Violated)
      << "what starts in a sink is there already";
}

TEST_F(Goals, APermissiveTypeDoesAnything) {
  policy.types[policy.find_type("proxy_t")].permissive = true;
  EXPECT_EQ(verdict("never p: proxy_t -> key_t.file.write"), Verdict::Violated);
  EXPECT_EQ(verdict("never p: flow net_t ~> proxy_t except via parser_t"), Verdict::Violated);
  EXPECT_EQ(verdict("holds p: proxy_t within { log_t.file }"), Verdict::Violated);
}

TEST_F(Goals, RulesHaveNoPlaceBesideAnSelinuxPolicy) {
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const std::string path = (folder.path() / "goals.bh").string();
  ASSERT_TRUE(write_file(path, "policy g 1.0\nallow a: admin_t -> key_t.file.read\n").has_value());
  const Result<LoadedPolicy> goals = load_goals(policy, {path});
  ASSERT_FALSE(goals.has_value());
  EXPECT_NE(goals.error().message.find("not rules"), std::string::npos) << goals.error().message;
}

TEST_F(Goals, FlowsAreThoseOfSeinfoflowWithItsMap) {
  if (find_program("seinfoflow").empty() || !fs::exists(SetoolsMap))
    GTEST_SKIP() << "SKIPPED: setools is not installed";
  if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const std::string binary = (folder.path() / "policy").string();
  DiagnosticSink sink;
  ASSERT_TRUE(*compile_cil({Folder + "old.cil"}, binary, sink));
  const auto map = selinux::FlowMap::parse(*read_file(SetoolsMap), SetoolsMap);
  ASSERT_TRUE(map.has_value()) << map.error().message;
  const selinux::FlowGraph graph(policy, *map);
  size_t flows = 0;
  for (const char* source : {"parser_t", "signer_t", "proxy_t", "key_t", "admin_t", "request_t"}) {
    const auto run = run_process({"seinfoflow", "-p", binary, "-m", SetoolsMap, "-s", source});
    ASSERT_TRUE(run.has_value());
    // "Flow 1: a -> b" stands on a line of its own, the rules behind it.
    std::set<std::string> theirs;
    std::istringstream lines(run->output);
    for (std::string line; std::getline(lines, line);) {
      const size_t arrow = line.find(" -> ");
      if (line.starts_with("Flow ") && arrow != std::string::npos)
        theirs.insert(line.substr(arrow + 4));
    }
    std::set<std::string> ours;
    for (uint32_t type : graph.direct(policy.find_type(source)).numbers())
      ours.insert(policy.types[type].name);
    EXPECT_EQ(ours, theirs) << source << "\n" << run->output << run->errors;
    flows += theirs.size();
  }
  EXPECT_GE(flows, 10u);
}

TEST_F(Goals, AStarInAMapIsWhateverHasNoLine) {
  const auto directions = [&](const std::string& text) {
    const auto map = selinux::FlowMap::parse(text, "map");
    EXPECT_TRUE(map.has_value());
    return map->directions(policy);
  };
  const uint32_t file = policy.find_class("file");
  const uint32_t process = policy.find_class("process");
  const uint32_t write = selinux::permission_bit(policy.classes[file], "write");
  const std::string only_write = "class file 1\n write w 10\n";
  EXPECT_NE(directions(only_write)[file].reads, 0u);
  EXPECT_NE(directions(only_write)[process].unknown, 0u);
  const auto nothing_else = directions(only_write + " * n 1\nclass * 1\n * n 1\n");
  EXPECT_EQ(nothing_else[file].writes, write);
  for (const selinux::Directions& d : nothing_else) {
    EXPECT_EQ(d.reads, 0u);
    EXPECT_EQ(d.unknown, 0u);
  }
  const auto any_class = directions("class file 1\n * n 1\nclass * 1\n write r 10\n");
  EXPECT_EQ(any_class[file].reads, 0u) << "the class itself counts first";
}

// "Who can?" has a whole answer.
TEST_F(Goals, AViolationNamesAllThatCan) {
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const std::string path = (folder.path() / "goals.bh").string();
  ASSERT_TRUE(
      write_file(path, "policy goals 1.0\nnever p: any -> domain.process.fork\n").has_value());
  Result<LoadedPolicy> goals = load_goals(policy, {path});
  ASSERT_TRUE(goals.has_value() && goals->model);
  (void)check_goals(*goals, policy, selinux::FlowMap::standard());
  std::set<std::string> named;
  selinux::Relation relation(policy, selinux::AccessKind::Allow, selinux::InForce::Sometimes);
  const uint32_t process = policy.find_class("process");
  const uint32_t fork = selinux::permission_bit(policy.classes[process], "fork");
  for (uint32_t type = 0; type < policy.types.size(); ++type) {
    if ((relation.permissions(type, type, process) & fork) != 0)
      named.insert(policy.types[type].name);
  }
  ASSERT_GT(named.size(), 2u);
  ASSERT_EQ(goals->sink.diagnostics().size(), 1u);
  const Diagnostic& finding = goals->sink.diagnostics()[0];
  const std::string& last = finding.notes.back();
  EXPECT_EQ(last.substr(0, last.find(':')),
            fmt::format("and so can {} other types", named.size() - 1));
  for (const std::string& type : named)
    EXPECT_NE((finding.message + last).find(type), std::string::npos) << type;
}

// What sechecker asserts of Debian's policy: nobody has the permission but those who are exempt.
struct Assertion {
  std::string name;
  std::string target;
  std::string permission;
  std::vector<std::string> exempt;

  std::string as_check() const {
    return fmt::format(
        "[{}]\ncheck_type = assert_te\ntarget = {}\ntclass = file\nperms = {}\n{}{}\n", name,
        target, permission, exempt.empty() ? "" : "exempt_source = ", fmt::join(exempt, " "));
  }
  std::string as_property() const {
    return fmt::format("group not_{0} = any{1}{2}\nnever {0}: not_{0} -> {3}.file.{4}\n", name,
                       exempt.empty() ? "" : " - ", fmt::join(exempt, " - "), target, permission);
  }
};

// Nobody exempt, all that have the permission but one, all of them.
void add_assertions(const selinux::Policy& policy, const std::string& target,
                    const std::string& permission, std::vector<Assertion>& all) {
  selinux::Relation relation(policy, selinux::AccessKind::Allow, selinux::InForce::Sometimes);
  const uint32_t file = policy.find_class("file");
  const uint32_t bit = selinux::permission_bit(policy.classes[file], permission);
  std::vector<std::string> sources;
  for (uint32_t type = 0; type < policy.types.size(); ++type) {
    if ((relation.permissions(type, policy.find_type(target), file) & bit) != 0)
      sources.push_back(policy.types[type].name);
  }
  ASSERT_FALSE(sources.empty());
  const std::string name = fmt::format("{}_{}", permission, target);
  all.push_back({name, target, permission, {}});
  all.push_back({name + "_all", target, permission, sources});
  sources.pop_back();
  all.push_back({name + "_but_one", target, permission, sources});
}

TEST(GoalsOfDebian, AreWhatSecheckerAsserts) {
  constexpr const char* Installed = "/etc/selinux/default/policy/policy.33";
  if (find_program("sechecker").empty()) GTEST_SKIP() << "SKIPPED: setools is not installed";
  if (!fs::exists(Installed)) GTEST_SKIP() << "SKIPPED: there is no " << Installed;
  const Result<selinux::Policy> policy = load_selinux({Installed});
  ASSERT_TRUE(policy.has_value()) << policy.error().message;
  std::vector<Assertion> all;
  add_assertions(*policy, "shadow_t", "write", all);
  add_assertions(*policy, "sshd_key_t", "read", all);
  add_assertions(*policy, "passwd_exec_t", "entrypoint", all);
  std::string checks;
  std::string properties;
  for (const Assertion& each : all) {
    checks += each.as_check();
    properties += each.as_property();
  }
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const std::string config = (folder.path() / "checks.ini").string();
  ASSERT_TRUE(write_file(config, checks).has_value());
  const auto run = run_process({"sechecker", config, Installed});
  ASSERT_TRUE(run.has_value());
  std::map<std::string, Verdict> ours = verdicts(*policy, properties);
  size_t passed = 0;
  for (const Assertion& each : all) {
    // "name      PASSED", in the summary.
    const bool theirs = std::regex_search(run->output, std::regex("\n" + each.name + " +PASSED"));
    EXPECT_TRUE(theirs || std::regex_search(run->output, std::regex("\n" + each.name + " +FAILED")))
        << run->output << run->errors;
    EXPECT_EQ(ours[each.name], theirs ? Verdict::Proved : Verdict::Violated) << each.name;
    passed += theirs;
  }
  EXPECT_EQ(passed, 3u);
}

}  // namespace
}  // namespace bh
