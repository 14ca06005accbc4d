// Verdicts on generated policies against those of secilc: a neverallow is a `never`.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <regex>

#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux_goals.h"
#include "driver/pipeline/selinux_policy.h"

namespace bh {
namespace {

constexpr unsigned Policies = 400;
constexpr int Types = 7;
constexpr int Attributes = 4;
constexpr std::array<const char*, 4> Permissions = {"ioctl", "read", "write", "open"};

constexpr std::string_view Frame = R"((handleunknown deny)
(sid kernel)
(sidorder (kernel))
(class file (ioctl read write open))
(class dir (ioctl read write open))
(classorder (file dir))
(role system_r)
(role object_r)
(user system_u)
(userrole system_u system_r)
(sensitivity s0)
(sensitivityorder (s0))
(userlevel system_u (s0))
(userrange system_u ((s0) (s0)))
(sidcontext kernel (system_u system_r t0 ((s0) (s0))))
(roletype system_r t0)
(boolean b0 false)
(boolean b1 true)
(allow t0 t0 (dir (open)))
)";

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string policy() {
    std::string text(Frame);
    for (int i = 0; i < Types; ++i) text += fmt::format("(type t{})\n", i);
    for (int i = 0; i < Attributes; ++i) {
      text += fmt::format("(typeattribute a{0})\n(typeattributeset a{0} {1})\n", i, set(i));
      text += fmt::format("(expandtypeattribute (a{}) false)\n", i);
    }
    for (int i = number(2, 8); i > 0; --i) text += rule();
    return text;
  }

  struct Assertion {
    std::string cil;
    std::string property;
  };

  Assertion assertion() {
    const std::string source = name();
    const bool self = chance(4);
    const std::string target = self ? "self" : name();
    if (chance(3)) {
      const int low = command();
      const int high = low + number(0, 300);
      return {fmt::format("(neverallowx {} {} (ioctl file (range {:#06x} {:#06x})))\n", source,
                          target, low, high),
              fmt::format("never p: {} -> {}.file.ioctl when command in {}..{}\n", source, target,
                          low, high)};
    }
    const std::string permission = Permissions[number(0, 3)];
    return {fmt::format("(neverallow {} {} (file ({})))\n", source, target, permission),
            fmt::format("never p: {} -> {}.file.{}\n", source, target, permission)};
  }

 private:
  int number(int low, int high) { return std::uniform_int_distribution<>(low, high)(random_); }
  bool chance(int of) { return number(1, of) == 1; }
  // Close to each other, and on both sides of where one driver ends.
  int command() { return number(0x53c0, 0x5440); }
  std::string type() { return fmt::format("t{}", number(0, Types - 1)); }
  std::string name() { return chance(2) ? type() : fmt::format("a{}", number(0, Attributes - 1)); }

  // Of types, and of attributes with lower numbers.
  std::string set(int attribute) {
    const auto operand = [&] {
      return attribute > 0 && chance(3) ? fmt::format("a{}", number(0, attribute - 1)) : type();
    };
    switch (number(0, 4)) {
      case 0:
        return fmt::format("(not ({}))", operand());
      case 1:
        return fmt::format("(and (not ({})) (not ({})))", operand(), operand());
      case 2:
        return chance(4) ? "(all)" : fmt::format("({})", operand());
      default:
        return fmt::format("({} {} {})", operand(), operand(), operand());
    }
  }

  std::string access(const std::string& source, const std::string& target) {
    std::string permissions;
    for (const char* permission : Permissions) {
      if (chance(3)) permissions += fmt::format(" {}", permission);
    }
    if (permissions.empty()) permissions = " read";
    return fmt::format("(allow {} {} ({} ({})))", source, target, chance(5) ? "dir" : "file",
                       permissions);
  }

  std::string rule() {
    const std::string source = name();
    const std::string target = chance(4) ? "self" : name();
    if (chance(4)) {
      const std::string condition = chance(2) ? "b0" : "(and b0 (not b1))";
      return fmt::format("(booleanif {} ({} {}))\n", condition, chance(2) ? "true" : "false",
                         access(source, target));
    }
    std::string text = access(source, target) + "\n";
    if (chance(3)) {
      const int low = command();
      text += fmt::format("(allowx {} {} (ioctl file (range {:#06x} {:#06x})))\n", source, target,
                          low, low + number(0, 0x100));
      text += fmt::format("(allow {} {} (file (ioctl)))\n", source, target);
    }
    return text;
  }

