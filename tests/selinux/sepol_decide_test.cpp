// Every decision is the one that libsepol makes, for the reason that it gives: the same code
// decides in the kernel.
#include <fmt/format.h>
#include <gtest/gtest.h>

extern "C" {
#define bool bool_
#include <sepol/debug.h>
#include <sepol/policydb/policydb.h>
#include <sepol/policydb/services.h>
#include <sepol/sepol.h>
#undef bool
}

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"
#include "driver/pipeline/selinux_policy.h"
#include "targets/selinux/decide.h"
#include "tests/selinux/contexts.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

constexpr const char* InstalledPolicy = "/etc/selinux/default/policy/policy.33";

class Oracle {
 public:
  explicit Oracle(const std::string& path) {
    sepol_debug(0);  // it would talk about each request that it refuses
    std::FILE* file = std::fopen(path.c_str(), "rbe");
    ready_ = file != nullptr && sepol_set_policydb_from_file(file) == 0;
    if (file != nullptr) (void)std::fclose(file);
  }
  bool ready() const { return ready_; }

  std::optional<sepol_security_id_t> sid(const std::string& context) const {
    sepol_security_id_t id = 0;
    if (sepol_context_to_sid(context.c_str(), context.size() + 1, &id) != 0) return std::nullopt;
    return id;
  }

 private:
  bool ready_ = false;
};

struct Reasons {
  uint32_t allowed = 0;
  unsigned flags = 0;
};

Reasons theirs(sepol_security_id_t source, sepol_security_id_t target,
               const std::string& object_class, uint32_t requested) {
  sepol_security_class_t number = 0;
  EXPECT_EQ(sepol_string_to_security_class(object_class.c_str(), &number), 0);
  sepol_av_decision decision = {};
  unsigned flags = 0;
  char* words = nullptr;
  EXPECT_EQ(sepol_compute_av_reason_buffer(source, target, number, requested, &decision, &flags,
                                           &words, 0),
            0);
  std::free(words);
  return {decision.allowed & requested, flags};
}

// Our causes as libsepol counts them: each permission for its first one.
Reasons ours(const selinux::Decision& decision) {
  uint32_t by_rules = 0;
  uint32_t by_constraints = 0;
  uint32_t by_roles = 0;
  for (const selinux::Refusal& refusal : decision.refusals) {
    switch (refusal.cause) {
      case selinux::Cause::MissingRule:
      case selinux::Cause::BooleanOff:
        by_rules |= refusal.permissions;
        break;
      case selinux::Cause::Constraint:
      case selinux::Cause::Levels:
        by_constraints |= refusal.permissions;
        break;
      case selinux::Cause::RoleChange:
        by_roles |= refusal.permissions;
        break;
      case selinux::Cause::Bounds:
        break;
    }
  }
  Reasons reasons{decision.allowed, 0};
  if (by_rules != 0) reasons.flags |= SEPOL_COMPUTEAV_TE;
  if ((by_constraints & ~by_rules) != 0) reasons.flags |= SEPOL_COMPUTEAV_CONS;
  if ((by_roles & ~by_rules & ~by_constraints) != 0) reasons.flags |= SEPOL_COMPUTEAV_RBAC;
  return reasons;
}

void expect_equal_decisions(const std::string& path, size_t rounds) {
  const Result<selinux::Policy> read = load_selinux({path});
  ASSERT_TRUE(read.has_value()) << read.error().message;
  const selinux::Policy& policy = *read;
  const Oracle oracle(path);
  ASSERT_TRUE(oracle.ready());
  Contexts contexts(policy, 7);
  const std::vector<bool> values = standard_values(policy);
  size_t decided = 0;
  size_t granted = 0;
  size_t by_flags[16] = {};
  for (size_t round = 0; round < rounds; ++round) {
    const std::string source = contexts.any();
    const std::string target = contexts.any();
    const auto s = parse_context(policy, source);
    const auto t = parse_context(policy, target);
    const auto s_id = oracle.sid(source);
    const auto t_id = oracle.sid(target);
    ASSERT_EQ(s.has_value(), s_id.has_value()) << source;
    ASSERT_EQ(t.has_value(), t_id.has_value()) << target;
    if (!s.has_value() || !t.has_value()) continue;
    // Half of the classes are those that a rule between the two is about.
    uint32_t object_class = static_cast<uint32_t>(contexts.below(policy.classes.size()));
    if (contexts.below(2) == 0)
      object_class = policy.find_class(contexts.below(2) == 0 ? "process" : "file");
    const size_t size = policy.classes[object_class].permissions.size();
    if (size == 0) continue;
    const uint32_t requested = uint32_t{1} << contexts.below(size) | uint32_t{1}
                                                                         << contexts.below(size);
    const selinux::Decision decision = decide(policy, *s, *t, object_class, requested, values);
    const Reasons mine = ours(decision);
    const Reasons expected = theirs(*s_id, *t_id, policy.classes[object_class].name, requested);
    ASSERT_EQ(mine.allowed, expected.allowed)
        << source << " -> " << target << " : " << policy.classes[object_class].name << " "
        << print_permissions(policy.classes[object_class], requested);
    ASSERT_EQ(mine.flags, expected.flags)
        << source << " -> " << target << " : " << policy.classes[object_class].name << " "
        << print_permissions(policy.classes[object_class], requested);
    ++decided;
    granted += mine.allowed == requested ? 1 : 0;
    ++by_flags[mine.flags & 15];
  }
  fmt::print("{} decisions, {} granted; refused for rules {}, constraints {}, both {}, roles {}\n",
             decided, granted, by_flags[1], by_flags[2], by_flags[3],
             by_flags[4] + by_flags[5] + by_flags[6]);
  EXPECT_GT(decided, rounds / 10);
  EXPECT_GT(granted, 0u);
}

TEST(Decide, ASmallPolicyAsLibsepolDoes) {
  if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const std::string path = (folder.path() / "policy").string();
  DiagnosticSink sink;
  const Result<bool> compiled =
      compile_cil({BH_SOURCE_DIR "/tests/policies/selinux/old.cil"}, path, sink);
  ASSERT_TRUE(compiled.has_value() && *compiled);
  expect_equal_decisions(path, 20000);
}

TEST(Decide, DebiansPolicyAsLibsepolDoes) {
  if (!fs::exists(InstalledPolicy)) GTEST_SKIP() << "SKIPPED: there is no " << InstalledPolicy;
  expect_equal_decisions(InstalledPolicy, 3000);
}

}  // namespace
}  // namespace bh
