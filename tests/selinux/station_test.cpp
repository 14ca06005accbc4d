// The station example: every statement taken away from its module, added to it or changed in it is
// noticed in what is read back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "driver/pipeline/files.h"
#include "driver/pipeline/load.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"

namespace bh {
namespace {

using Codes = std::set<int>;

class Station : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
    ASSERT_TRUE(policy.has_value() && policy->model);
    const auto settings = open_settings(*policy);
    ASSERT_TRUE(settings.has_value());
    std::optional<CilModule> emitted = emit_cil(*settings, policy->sink);
    ASSERT_TRUE(emitted.has_value() && policy->sink.diagnostics().empty());
    module = std::move(*emitted);
  }

  // What is said of the module with this text.
  Codes verdict(const std::string& text) {
    CilModule changed = module;
    changed.text = text;
    DiagnosticSink sink;
    const auto result =
        compile_and_compare(changed, SelinuxBase::Minimal, {}, folder.path() / "policy", sink);
    EXPECT_TRUE(result.has_value());
    Codes codes;
    for (const Diagnostic& d : sink.diagnostics()) codes.insert(d.code);
    return codes;
  }
  Codes verdict_with(const std::string& more) { return verdict(module.text + more + "\n"); }
  Codes verdict_of(const std::string& from, const std::string& to) {
    std::string text = module.text;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? Codes{} : verdict(text.replace(at, from.size(), to));
  }

  Result<LoadedPolicy> policy = load_policy({BH_SOURCE_DIR "/examples/14_station/station.bh"});
  TemporaryDirectory folder = *TemporaryDirectory::create();
  CilModule module;
};

TEST_F(Station, IsWhatItsPolicySays) {
  EXPECT_TRUE(verdict(module.text).empty());
  EXPECT_EQ(module.scope.settings.size(), 2u);
  EXPECT_EQ(module.plan.starts.size(), 3u);
  EXPECT_EQ(module.plan.contexts.size(), 7u);
}

// By setools' own analysis of what is compiled: a transition, the entry point and the execution
// together. It takes no notice of booleans.
TEST_F(Station, StartsAreTheDomainTransitionsThatSedtaFinds) {
  if (find_program("sedta").empty()) GTEST_SKIP() << "SKIPPED: setools is not installed";
  ASSERT_TRUE(verdict(module.text).empty());
  using Starts = std::set<std::pair<std::string, std::string>>;
  Starts ours;
  for (const SelinuxPlan::Start& start : module.plan.starts)
    ours.emplace(start.starter, start.process);
  Starts theirs;
  for (const std::string& type : module.scope.types) {
    const auto run = run_process({"sedta", "-p", (folder.path() / "policy").string(), "-s", type});
    ASSERT_TRUE(run.has_value() && run->exit_code == 0) << run->errors;
    std::istringstream words(run->output);
    for (std::string word; words >> word;) {
      if (std::string to; word == "->" && words >> to) theirs.emplace(type, to);
    }
  }
  EXPECT_EQ(ours, theirs);
}

// A line is a statement where its parentheses are balanced. A neverallow says nothing about the
// policy that it was checked in, the optional one nothing where there is no distribution.
TEST_F(Station, EveryStatementMissingIsFound) {
  size_t removed = 0;
  for (size_t at = 0; at < module.text.size();) {
    const size_t end = module.text.find('\n', at) + 1;
    const std::string line = module.text.substr(at, end - at);
    const std::string statement = line.substr(0, line.find("  ;"));
    const bool balanced = std::count(statement.begin(), statement.end(), '(') ==
                          std::count(statement.begin(), statement.end(), ')');
    const bool says_something = statement.find('(') != std::string::npos &&
                                statement.front() != ';' && !statement.starts_with("(neverallow") &&
                                !statement.starts_with("(optional") &&
                                !statement.starts_with("(expandtypeattribute");
    if (balanced && says_something) {
      EXPECT_FALSE(verdict(module.text.substr(0, at) + module.text.substr(end)).empty()) << line;
      ++removed;
    }
    at = end;
  }
  EXPECT_GT(removed, 40u);
}

TEST_F(Station, EachKindOfStatementTakenAwayIsNamed) {
  const auto without = [&](const std::string& statement) { return verdict_of(statement, ""); };
  EXPECT_EQ(without("(typetransition station_supervisor_t station_collector_exec_t process "
                    "station_collector_t)"),
            Codes{6070});
  EXPECT_EQ(without("(typetransition station_supervisor_t station_shell_exec_t process "
                    "station_shell_t)"),
            Codes{6070});
  EXPECT_EQ(without("(roletype station_admin_r station_shell_t)"), Codes{6070});
  EXPECT_EQ(without("(roletype system_r station_collector_t)"), Codes{6070});
  EXPECT_EQ(without("(userrole system_u station_admin_r)"), Codes{6070});
  EXPECT_EQ(without("(roleallow system_r station_admin_r)"), Codes{6070});
  EXPECT_EQ(without("(roletransition system_r station_shell_exec_t process station_admin_r)"),
            Codes{6070});
  EXPECT_EQ(without("(filecon \"/usr/sbin/stationd\" file (system_u object_r "
                    "station_supervisor_exec_t ((s0) (s0))))"),
            Codes{6070});
  EXPECT_EQ(verdict_of("(station_collector_t station_uploader_t)", "(station_uploader_t)"),
            (Codes{6061, 6070}));
}

