// The emitted module linked with the policy modules that Debian ships.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "driver/pipeline/files.h"
#include "driver/pipeline/load.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"
#include "driver/pipeline/selinux_policy.h"
#include "targets/selinux/diff.h"
#include "targets/selinux/kernel_classes.h"
#include "targets/selinux/test_model.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

constexpr const char* InstalledPolicy = "/etc/selinux/default/policy/policy.33";

fs::path cache() { return fs::path(BH_BINARY_DIR) / "cache"; }

class Debian : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
    if (!fs::exists("/usr/share/selinux/default/base.pp.bz2")) {
      GTEST_SKIP() << "SKIPPED: selinux-policy-default is not installed";
    }
  }
  std::string policy() const { return (folder.path() / "policy").string(); }
  TemporaryDirectory folder = *TemporaryDirectory::create();
};

// Where Debian compiled its policy on this machine, the very same bytes: what we link with is the
// real thing.
TEST_F(Debian, ItsModulesCompileToTheInstalledPolicy) {
  if (!fs::exists(InstalledPolicy)) GTEST_SKIP() << "SKIPPED: there is no " << InstalledPolicy;
  const auto modules = debian_modules(cache());
  ASSERT_TRUE(modules.has_value()) << modules.error().message;
  DiagnosticSink sink;
  const Result<bool> compiled = compile_cil(*modules, policy(), sink);
  ASSERT_TRUE(compiled.has_value() && *compiled);
  EXPECT_TRUE(*read_file(policy()) == *read_file(InstalledPolicy));
}

// What we link with in place of the modules makes the very same policy.
TEST_F(Debian, ItsResolvedModulesLinkToTheSameBytes) {
  const Result<LoadedPolicy> loaded =
      load_policy({BH_SOURCE_DIR "/examples/14_station/station.bh"});
  ASSERT_TRUE(loaded.has_value() && loaded->model);
  DiagnosticSink sink;
  const fs::path station = folder.path() / "station.cil";
  ASSERT_TRUE(write_file(station, emit_cil(*open_settings(*loaded), sink)->text).has_value());
  const auto linked = [&](std::vector<fs::path> sources) {
    sources.push_back(station);
    const fs::path contexts = folder.path() / "contexts";
    EXPECT_TRUE(*compile_cil(sources, policy(), sink, contexts));
    return std::pair(*read_file(policy()), *read_file(contexts));
  };
  const auto base = base_files(SelinuxBase::Debian, *read_file(station), cache(), folder.path());
  ASSERT_TRUE(base.has_value()) << base.error().message;
  EXPECT_EQ(base->sources.size(), 1u);
  EXPECT_TRUE(linked(base->sources) == linked(base->modules));
}

// An optional block of theirs might have been waiting for it.
TEST_F(Debian, ANameThatItsModulesMentionIsLinkedWithTheModules) {
  const auto files = [&](std::string_view text) {
    return *base_files(SelinuxBase::Debian, text, cache(), folder.path());
  };
  EXPECT_EQ(files("(type quite_new_t)\n").sources.size(), 1u);
  const BaseFiles known = files("(type quite_new_t)\n(type shadow_t)\n");
  EXPECT_EQ(known.sources, known.modules);
}

TEST_F(Debian, TheLinkedPolicyIsExactlyTheModelAmongItsTypes) {
  DiagnosticSink sink;
  const Result<LoadedPolicy> loaded =
      load_policy({BH_SOURCE_DIR "/examples/01_gateway/gateway.bh"});
  ASSERT_TRUE(loaded.has_value() && loaded->model);
  const CheckedModel& model = *loaded->model;
  const std::optional<CilModule> module = emit_cil(model, sink);
  ASSERT_TRUE(module.has_value());
  const auto linked = compile_and_compare(*module, SelinuxBase::Debian, cache(), policy(), sink);
  ASSERT_TRUE(linked.has_value()) << linked.error().message;
  ASSERT_TRUE(linked->has_value());
  EXPECT_TRUE(sink.diagnostics().empty())
      << "neither a difference nor access from or to Debian's types";
  EXPECT_TRUE((*linked)->equal);
  EXPECT_EQ((*linked)->read.certain.grants.size(), 7u);
  EXPECT_GT((*linked)->read.types, 3000u);
  EXPECT_GT((*linked)->read.rules, 50000u);
  fmt::print("{}", print(**linked));
}

TEST_F(Debian, StartsRolesFilesAndBooleansLinkAsWell) {
  const Result<LoadedPolicy> loaded =
      load_policy({BH_SOURCE_DIR "/examples/14_station/station.bh"});
  ASSERT_TRUE(loaded.has_value() && loaded->model);
  const auto settings = open_settings(*loaded);
  ASSERT_TRUE(settings.has_value());
  DiagnosticSink sink;
  const auto proved = emit_and_prove(*settings, {SelinuxBase::Debian}, cache(), sink);
  ASSERT_TRUE(proved.has_value()) << proved.error().message;
  for (const Diagnostic& d : sink.diagnostics()) ADD_FAILURE() << d.code << ": " << d.message;
  ASSERT_TRUE(proved->has_value());
  const CompiledSelinux& linked = (*proved)->compiled.front();
  EXPECT_EQ(linked.settings, 2u);
  EXPECT_EQ(linked.read.certain.statements, (*proved)->module.facts.statements);
  fmt::print("{}{}", print((*proved)->module), print(linked));
}

