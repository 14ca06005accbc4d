// Debian's policy on Debian's kernel: every decision between two whole contexts, with constraints,
// levels, roles and users, is the one that we make.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "driver/pipeline/files.h"
#include "targets/selinux/relation.h"
#include "targets/selinux/sepol_policy.h"
#include "tests/selinux/contexts.h"
#include "tests/selinux/linux/answer.h"
#include "tests/selinux/linux/machine.h"

namespace bh::linux_test {
namespace {

constexpr const char* InstalledPolicy = "/etc/selinux/default/policy/policy.33";
constexpr size_t Sources = 500;
constexpr size_t QuestionsEach = 20;

// A context, in most cases one that the policy allows.
std::string context(const selinux::Policy& policy, Contexts& contexts) {
  std::string text = contexts.any();
  for (int i = 0; i < 50 && !parse_context(policy, text).has_value(); ++i) text = contexts.any();
  return contexts.below(16) == 0 ? contexts.any() : text;
}

// An object of the type, with the user and the levels of the context.
std::string object_of(const std::string& context, const std::string& type) {
  const size_t role = context.find(':') + 1;
  const size_t levels = context.find(':', context.find(':', role) + 1);
  return fmt::format("{}object_r:{}{}", context.substr(0, role), type, context.substr(levels));
}

// Half of them are about something that a rule grants to the source.
std::vector<Question> questions(const selinux::Policy& policy) {
  Contexts contexts(policy, 11);
  selinux::Relation relation(policy, selinux::AccessKind::Allow, selinux::InForce::Standard);
  std::vector<Question> all;
  for (size_t i = 0; i < Sources; ++i) {
    const std::string source = context(policy, contexts);
    const auto parsed = parse_context(policy, source);
    std::span<const selinux::Cell> row;
    if (parsed.has_value()) row = relation.row(parsed->type);
    for (size_t j = 0; j < QuestionsEach; ++j) {
      const std::string target = context(policy, contexts);
      if (row.empty() || contexts.below(2) == 0) {
        all.push_back({source, target, policy.classes[contexts.below(policy.classes.size())].name});
      } else {
        const selinux::Cell& cell = row[contexts.below(row.size())];
        all.push_back({source, object_of(target, policy.types[cell.target].name),
                       policy.classes[cell.object_class].name});
      }
    }
  }
  return all;
}

TEST(RealKernelUnderDebiansPolicy, DecidesAsWeDo) {
  if (!std::filesystem::exists(InstalledPolicy))
    GTEST_SKIP() << "SKIPPED: there is no " << InstalledPolicy;
  const Result<std::string> bytes = read_file(InstalledPolicy);
  ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
  const Result<selinux::Policy> policy = selinux::read_kernel_policy(InstalledPolicy, *bytes);
  ASSERT_TRUE(policy.has_value()) << policy.error().message;
  const std::vector<Question> all = questions(*policy);
  const Result<std::vector<std::string>> told = ask_kernel(*bytes, all);
  if (!told.has_value() && told.error().message.starts_with("SKIPPED"))
    GTEST_SKIP() << told.error().message;
  ASSERT_TRUE(told.has_value()) << told.error().message;
  size_t none = 0;
  size_t nothing = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string& kernel = (*told)[i];
    ASSERT_EQ(kernel, our_answer(*policy, all[i]))
        << all[i].source << " -> " << all[i].target << " : " << all[i].object_class;
    none += kernel == "none";
    nothing += kernel == "0";
  }
  fmt::print("{} questions: {} of contexts that are none, {} granted nothing\n", all.size(), none,
             nothing);
  EXPECT_GT(none, 0u);
  EXPECT_GT(all.size() - none - nothing, all.size() / 10);
}

}  // namespace
}  // namespace bh::linux_test
