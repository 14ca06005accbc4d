// Emitted modules on a real kernel: what it decides, what its processes can do, and what it writes
// down of it are all the model's.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "driver/pipeline/selinux_audit.h"
#include "targets/selinux/avc.h"
#include "targets/selinux/relation.h"
#include "targets/selinux/sepol_policy.h"
#include "tests/selinux/linux/machine.h"

namespace bh::linux_test {
namespace {

// One boot for all tests.
struct Scene {
  std::vector<Emitted> all;
  std::vector<Attempt> attempts;
  Result<Findings> findings = fail("not booted");
  TeFacts model;  // of all policies

  Scene() {
    for (const char* path : {"examples/01_gateway/gateway.bh", "tests/policies/linux/depot.bh"})
      all.push_back(emitted(path));
    for (const Emitted& each : all) {
      for (Attempt& attempt : all_attempts(each)) attempts.push_back(std::move(attempt));
      model.merge(each.grants());
    }
    findings = boot(all, attempts);
  }
};

const Scene& scene() {
  static const Scene one;
  return one;
}

TeFacts without(const TeFacts& facts, const TeFacts& others) {
  TeFacts left;
  std::set_difference(facts.begin(), facts.end(), others.begin(), others.end(),
                      std::inserter(left, left.end()));
  return left;
}

std::string listed(const TeFacts& facts) {
  std::string text;
  for (const TeFact& fact : facts) text += print(fact) + "\n";
  return text;
}

class RealKernel : public testing::Test {
 protected:
  void SetUp() override {
    if (found.has_value()) return;
    if (found.error().message.starts_with("SKIPPED")) GTEST_SKIP() << found.error().message;
    FAIL() << found.error().message;
  }
  const Result<Findings>& found = scene().findings;
};

TEST_F(RealKernel, DecidesEachRequestAsTheModel) {
  EXPECT_EQ(found->asked, found->types.size() * found->types.size() * found->classes);
  std::set<std::string> own;
  for (const Emitted& each : scene().all) {
    for (const std::string& type : each.types()) own.insert(type);
  }
  TeFacts kernel;
  for (const TeFact& fact : found->facts) {
    if (own.count(fact.source) > 0 && own.count(fact.target) > 0) kernel.insert(fact);
  }
  EXPECT_EQ(listed(without(scene().model, kernel)), "") << "granted by the policies alone";
  EXPECT_EQ(listed(without(kernel, scene().model)), "") << "granted by the kernel alone";
  fmt::print(
      "{} types, {} classes: {} decisions asked, {} permissions granted, {} of them by the "
      "policies\n",
      found->types.size(), found->classes, found->asked, found->facts.size(), kernel.size());
}

// With the rig and kernel_t, whose rules need attributes, `self` and `(all)`.
TEST_F(RealKernel, DecidesEachRequestAsOurReadingOfItsPolicy) {
  const Result<selinux::Policy> policy = selinux::read_kernel_policy("policy", found->policy);
  ASSERT_TRUE(policy.has_value()) << policy.error().message;
  EXPECT_EQ(policy->classes.size(), found->classes);
  EXPECT_EQ(policy->types.size(), found->types.size());
  selinux::Relation relation(*policy, selinux::AccessKind::Allow, selinux::InForce::Standard);
  TeFacts read;
  for (uint32_t source = 0; source < policy->types.size(); ++source) {
    for (const selinux::Cell& cell : relation.row(source)) {
      const selinux::Class& object_class = policy->classes[cell.object_class];
      std::istringstream names(print_permissions(object_class, cell.permissions));
      for (std::string name; names >> name;) {
        read.insert(
            {policy->types[source].name, policy->types[cell.target].name, object_class.name, name});
      }
    }
  }
  EXPECT_EQ(listed(without(read, found->facts)), "") << "granted by our reading alone";
  EXPECT_EQ(listed(without(found->facts, read)), "") << "granted by the kernel alone";
}

TEST_F(RealKernel, LetsProcessesDoWhatTheModelGrantsAndNothingElse) {
  ASSERT_EQ(found->outcomes.size(), scene().attempts.size());
  size_t done = 0;
  for (size_t i = 0; i < scene().attempts.size(); ++i) {
    const Attempt& attempt = scene().attempts[i];
    const Outcome& outcome = found->outcomes[i];
    const TeFacts missing = without(attempt.needs, scene().model);
    EXPECT_EQ(outcome.context, "system_u:system_r:" + attempt.source);
    EXPECT_EQ(outcome.result == 0, missing.empty())
        << fmt::format("{} {} -> {}: result {}; the model lacks: {}", attempt.operation,
                       attempt.source, attempt.target, outcome.result, listed(missing));
    done += outcome.result == 0;
  }
  EXPECT_GT(done, 0u);
  fmt::print("{} attempts: {} done, {} refused\n", scene().attempts.size(), done,
             scene().attempts.size() - done);
}

// Each operation is done by somebody and refused to somebody: else it shows nothing.
TEST_F(RealKernel, SeesEachOperationDoneAndRefused) {
  std::map<std::string, std::set<bool>> seen;
  for (size_t i = 0; i < found->outcomes.size(); ++i)
    seen[scene().attempts[i].operation].insert(found->outcomes[i].result == 0);
  for (const auto& [operation, results] : seen) EXPECT_EQ(results.size(), 2u) << operation;
}

// What the kernel wrote of each process, by whether it was granted.
struct Written {
  TeFacts denied;
  TeFacts granted;
};

std::map<uint64_t, Written> written_in(const std::string& log) {
  std::map<uint64_t, Written> written;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const Result<std::optional<selinux::Avc>> avc = selinux::read_avc(line);
    EXPECT_TRUE(avc.has_value()) << line;
    if (!avc.has_value() || !*avc) continue;
    Written& of_process = written[(*avc)->process.value_or(0)];
    for (const std::string& permission : (*avc)->permissions) {
      ((*avc)->granted ? of_process.granted : of_process.denied)
          .insert({std::string(selinux::type_of((*avc)->source)),
                   std::string(selinux::type_of((*avc)->target)), (*avc)->object_class,
                   permission});
    }
  }
  return written;
}

// The rig asks for a word about what is granted, too.
TEST_F(RealKernel, WritesDownWhatWasTriedAndNothingElse) {
  const std::map<uint64_t, Written> written = written_in(found->log);
  std::map<uint64_t, Written> possible;  // that the attempts of each process ask for
  for (size_t i = 0; i < found->outcomes.size(); ++i) {
    const Attempt& attempt = scene().attempts[i];
    const auto of_process = written.find(found->outcomes[i].process);
    ASSERT_NE(of_process, written.end()) << attempt.operation;
    const auto& [denied, granted] = of_process->second;
    const TeFacts missing = without(attempt.needs, scene().model);
    if (found->outcomes[i].result == 0) {
      EXPECT_EQ(listed(without(attempt.needs, granted)), "") << attempt.operation;
    } else {
      EXPECT_LT(without(missing, denied).size(), missing.size())
          << attempt.operation << " " << attempt.source << " -> " << attempt.target;
    }
    Written& tried = possible[found->outcomes[i].process];
    tried.denied.insert(missing.begin(), missing.end());
    tried.granted.insert(attempt.needs.begin(), attempt.needs.end());
  }
  for (const auto& [process, facts] : written) {
    EXPECT_EQ(listed(without(facts.denied, possible[process].denied)), "") << "denied " << process;
    EXPECT_EQ(listed(without(facts.granted, possible[process].granted)), "")
        << "granted " << process;
  }
}

TEST_F(RealKernel, ItsLogIsReadBackInThePolicysWords) {
  for (const Emitted& each : scene().all) {
    const Result<SelinuxAudit> audit = read_selinux_log(each.model(), each.module, {}, found->log);
    ASSERT_TRUE(audit.has_value()) << audit.error().message;
    EXPECT_TRUE(audit->sound());
    EXPECT_GT(audit->granted, 0u);
    EXPECT_GT(audit->refused, 0u);
    const std::string text = audit_log(each.model(), each.module, *audit);
    const Result<AuditLog> log = read_audit_log(text);
    ASSERT_TRUE(log.has_value()) << log.error().message;
    EXPECT_EQ(log->entries.size(), audit->records.size());
    fmt::print("{}: {} records, {} of them of grants\n", each.model()->name, audit->records.size(),
               audit->granted);
  }
}

}  // namespace
}  // namespace bh::linux_test
