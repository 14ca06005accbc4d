// The gateway example is accepted exactly as it is, and means what its text says.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "lang/compile.h"

namespace bh {
namespace {

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

class Gateway : public testing::Test {
 protected:
  void SetUp() override {
    const FileId file =
        sources.add("gateway.bh", read(BH_SOURCE_DIR "/examples/01_gateway/gateway.bh"));
    checked = compile(sources, {file}, sink);
    for (const Diagnostic& d : sink.diagnostics()) {
      ADD_FAILURE() << sources.print(d.span) << ": " << print_code(d.code) << " " << d.message;
    }
    ASSERT_TRUE(checked.has_value());
  }
  const Model& model() const { return **checked; }
  std::string condition(std::string_view rule) const {
    const Rule& r = model().rules[model().find_rule(rule)];
    return print(model(), model().conditions, r.targets[0].operation, r.targets[0].when);
  }
  SourceMap sources;
  DiagnosticSink sink;
  std::optional<CheckedModel> checked;
};

TEST_F(Gateway, HasEveryStatement) {
  const Model& m = model();
  EXPECT_EQ(m.name, "gateway");
  EXPECT_EQ(m.version, "2.1");
  EXPECT_EQ(m.lattices.size(), 2u);
  EXPECT_EQ(m.interfaces.size(), 3u);
  EXPECT_EQ(m.components.size(), 4u);
  EXPECT_EQ(m.operations.size(), 9u);  // send, received, 4 of Signer, 3 of File
  EXPECT_EQ(m.releases.size(), 2u);
  EXPECT_EQ(m.rules.size(), 6u);
  EXPECT_EQ(m.protocols.size(), 1u);
  EXPECT_EQ(m.properties.size(), 8u);
  EXPECT_EQ(m.tests.size(), 7u);
  EXPECT_EQ(m.code.size(), 1u);
  EXPECT_EQ(m.monitor->budget_bytes, 16u * 1024);
  EXPECT_EQ(m.selinux->types.size(), 4u);
  EXPECT_EQ(m.selinux->approximations.size(), 3u);
}

TEST_F(Gateway, ResolvesTargetsAndConditions) {
  EXPECT_EQ(condition("tx"), "port != 53 and size(frame) <= 1200");
  EXPECT_EQ(condition("signing"), "slot in {1, 2}");
  EXPECT_EQ(model().rules[model().find_rule("no_export")].subjects.size(),
            3u);  // the journal is passive
  EXPECT_EQ(model().rules[model().find_rule("journal")].targets.size(), 2u);
}

TEST_F(Gateway, ExpandsReleasesToItems) {
  const Release& signature = model().releases[ReleaseId(0)];
  ASSERT_EQ(signature.items.size(), 1u);
  EXPECT_TRUE(signature.items[0].is_result);
  EXPECT_EQ(model().releases[ReleaseId(1)].items.size(), 4u);  // pin, slot, digest, signature
}

TEST_F(Gateway, ReadsTheProtocol) {
  const Protocol& p = model().protocols[ProtocolId(0)];
  ASSERT_EQ(p.states.size(), 2u);
  EXPECT_EQ(p.states[p.initial].name, "Locked");
  ASSERT_EQ(p.transitions.size(), 3u);
  EXPECT_EQ(p.transitions[0].outcome, Outcome::Ok);
  EXPECT_EQ(p.transitions[1].at_most, 3u);
}

TEST_F(Gateway, LevelsStandForComponents) {
  const auto& leak = std::get<NeverFlow>(model().properties[PropertyId(0)].body);
  EXPECT_EQ(leak.from, (std::vector{ComponentId(2), ComponentId(3)}));  // KeyStore, Journal
  EXPECT_EQ(leak.to, std::vector{ComponentId(0)});
  EXPECT_EQ(leak.except, std::vector{ReleaseId(0)});
}

TEST_F(Gateway, FillsInArgumentsOfTests) {
  const TestStep& sign = model().tests[TestId(0)].steps[1];
  EXPECT_EQ(sign.step.request.words, (std::vector<uint64_t>{1, 32}));
  EXPECT_EQ(sign.by_rule, model().find_rule("signing"));
  EXPECT_EQ(model().tests[TestId(1)].steps[0].step.reply, ReplyStatus::Error);
  EXPECT_TRUE(model().tests[TestId(3)].steps[1].by_default);
}

}  // namespace
}  // namespace bh