// Of each kind of name one that Debian's policy has, and the path of one of its programs.
TEST_F(Debian, ItsNamesAndPathsAreReportedAsOurs) {
  const auto found = [&](const std::string& text) {
    DiagnosticSink sink;
    const fs::path source = folder.path() / "policy.bh";
    EXPECT_TRUE(write_file(source, text).has_value());
    const Result<LoadedPolicy> loaded = load_policy({source.string()});
    EXPECT_TRUE(loaded.has_value() && loaded->model);
    const auto settings = open_settings(*loaded);
    const auto proved = emit_and_prove(*settings, {SelinuxBase::Debian}, cache(), sink);
    EXPECT_TRUE(proved.has_value() && !proved->has_value());
    std::vector<std::string> said;
    for (const Diagnostic& d : sink.diagnostics())
      said.push_back(fmt::format("{} {}{}", d.code, d.message, d.span.valid() ? "" : " (nowhere)"));
    return said;
  };
  const std::string rest =
      "interface Door { call open() }\ncomponent A { provides x: Door }\ncomponent B {}\n"
      "allow r: B -> A.x.open\n";
  EXPECT_EQ(found("policy httpd 1.0\nvariant enable_cgi: bool = false\n" + rest +
                  "target selinux { A = sshd_t   B = b_t role staff_r }\n"),
            (std::vector<std::string>{
                "6072 the policy linked with has a type 'sshd_t' of its own",
                "6072 the policy linked with has a role 'staff_r' of its own",
                "6072 the policy linked with has a boolean 'httpd_enable_cgi' of its own"}));
  EXPECT_EQ(
      found("policy p 1.0\n" + rest + "target selinux { A = a_t runs \"/usr/sbin/sshd\" }\n"),
      (std::vector<std::string>{
          "6070 the compiled policy lacks '/usr/sbin/sshd -- system_u:object_r:a_exec_t' (nowhere)",
          "6071 the compiled policy also has '/usr/sbin/sshd -- system_u:object_r:sshd_exec_t' "
          "(nowhere)"}));
}

TEST_F(Debian, WhatItsNeverallowsForbidIsRefused) {
  const CheckedModel model = GateModel().sealed();
  DiagnosticSink sink;
  CilModule module = *emit_cil(model, sink);
  module.text +=
      "(allow gw_parser_t shadow_t (file (read)))";  // against a neverallow of Debian's base
  const auto linked = compile_and_compare(module, SelinuxBase::Debian, cache(), policy(), sink);
  ASSERT_TRUE(linked.has_value()) << linked.error().message;
  EXPECT_FALSE(linked->has_value());
  ASSERT_EQ(sink.diagnostics().size(), 1u);
  EXPECT_EQ(sink.diagnostics()[0].code, 6066);
}

