// The whole way: policy, stubs, compiled components, bound table, QEMU, and each decision followed
// by the reference evaluator. The order in which components get the processor is not fixed, so
// lines are looked for, not counted off.
#include <gtest/gtest.h>

#include <cstdlib>

#include "driver/pipeline/boot.h"
#include "driver/pipeline/emit.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/load.h"
#include "driver/pipeline/process.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

const fs::path Gateway = fs::path(BH_SOURCE_DIR) / "examples/01_gateway";

class GatewayBoot : public testing::Test {
 protected:
  GatewayBoot() : policy(std::move(*load_policy({(Gateway / "gateway.bh").string()}))) {
    options.sources = Gateway;
    options.kernel = fs::path(BH_BINARY_DIR) / "microkernel";
    options.line = [this](std::string_view line) { text += std::string(line) + "\n"; };
  }
  Result<std::optional<BootReport>> boot() {
    return boot_policy(*policy.model, options, policy.sink);
  }
  bool said(std::string_view verdict, std::string_view request, std::string_view why) const {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(verdict) && line.find(request) != std::string::npos &&
          line.find(why) != std::string::npos) {
        return true;
      }
    }
    return false;
  }
  LoadedPolicy policy;
  BootOptions options;
  std::string text;
};

TEST_F(GatewayBoot, GrantsAndRefusesWhatThePolicySays) {
  if (find_program("qemu-system-aarch64").empty())
    GTEST_SKIP() << "SKIPPED: no qemu-system-aarch64";
  const auto result = boot();
  ASSERT_TRUE(result.has_value()) << result.error().message;
  ASSERT_TRUE(result->has_value());
  const BootReport& report = **result;
  EXPECT_EQ(report.differences, std::vector<std::string>{});
  EXPECT_TRUE(report.sound()) << report.end << ", exit code " << report.exit_code << "\n" << text;
  EXPECT_EQ(report.granted, 17u);
  EXPECT_EQ(report.refused, 7u);
  EXPECT_EQ(report.stopped, 1u);
  EXPECT_EQ(report.end, "quiet");
  EXPECT_TRUE(said("granted", "Network -> Parser.link.received", "allowed by rx"));
  EXPECT_TRUE(said("refused", "Network.link.send(port: 53", "denied by default"));
  EXPECT_TRUE(said("reply", "KeyStore.keys.unlock -> Parser", "error"));
  EXPECT_TRUE(said("refused", "Parser -> KeyStore.keys.sign(slot: 1", "denied by Session"));
  EXPECT_TRUE(said("granted", "Parser -> KeyStore.keys.sign(slot: 2", "allowed by signing"));
  EXPECT_TRUE(said("refused", "Parser -> KeyStore.keys.sign(slot: 2", "denied by Session"))
      << "the fourth";
  EXPECT_TRUE(said("refused", "Parser -> KeyStore.keys.sign(slot: 3", "denied by default"));
  EXPECT_TRUE(said("refused", "Parser -> KeyStore.keys.export", "denied by no_export"));
  EXPECT_TRUE(said("refused", "Parser -> channel 7", "no such name"));
  EXPECT_TRUE(said("stopped", "Parser reached for 0xffffff80", "not its memory"));
  EXPECT_TRUE(said(" Network | the parser is gone", "", ""));
}

TEST_F(GatewayBoot, AnErrorInAComponentIsAFinding) {
  const auto folder = TemporaryDirectory::create();
  ASSERT_TRUE(folder.has_value());
  for (const char* name : {"network.cpp", "parser.cpp", "journal.cpp"}) {
    fs::copy_file(Gateway / name, folder->path() / name);
  }
  options.sources = folder->path();
  const auto missing = boot();
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message.find("component 'KeyStore' has no source"), std::string::npos);
  // What the policy does not grant has no stub.
  ASSERT_TRUE(write_file(
      folder->path() / "keystore.cpp",
      "#include \"stubs/keystore.h\"\n"
      "extern \"C\" void component_main() { gateway::Network::link::send(443, {}); }\n"));
  const auto wrong = boot();
  ASSERT_TRUE(wrong.has_value()) << wrong.error().message;
  EXPECT_FALSE(wrong->has_value());
  ASSERT_EQ(policy.sink.diagnostics().size(), 1u);
  EXPECT_EQ(policy.sink.diagnostics()[0].code, 6009);
}

TEST_F(GatewayBoot, AMissingToolIsNamed) {
  const char* before = std::getenv("PATH");
  const std::string path = before == nullptr ? "" : before;
  setenv("PATH", "/nonexistent", 1);
  const auto result = boot();
  setenv("PATH", path.c_str(), 1);
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().message.find("qemu-system-aarch64"), std::string::npos);
  EXPECT_NE(result.error().hint.find("qemu-system-arm"), std::string::npos);
}

TEST_F(GatewayBoot, TheTableCheckNoticesAForeignTable) {
  const auto emitted = emit_table(*policy.model, {2000, {}}, policy.sink);
  ASSERT_TRUE(emitted.has_value());
  EXPECT_TRUE(check_table(*policy.model, emitted->blob, {2000, {}}, policy.sink).equal);
  EXPECT_FALSE(check_table(*policy.model, emitted->blob, {1000, {}}, policy.sink).equal);
  EXPECT_FALSE(check_table(*policy.model, {}, {2000, {}}, policy.sink).equal);
  ASSERT_EQ(policy.sink.diagnostics().size(), 2u);
  for (const Diagnostic& d : policy.sink.diagnostics()) EXPECT_EQ(d.code, 6007);
}

TEST_F(GatewayBoot, ATableThatCannotBeProvedIsNotEqual) {
  const auto emitted = emit_table(*policy.model, {}, policy.sink);
  ASSERT_TRUE(emitted.has_value());
  CheckOptions starved;
  starved.rlimit = 1;
  EXPECT_FALSE(
      check_table(*policy.model, emitted->blob, {EmitOptions().budget_ms, {}}, policy.sink, starved)
          .equal);
  ASSERT_EQ(policy.sink.diagnostics().size(), 1u);
  EXPECT_EQ(policy.sink.diagnostics()[0].code, 6008);
}

TEST_F(GatewayBoot, EmittedFilesStandBesideTheTable) {
  const auto folder = TemporaryDirectory::create();
  ASSERT_TRUE(folder.has_value());
  const auto emitted = emit_table(*policy.model, {}, policy.sink);
  ASSERT_TRUE(emitted.has_value());
  ASSERT_TRUE(write_table(*policy.model, policy.sources, *emitted, folder->path() / "gateway.tbl"));
  for (const char* file :
       {"gateway.tbl", "gateway.tbl.names", "stubs/parser.h", "stubs/keystore.h"}) {
    EXPECT_TRUE(fs::exists(folder->path() / file)) << file;
  }
}

}  // namespace
}  // namespace bh