  std::mt19937 random_;
};

class Neverallow : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
  }

  // secilc's exit status and what it says; nothing when it fails for another reason.
  std::optional<std::pair<bool, std::string>> secilc(const std::string& text) {
    const std::string cil = path("asserted.cil");
    if (!write_file(cil, text).has_value()) return std::nullopt;
    const auto run =
        run_process({"secilc", "-v", "-o", path("policy"), "-f", path("contexts"), cil});
    if (!run.has_value()) return std::nullopt;
    const std::string said = run->output + run->errors;
    const bool refused = said.find("neverallow check failed") != std::string::npos ||
                         said.find("neverallowx check failed") != std::string::npos;
    if (refused == (run->exit_code == 0)) return std::nullopt;
    return std::pair(refused, said);
  }

  // Each rule that our finding gives stands among those that secilc lists. (In a binary, a rule of
  // an attribute for `self` is one for each type; for commands secilc lists none but allowx.)
  void expect_listed(const LoadedPolicy& goals, const std::string& said) {
    const std::regex rule(R"(by (allow|allowxperm) (\w+) (\w+) : file .*)");
    for (const Diagnostic& finding : goals.sink.diagnostics()) {
      for (const std::string& note : finding.notes) {
        std::smatch found;
        if (!std::regex_match(note, found, rule) || found[2] == found[3]) continue;
        if (said.find("(neverallowx") != std::string::npos && found[1] == "allow") continue;
        ++rules_compared;
        EXPECT_NE(said.find(fmt::format(" {} {} (", found[2].str(), found[3].str())),
                  std::string::npos)
            << note << "\n"
            << said;
      }
    }
  }

  size_t rules_compared = 0;
  std::string path(const char* name) const { return (folder.path() / name).string(); }
  TemporaryDirectory folder = *TemporaryDirectory::create();
};

TEST_F(Neverallow, VerdictsAreThoseOfSecilc) {
  size_t violated = 0;
  size_t of_commands = 0;
  for (unsigned seed = 0; seed < Policies; ++seed) {
    Generator generator(seed);
    const std::string text = generator.policy();
    const Generator::Assertion assertion = generator.assertion();
    const auto theirs = secilc(text + assertion.cil);
    ASSERT_TRUE(theirs.has_value()) << seed << "\n" << text << assertion.cil;

    ASSERT_TRUE(write_file(path("policy.cil"), text).has_value());
    ASSERT_TRUE(write_file(path("goals.bh"), "policy g 1.0\n" + assertion.property).has_value());
    const Result<selinux::Policy> policy = load_selinux({path("policy.cil")});
    ASSERT_TRUE(policy.has_value()) << policy.error().message << text;
    Result<LoadedPolicy> goals = load_goals(*policy, {path("goals.bh")});
    ASSERT_TRUE(goals.has_value()) << goals.error().message;
    if (!goals->model) {
      const uint16_t code = goals->sink.diagnostics()[0].code;
      EXPECT_TRUE(code == 2026 || code == 2043) << text << assertion.property;
      EXPECT_FALSE(theirs->first) << "an attribute without a type";
      continue;
    }
    const CheckResult result = check_goals(*goals, *policy, selinux::FlowMap::standard());
    ASSERT_EQ(result.properties.size(), 1u);
    const Verdict ours = result.properties[0].verdict;
    EXPECT_EQ(ours == Verdict::Violated, theirs->first) << "seed " << seed << "\n"
                                                        << text << assertion.cil << theirs->second;
    if (ours == Verdict::Violated) expect_listed(*goals, theirs->second);
    violated += theirs->first ? 1 : 0;
    of_commands += theirs->first && assertion.cil.starts_with("(neverallowx") ? 1 : 0;
  }
  fmt::print("{} policies: {} violated as secilc finds, {} of them by commands\n", Policies,
             violated, of_commands);
  EXPECT_GT(violated, Policies / 5);
  EXPECT_LT(violated, Policies * 4 / 5);
  EXPECT_GT(of_commands, 10u);
  EXPECT_GT(rules_compared, violated / 2);
}

}  // namespace
}  // namespace bh