// The words of "(keyword name (w1 w2 ...))" in CIL text; nothing when there is no such statement.
std::optional<std::vector<std::string>> statement(const std::string& cil, const std::string& head) {
  const size_t at = cil.find("\n(" + head + " (");
  if (at == std::string::npos) return std::nullopt;
  const size_t begin = at + head.size() + 4;
  std::vector<std::string> words(1);
  for (size_t i = begin; cil[i] != ')'; ++i) {
    if (cil[i] != ' ') {
      words.back() += cil[i];
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

TEST_F(Debian, ItsBaseDeclaresTheKernelClassesAsWeDo) {
  const auto modules = debian_modules(cache());
  ASSERT_TRUE(modules.has_value());
  const auto base = std::find_if(modules->begin(), modules->end(), [](const fs::path& path) {
    return path.filename() == "base.cil";
  });
  ASSERT_NE(base, modules->end());
  const std::string cil = *read_file(*base);
  for (const KernelClass& each : kernel_classes()) {
    const std::string name(each.name);
    std::vector<std::string> permissions;
    if (const size_t at = cil.find("\n(classcommon " + name + " "); at != std::string::npos) {
      const size_t begin = at + 15 + name.size();
      const auto inherited =
          statement(cil, "common " + cil.substr(begin, cil.find(')', begin) - begin));
      ASSERT_TRUE(inherited.has_value()) << name;
      permissions = *inherited;
    }
    const auto own = statement(cil, "class " + name);
    ASSERT_TRUE(own.has_value()) << name;
    permissions.insert(permissions.end(), own->begin(), own->end());
    EXPECT_EQ(permissions,
              std::vector<std::string>(each.permissions.begin(), each.permissions.end()))
        << name;
  }
}

selinux::Policy read(const std::vector<std::string>& paths) {
  Result<selinux::Policy> policy = load_selinux(paths);
  EXPECT_TRUE(policy.has_value()) << (policy.has_value() ? "" : policy.error().message);
  return policy.has_value() ? std::move(*policy) : selinux::Policy();
}

void expect_equal_to_the_installed(const std::vector<std::string>& paths) {
  bool comparable = false;
  const selinux::Diff diff = diff_policies(read({InstalledPolicy}), read(paths), comparable);
  EXPECT_TRUE(comparable);
  for (const selinux::Change& change : diff.changes) ADD_FAILURE() << change.what << change.how;
  EXPECT_EQ(diff.allow, selinux::Tally{});
}

// Module packages, unpacked and linked by ourselves.
TEST_F(Debian, ItsPackagesAreReadAsThePolicyThatTheyMake) {
  if (!fs::exists(InstalledPolicy)) GTEST_SKIP() << "SKIPPED: there is no " << InstalledPolicy;
  const auto modules = debian_modules(cache());
  ASSERT_TRUE(modules.has_value()) << modules.error().message;
  std::vector<std::string> packages;
  for (const fs::path& module : *modules)
    packages.push_back("/usr/share/selinux/default/" + module.stem().string() + ".pp.bz2");
  expect_equal_to_the_installed(packages);
}

// Text that another tool made of the binary.
TEST_F(Debian, ItsPolicyAsTextIsReadAsTheBinary) {
  if (!fs::exists(InstalledPolicy)) GTEST_SKIP() << "SKIPPED: there is no " << InstalledPolicy;
  if (find_program("checkpolicy").empty()) GTEST_SKIP() << "SKIPPED: checkpolicy is not installed";
  const std::string text = (folder.path() / "flat.cil").string();
  const auto run = run_process({"checkpolicy", "-b", "-M", "-C", "-o", text, InstalledPolicy});
  ASSERT_TRUE(run.has_value() && run->exit_code == 0);
  expect_equal_to_the_installed({text});
}

// Modules as they are installed, and with one rule deleted, others added and a module dropped.
TEST_F(Debian, AnEditedPolicyDiffersAsSediffSays) {
  if (find_program("sediff").empty()) GTEST_SKIP() << "SKIPPED: setools is not installed";
  const auto modules = debian_modules(cache());
  ASSERT_TRUE(modules.has_value()) << modules.error().message;
  const std::string edits =
      "(allow ntpd_t sshd_key_t (file (read getattr open)))\n"
      "(type bulk_new_t)\n(roletype object_r bulk_new_t)\n"
      "(allow init_t bulk_new_t (file (read open)))\n";
  const std::string deleted = "\n(allow sshd_t domain (process (sigkill)))";
  std::vector<fs::path> edited;
  for (const fs::path& module : *modules) {
    if (module.stem() == "zabbix") continue;
    edited.push_back(module);
    if (module.stem() != "ssh") continue;
    std::string text = *read_file(module);
    ASSERT_NE(text.find(deleted), std::string::npos);
    edited.back() = folder.path() / "ssh.cil";
    ASSERT_TRUE(
        write_file(edited.back(), text.erase(text.find(deleted), deleted.size())).has_value());
  }
  edited.push_back(folder.path() / "edits.cil");
  ASSERT_TRUE(write_file(edited.back(), edits).has_value());
  const std::string before = (folder.path() / "before").string();
  const std::string after = (folder.path() / "after").string();
  DiagnosticSink sink;
  ASSERT_TRUE(*compile_cil(*modules, before, sink));
  ASSERT_TRUE(*compile_cil(edited, after, sink));

  bool comparable = false;
  const selinux::Diff ours = diff_policies(read({before}), read({after}), comparable);
  const auto theirs = run_process({"sediff", before, after});
  ASSERT_TRUE(theirs.has_value());
  std::smatch found;
  ASSERT_TRUE(std::regex_search(
      theirs->output, found,
      std::regex(R"(Allow Rules \((\d+) Added, (\d+) Removed, (\d+) Modified\))")))
      << theirs->output.substr(0, 2000);
  EXPECT_EQ(std::stoull(found[1]), ours.allow.added);
  EXPECT_EQ(std::stoull(found[2]), ours.allow.removed);
  EXPECT_EQ(std::stoull(found[3]), ours.allow.modified);
  EXPECT_GT(ours.allow.removed, 10000u) << "with zabbix";
  // As texts, a module is one change.
  std::array<selinux::Origins, 2> origins;
  const auto strings = [](const std::vector<fs::path>& paths) {
    return std::vector<std::string>(paths.begin(), paths.end());
  };
  Result<selinux::Policy> old_modules = load_selinux(strings(*modules), &origins[0]);
  Result<selinux::Policy> new_modules = load_selinux(strings(edited), &origins[1]);
  ASSERT_TRUE(old_modules.has_value() && new_modules.has_value());
  const selinux::Diff texts =
      diff_policies(std::move(*old_modules), std::move(*new_modules), comparable, origins);
  EXPECT_EQ(texts.allow, ours.allow);
  EXPECT_LT(texts.changes.size(), 20u);
  const auto named = [&](std::string_view what) {
    return std::ranges::count(texts.changes, what, &selinux::Change::what);
  };
  EXPECT_EQ(named("module zabbix"), 1);
  EXPECT_EQ(named("module edits"), 1);
  EXPECT_EQ(named("sshd_t -> domain : process { sigkill }"), 1);
}

}  // namespace
}  // namespace bh
