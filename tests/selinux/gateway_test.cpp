// The gateway example: every permission taken away or added in its module is found.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "driver/pipeline/files.h"
#include "driver/pipeline/load.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"

namespace bh {
namespace {

class Gateway : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
    ASSERT_TRUE(policy.has_value() && policy->model);
    std::optional<CilModule> emitted = emit_cil(*policy->model, policy->sink);
    ASSERT_TRUE(emitted.has_value());
    EXPECT_TRUE(policy->sink.diagnostics().empty());
    module = std::move(*emitted);
  }

  // The code of the one thing said of the module with this text; 0 when nothing is, -1 when more
  // is.
  int verdict(const std::string& text) {
    CilModule changed = module;
    changed.text = text;
    DiagnosticSink sink;
    const auto result = compile_and_compare(changed, SelinuxBase::Minimal, {},
                                            (folder.path() / "policy").string(), sink);
    EXPECT_TRUE(result.has_value());
    if (sink.diagnostics().empty()) return 0;
    return sink.diagnostics().size() == 1 ? sink.diagnostics()[0].code : -1;
  }

  TeFacts grants() const {
    TeFacts facts;
    for (const auto& [fact, where] : module.facts.grants) facts.insert(fact);
    return facts;
  }

  Result<LoadedPolicy> policy = load_policy({BH_SOURCE_DIR "/examples/01_gateway/gateway.bh"});
  TemporaryDirectory folder = *TemporaryDirectory::create();
  CilModule module;
};

TEST_F(Gateway, GrantsExactlyWhatItsPolicyDoes) {
  EXPECT_EQ(verdict(module.text), 0);
  const TeFacts expected = {
      {"gw_net_t", "gw_parser_t", "gateway_link", "received"},
      {"gw_parser_t", "gw_net_t", "gateway_link", "send"},
      {"gw_parser_t", "gw_keys_t", "gateway_signer", "unlock"},
      {"gw_parser_t", "gw_keys_t", "gateway_signer", "sign"},
      {"gw_parser_t", "gw_keys_t", "gateway_signer", "lock"},
      {"gw_keys_t", "gw_journal_t", "file", "open"},
      {"gw_keys_t", "gw_journal_t", "file", "append"},
  };
  EXPECT_EQ(grants(), expected);
}

TEST_F(Gateway, EveryPermissionMissingIsFound) {
  size_t removed = 0;
  for (const TeFact& fact : grants()) {
    const std::string head =
        fmt::format("(allow {} {} ({} (", fact.source, fact.target, fact.object_class);
    const size_t rule = module.text.find(head);
    ASSERT_NE(rule, std::string::npos);
    const size_t end = module.text.find(')', rule + head.size());
    std::string permissions = module.text.substr(rule + head.size(), end - rule - head.size());
    std::string text = module.text;
    if (permissions == fact.permission) {
      text.replace(rule, end + 3 - rule, "");
    } else {
      const size_t at = (" " + permissions + " ").find(" " + fact.permission + " ");
      text.replace(rule + head.size() + at, fact.permission.size(), "");
    }
    EXPECT_EQ(verdict(text), 6061) << print(fact);
    ++removed;
  }
  EXPECT_EQ(removed, 7u);
}

// Each other permission of the policy's classes, between any two of its types: read back as extra,
// or refused by the compiler where a deny or a never forbids it.
TEST_F(Gateway, EveryPermissionTooManyIsFound) {
  const Model& model = **policy->model;
  const TeFacts granted = grants();
  size_t extra = 0;
  size_t forbidden = 0;
  for (const std::string& source : module.plan.names.types) {
    for (const std::string& target : module.plan.names.types) {
      for (InterfaceId id : model.interfaces.ids()) {
        const std::string& object_class = module.plan.names.object_class(id).name;
        for (MethodId method : model.interfaces[id].methods) {
          const TeFact fact{source, target, object_class, model.methods[method].name};
          if (granted.count(fact) > 0) continue;
          const int code =
              verdict(module.text + fmt::format("(allow {} {} ({} ({})))\n", source, target,
                                                object_class, fact.permission));
          EXPECT_TRUE(code == 6062 || code == 6066) << print(fact) << ": " << code;
          ++(code == 6062 ? extra : forbidden);
        }
      }
    }
  }
  EXPECT_EQ(extra, 4u * 4 * (2 + 4 + 3) - granted.size() - forbidden);
  EXPECT_EQ(forbidden, 9u) << "export for three components, three methods of the journal for two";
}

}  // namespace
}  // namespace bh
