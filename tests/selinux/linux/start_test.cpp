// Domain transitions on a real kernel: whoever the policy lets start a program becomes its process,
// in its role, and nobody else does; for both values of a boolean.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/selinux/linux/machine.h"

namespace bh::linux_test {
namespace {

struct Start {
  std::string starter;
  std::string program;
  auto operator<=>(const Start&) const = default;
};

class Starts : public testing::Test {
 protected:
  Emitted station = emitted("examples/14_station/station.bh");

  // The guest starts all that it tries in the standard role.
  std::vector<Start> attempts() const {
    const SelinuxNames& names = station.module.plan.names;
    std::vector<Start> all;
    for (const ComponentId starter : station.model()->components.ids()) {
      if (names.role(starter) != StandardRole) continue;
      for (const std::string& program : names.programs) {
        if (!program.empty()) all.push_back({names.type(starter), program});
      }
    }
    return all;
  }

  // By the policy, in a setting of its only variant.
  std::set<Start> granted(size_t setting) const {
    std::set<Start> all;
    for (const SelinuxPlan::Start& start : station.module.plan.starts) {
      if (start.where[setting]) all.insert({start.starter, start.program});
    }
    return all;
  }

  std::string plan(const std::vector<Start>& tried, bool diagnostics) const {
    std::string text = fmt::format(
        "boolean station_diagnostics {}\nenforce\nprogram probe rig_exec_t\n", diagnostics ? 1 : 0);
    for (const std::string& program : station.module.plan.names.programs) {
      if (!program.empty()) text += fmt::format("program start_{0} {0}\n", program);
    }
    for (size_t i = 0; i < tried.size(); ++i)
      text += fmt::format("try {} process_start {} {}\n", i, tried[i].starter, tried[i].program);
    return text;
  }

  Result<Findings> boot_station(const std::string& plan) const {
    Findings findings;
    BH_TRY(findings.policy, compile({station}));
    BH_TRY(const std::string told, run_guest(findings.policy, plan));
    read_told(told, findings);
    return findings;
  }

  void expect_starts(size_t setting, bool diagnostics) {
    const std::vector<Start> tried = attempts();
    const std::set<Start> wanted = granted(setting);
    const Result<Findings> found = boot_station(plan(tried, diagnostics));
    if (!found.has_value() && found.error().message.starts_with("SKIPPED"))
      GTEST_SKIP() << found.error().message;
    ASSERT_TRUE(found.has_value()) << found.error().message;
    ASSERT_EQ(found->outcomes.size(), tried.size());
    const std::string& log = found->log;

    for (size_t i = 0; i < tried.size(); ++i) {
      EXPECT_EQ(found->outcomes[i].result == 0, wanted.contains(tried[i]))
          << tried[i].starter << " starts " << tried[i].program << "\n"
          << log;
    }
    for (const SelinuxPlan::Start& start : station.module.plan.starts) {
      if (!start.where[setting]) continue;
      const std::string role = role_of(start.process);
      EXPECT_NE(log.find("granted  { transition }"), std::string::npos);
      EXPECT_NE(
          log.find(fmt::format("tcontext=system_u:{}:{} tclass=process", role, start.process)),
          std::string::npos)
          << "as " << role << "\n"
          << log;
    }
    fmt::print("{} starts tried, {} of them granted\n", tried.size(), wanted.size());
  }

  std::string role_of(const std::string& process) const {
    for (const ComponentId id : station.model()->components.ids()) {
      if (station.module.plan.names.type(id) == process) return station.module.plan.names.role(id);
    }
    return "";
  }
};

TEST_F(Starts, OfAProductAreThePolicys) {
  ASSERT_EQ(granted(0).size(), 2u);
  expect_starts(0, false);
}

TEST_F(Starts, UnderABooleanAreThePolicysToo) {
  ASSERT_EQ(granted(1).size(), 3u);
  expect_starts(1, true);
}

}  // namespace
}  // namespace bh::linux_test