TEST_F(Station, EachKindOfStatementAddedIsNamed) {
  for (const char* extra : {
           "(typetransition station_collector_t station_uploader_exec_t process "
           "station_uploader_t)",
           "(typetransition kernel_t station_uploader_exec_t process kernel_t)",
           "(typechange station_collector_t station_log_t file station_conf_t)",
           "(typemember station_collector_t station_log_t file station_conf_t)",
           "(typetransition station_collector_t station_log_t file \"x\" station_conf_t)",
           "(roletype system_r station_shell_t)",
           "(roletype station_admin_r station_collector_t)",
           "(roletype station_admin_r kernel_t)",
           "(roletype system_r station_log_t)",
           "(roleallow station_admin_r system_r)",
           "(roletransition system_r station_uploader_exec_t process station_admin_r)",
           "(role other_r) (roletransition other_r station_uploader_exec_t process system_r)",
           "(user u) (userrole u station_admin_r) (userlevel u (s0)) (userrange u ((s0) (s0)))",
           "(filecon \"/etc/other\" any (system_u object_r station_conf_t ((s0) (s0))))",
           "(filecon \"/usr/sbin/stationd\" dir (system_u object_r station_conf_t ((s0) (s0))))",
           "(roletype object_r kernel_t)"
           "(filecon \"/usr/sbin/stationd\" any (system_u object_r kernel_t ((s0) (s0))))",
       }) {
    EXPECT_EQ(verdict_with(extra), Codes{6071}) << extra;
  }
  EXPECT_EQ(verdict_with("(typeattributeset station_services (station_shell_t))"),
            (Codes{6062, 6071}));
  EXPECT_EQ(verdict_with("(typeattributeset station_services (kernel_t))"), (Codes{6063, 6071}));
}

TEST_F(Station, AnotherStandardValueIsFound) {
  EXPECT_EQ(verdict_of("(boolean station_diagnostics false)", "(boolean station_diagnostics true)"),
            (Codes{6070, 6071}));
}

TEST_F(Station, WhatABooleanTurnsOnIsComparedForBothItsValues) {
  const std::string read = "(allow station_shell_t station_log_t (file (open read)))";
  ASSERT_NE(module.text.find("        " + read), std::string::npos) << module.text;
  EXPECT_EQ(verdict_with(read), Codes{6062}) << "it is granted without the boolean, too";
  EXPECT_EQ(verdict_of(read, ""), Codes{6061}) << "it is not granted with it";
  EXPECT_EQ(verdict_of("(booleanif station_diagnostics", "(booleanif (not station_diagnostics)"),
            (Codes{6061, 6062, 6070, 6071}));
  EXPECT_EQ(verdict_with("(booleanif station_diagnostics (true (allow station_collector_t "
                         "station_samples_t (file (read)))))"),
            Codes{6062});
  EXPECT_EQ(verdict_with("(booleanif station_diagnostics (false " + read + "))"), Codes{6062});
  EXPECT_EQ(verdict_with("(booleanif station_diagnostics (true " + read + "))"), Codes{})
      << "the same twice is the same";
}

TEST_F(Station, WhatHangsOnABooleanOfSomebodyElseIsNeverAsPlanned) {
  const std::string other = "(boolean other true)";
  const std::string upload =
      "(allow station_uploader_t station_samples_t (file (open read)))  ; upload";
  EXPECT_EQ(verdict_of(upload, other + "(booleanif other (true (allow station_uploader_t "
                                       "station_samples_t (file (open read)))))"),
            Codes{6061});
  EXPECT_EQ(verdict_with(other + "(booleanif other (false (allow station_uploader_t "
                                 "station_samples_t (file (getattr)))))"),
            Codes{6062});
  EXPECT_EQ(verdict_with(other + "(booleanif other (true (typetransition station_collector_t "
                                 "station_shell_exec_t process station_shell_t)))"),
            Codes{6071});
}

TEST_F(Station, AProductWithoutTheVariantHasNoBoolean) {
  const auto product =
      load_policy({BH_SOURCE_DIR "/examples/14_station/station.bh"}, "diagnostics=false");
  ASSERT_TRUE(product.has_value() && product->model);
  const auto settings = open_settings(*product);
  ASSERT_TRUE(settings.has_value());
  DiagnosticSink sink;
  const auto proved = emit_and_prove(*settings, {SelinuxBase::Minimal}, {}, sink);
  ASSERT_TRUE(proved.has_value() && *proved);
  EXPECT_EQ((*proved)->module.text.find("boolean"), std::string::npos);
  EXPECT_EQ((*proved)->module.plan.starts.size(), 2u);
}

}  // namespace
}  // namespace bh
