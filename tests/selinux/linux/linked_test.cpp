// An emitted module linked with all of Debian's modules, on Debian's kernel: each decision about
// the module's types, and between them and some of Debian's, is the one that was proved.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"
#include "targets/selinux/sepol_policy.h"
#include "tests/selinux/linux/answer.h"
#include "tests/selinux/linux/machine.h"

namespace bh::linux_test {
namespace {

constexpr const char* OfDebian[] = {"init_t", "sshd_t", "unconfined_t", "etc_t", "shadow_t"};

class Linked : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
    if (!std::filesystem::exists("/usr/share/selinux/default/base.pp.bz2"))
      GTEST_SKIP() << "SKIPPED: selinux-policy-default is not installed";
  }

  Emitted station = emitted("examples/14_station/station.bh");

  // As the machine has it: processes in their roles, files as those of nobody.
  std::string context(const std::string& type) const {
    const SelinuxNames& names = station.module.plan.names;
    for (const ComponentId id : station.model()->components.ids()) {
      if (names.type(id) == type && !names.role(id).empty())
        return fmt::format("system_u:{}:{}:s0", names.role(id), type);
    }
    const bool process = type == "init_t" || type == "sshd_t";
    return fmt::format("system_u:{}:{}:s0", process ? StandardRole : "object_r", type);
  }

  std::vector<TeFact> planned() const {  // in the standard setting
    std::vector<TeFact> facts;
    for (const SelinuxPlan::Access& access : station.module.plan.granted) {
      if (access.where[0]) facts.push_back(access.fact);
    }
    return facts;
  }
};

TEST_F(Linked, TheKernelDecidesAsWasProved) {
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const std::filesystem::path path = folder.path() / "policy";
  DiagnosticSink sink;
  const auto linked =
      compile_and_compare(station.module, SelinuxBase::Debian,
                          std::filesystem::path(BH_BINARY_DIR) / "cache", path, sink);
  ASSERT_TRUE(linked.has_value()) << linked.error().message;
  ASSERT_TRUE(linked->has_value() && (*linked)->equal);
  const std::string bytes = *read_file(path);
  const Result<selinux::Policy> policy = selinux::read_kernel_policy("linked", bytes);
  ASSERT_TRUE(policy.has_value()) << policy.error().message;

  const std::vector<std::string> ours = station.types();
  std::vector<std::string> types = ours;
  types.insert(types.end(), std::begin(OfDebian), std::end(OfDebian));
  std::vector<Question> all;
  for (const std::string& source : types) {
    for (const std::string& target : types) {
      for (const selinux::Class& each : policy->classes)
        all.push_back({context(source), context(target), each.name});
    }
  }
  const Result<std::vector<std::string>> told = ask_kernel(bytes, all);
  if (!told.has_value() && told.error().message.starts_with("SKIPPED"))
    GTEST_SKIP() << told.error().message;
  ASSERT_TRUE(told.has_value()) << told.error().message;

  TeFacts allowed;  // between two of ours
  for (size_t i = 0, at = 0; i < types.size() * types.size(); ++i) {
    const size_t source = i / types.size();
    const size_t target = i % types.size();
    for (const selinux::Class& each : policy->classes) {
      ASSERT_EQ((*told)[at], our_answer(*policy, all[at]))
          << types[source] << " -> " << types[target] << " : " << each.name;
      const uint64_t bits = std::strtoull((*told)[at].c_str(), nullptr, 16);
      ++at;
      if (source >= ours.size() || target >= ours.size()) continue;
      for (size_t bit = 0; bit < each.permissions.size(); ++bit) {
        if ((bits >> bit & 1) != 0)
          allowed.insert({types[source], types[target], each.name, each.permissions[bit]});
      }
    }
  }
  for (const TeFact& fact : planned())
    EXPECT_EQ(allowed.erase(fact), 1u) << "refused: " << print(fact);
  // What is left every process has, on itself.
  for (const TeFact& fact : allowed) {
    EXPECT_TRUE(fact.source == fact.target && station.module.scope.processes.contains(fact.source))
        << "not of the policy: " << print(fact);
  }
  fmt::print("{} decisions of {} types: {} of the policy's permissions, {} of every process\n",
             all.size(), types.size(), planned().size(), allowed.size());
}

}  // namespace
}  // namespace bh::linux_test
