// The emitted module linked with the policy modules that Debian ships.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "driver/pipeline/files.h"
#include "driver/pipeline/load.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"
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

TEST_F(Debian, TheLinkedPolicyIsExactlyTheModelAmongItsTypes) {
  DiagnosticSink sink;
  const Result<LoadedPolicy> loaded =
      load_policy({BH_SOURCE_DIR "/examples/01_gateway/gateway.bh"});
  ASSERT_TRUE(loaded.has_value() && loaded->model);
  const CheckedModel& model = *loaded->model;
  const std::optional<CilModule> module = emit_cil(model, sink);
  ASSERT_TRUE(module.has_value());
  const auto linked =
      compile_and_compare(model, *module, SelinuxBase::Debian, cache(), policy(), sink);
  ASSERT_TRUE(linked.has_value()) << linked.error().message;
  ASSERT_TRUE(linked->has_value());
  EXPECT_TRUE(sink.diagnostics().empty())
      << "neither a difference nor access from or to Debian's types";
  EXPECT_TRUE((*linked)->equal);
  EXPECT_EQ((*linked)->te.facts.size(), 7u);
  EXPECT_GT((*linked)->te.types, 3000u);
  EXPECT_GT((*linked)->te.rules, 50000u);
  fmt::print("{}", print(**linked));
}

TEST_F(Debian, WhatItsNeverallowsForbidAndItsNamesAreRefused) {
  const CheckedModel model = GateModel().sealed();
  DiagnosticSink sink;
  CilModule module = *emit_cil(model, sink);
  module.text +=
      "(allow gw_parser_t shadow_t (file (read)))";  // against a neverallow of Debian's base
  const auto linked =
      compile_and_compare(model, module, SelinuxBase::Debian, cache(), policy(), sink);
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

}  // namespace
}  // namespace bh
