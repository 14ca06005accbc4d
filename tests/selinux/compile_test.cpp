// The emitted module through the real compiler and back, alone on the minimal base.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <ctime>
#include <fstream>

#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"
#include "targets/selinux/isolated.h"
#include "targets/selinux/minimal_base.h"
#include "targets/selinux/test_model.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

class Compile : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
    DiagnosticSink sink;
    std::optional<CilModule> emitted = emit_cil(model, sink);
    ASSERT_TRUE(emitted.has_value());
    module = std::move(*emitted);
  }

  // The codes reported for the module with this text, compiled, read back and compared.
  std::vector<int> run(const std::string& text) {
    CilModule changed = module;
    changed.text = text;
    DiagnosticSink sink;
    const auto result = compile_and_compare(changed, SelinuxBase::Minimal, {}, policy(), sink);
    EXPECT_TRUE(result.has_value()) << result.error().message;
    if (result.has_value() && *result) last = **result;
    EXPECT_EQ(sink.has_errors(), !(result.has_value() && *result && (*result)->equal));
    last_sink = sink;
    return codes(sink);
  }

  std::string with(const std::string& from, const std::string& to) const {
    std::string text = module.text;
    const size_t at = text.find(from);
    BH_CHECK(at != std::string::npos);
    return text.replace(at, from.size(), to);
  }

  std::string policy() const { return (folder.path() / "policy").string(); }

  TemporaryDirectory folder = *TemporaryDirectory::create();
  CheckedModel model = GateModel().sealed();
  CilModule module;
  CompiledSelinux last;
  DiagnosticSink last_sink;
};

TEST_F(Compile, TheCompiledPolicyIsExactlyTheModel) {
  EXPECT_TRUE(run(module.text).empty());
  EXPECT_EQ(last.read.certain.grants.size(), 5u);
  EXPECT_EQ(last.read.types, 4u) << "three of ours and kernel_t";
  EXPECT_EQ(last.read.rules, 3u) << "two of ours";
  EXPECT_TRUE(last.read.foreign.empty());
}

TEST_F(Compile, EachPermissionTakenAwayIsFound) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"(gate_signer (unlock sign lock)))", "(gate_signer (unlock sign)))"},
           {"(gate_signer (unlock sign lock)))", "(gate_signer (unlock lock)))"},
           {"(gate_signer (unlock sign lock)))", "(gate_signer (sign lock)))"},
           {"(file (open append)))", "(file (open)))"},
           {"(file (open append)))", "(file (append)))"}}) {
    EXPECT_EQ(run(with(from, to)), std::vector<int>{6061}) << to;
  }
}

TEST_F(Compile, EachPermissionAddedIsFound) {
  for (const char* extra :
       {"(allow gw_keys_t gate_journal_t (file (read)))",
        "(allow gw_parser_t gate_journal_t (file (open)))",
        "(allow gw_keys_t self (gate_signer (sign)))",
        "(allow gate_journal_t gw_keys_t (gate_signer (lock)))",
        "(boolean b false) (booleanif b (true (allow gw_keys_t gate_journal_t (file (read)))))"}) {
    EXPECT_EQ(run(module.text + extra), std::vector<int>{6062}) << extra;
  }
}

TEST_F(Compile, AGrantThatHangsOnABooleanIsMissing) {
  const std::string conditional = with("(allow gw_keys_t gate_journal_t (file (open append)))",
                                       "(boolean b true) (booleanif b (true (allow gw_keys_t "
                                       "gate_journal_t (file (open append)))))");
  EXPECT_EQ(run(conditional), (std::vector<int>{6061, 6061}));
}

TEST_F(Compile, AttributesAreExpanded) {
  const std::string rule =
      "(typeattribute a) (typeattributeset a (gw_parser_t gw_keys_t)) (expandtypeattribute a "
      "false)";
  EXPECT_EQ(run(module.text + rule + "(allow a gate_journal_t (file (open append)))"),
            (std::vector<int>{6062, 6062}))
      << "the key store's are its own; the parser's are extra";
  EXPECT_EQ(run(module.text + rule + "(allow a self (file (map)))"),
            (std::vector<int>{6062, 6062}));
}

TEST_F(Compile, AccessFromOutsideIsAWarning) {
  EXPECT_EQ(run(module.text + "(allow kernel_t gate_journal_t (file (read)))"),
            std::vector<int>{6063});
  EXPECT_EQ(run(module.text + "(allow gw_keys_t kernel_t (process (signal)))"),
            std::vector<int>{6063});
  const std::string everyone = "(typeattribute all_types) (typeattributeset all_types (all))";
  EXPECT_EQ(run(module.text + everyone + "(allow all_types gate_journal_t (file (open)))"),
            (std::vector<int>{6062, 6062, 6063}))
      << "the parser and the journal itself are new; kernel_t is foreign";
}

TEST_F(Compile, APermissiveTypeIsFound) {
  EXPECT_EQ(run(module.text + "(typepermissive gw_parser_t)"), std::vector<int>{6065});
}

TEST_F(Compile, AnIoctlFilterIsFound) {
  const std::string text = module.text +
                           "(allow gw_keys_t gate_journal_t (file (ioctl)))"
                           "(allowx gw_keys_t gate_journal_t (ioctl file (range 0x1000 0x1010)))";
  EXPECT_EQ(run(text), std::vector<int>{6062});
  EXPECT_EQ(last.read.certain.grants.size(), 5u) << "of ioctl nothing is certain";
  EXPECT_EQ(last.read.possible.grants.size(), 6u);
}

TEST_F(Compile, AForbiddenGrantIsRefusedByTheCompiler) {
  EXPECT_EQ(run(module.text + "(allow gw_parser_t gw_keys_t (gate_signer (export)))"),
            std::vector<int>{6066});
  ASSERT_FALSE(last_sink.diagnostics()[0].notes.empty());
  EXPECT_NE(
      last_sink.diagnostics()[0].notes[0].find("neverallow check failed at emitted_policy.cil"),
      std::string::npos)
      << last_sink.diagnostics()[0].notes[0];
}

TEST_F(Compile, BrokenCilIsRefusedWithTheCompilersWords) {
  for (const std::string& text : std::vector<std::string>{
           "; nothing", "", "(", ")", "(type",
           module.text + "(allow gw_parser_t nobody_t (file (open)))", with("(type gw_keys_t)", ""),
           std::string("\0\1\2", 3), std::string(20000, '('),
           with("(type gw_keys_t)", "(type kernel_t)")}) {
    const std::vector<int> found = run(text);
    if (text.empty() || text == "; nothing") {
      EXPECT_EQ(std::count(found.begin(), found.end(), 6064), 3) << "compiles, but holds nothing";
    } else {
      EXPECT_EQ(found, std::vector<int>{6066}) << text.substr(0, 40);
    }
  }
}

TEST_F(Compile, APolicyThatGrantsNothingCompiles) {
  TestModel quiet;
  quiet.component("A");
  const CheckedModel checked = quiet.sealed();
  DiagnosticSink sink;
  const auto result =
      compile_and_compare(*emit_cil(checked, sink), SelinuxBase::Minimal, {}, policy(), sink);
  ASSERT_TRUE(result.has_value() && *result);
  EXPECT_TRUE((*result)->equal);
  EXPECT_TRUE((*result)->read.certain.grants.empty());
}

TEST_F(Compile, NamesThatAreTakenForFineCompile) {
  for (const char* name :
       {"t1", "object_r", "type", "allow", "l1", "false", "true", "A_1", "notself"}) {
    ASSERT_TRUE(is_selinux_name(name));
    GateModel gate;
    gate.model.selinux->types[0].type = name;
    gate.model
        .methods[gate.model.operations[gate.model.find_operation("KeyStore.keys.lock")].method]
        .name = name;
    DiagnosticSink sink;
    const CheckedModel renamed = gate.sealed();
    const std::optional<CilModule> emitted = emit_cil(renamed, sink);
    ASSERT_TRUE(emitted.has_value()) << name;
    const auto result = compile_and_compare(*emitted, SelinuxBase::Minimal, {}, policy(), sink);
    EXPECT_TRUE(result.has_value() && *result && (*result)->equal)
        << name << ": "
        << (sink.diagnostics().empty()
                ? ""
                : fmt::format("{}", fmt::join(sink.diagnostics()[0].notes, "\n")));
  }
}

// ---- the reader on bytes that are no policy
// ----------------------------------------------------------------

class Reader : public Compile {
 protected:
  void SetUp() override {
    Compile::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_TRUE(run(module.text).empty());
    bytes = *read_file(policy());
    ASSERT_GT(bytes.size(), 4096u);
  }
  Result<BinaryFacts> read(const std::string& changed) {
    std::ofstream(changed_path(), std::ios::binary)
        .write(changed.data(), static_cast<std::streamsize>(changed.size()));
    return read_back(changed_path(), contexts(), module.scope);
  }
  std::string contexts() const {  // the module has none
    std::ofstream(folder.path() / "contexts").flush();
    return (folder.path() / "contexts").string();
  }
  std::string changed_path() const { return (folder.path() / "changed").string(); }
  std::string bytes;
};

TEST_F(Reader, EveryTruncationIsAnError) {
  for (size_t size = 0; size < bytes.size(); size += 64) {
    EXPECT_FALSE(read(bytes.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(read(bytes.substr(0, bytes.size() - 1)).has_value());
  EXPECT_FALSE(read(bytes + '\0').has_value());
  EXPECT_TRUE(read(bytes).has_value());
}

TEST_F(Reader, NoChangedByteCrashesUs) {
  size_t refused = 0;
  size_t different = 0;
  size_t same = 0;
  for (size_t at = 0; at < bytes.size(); at += 7) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ (at % 2 == 0 ? 0xff : 0x01));
    const Result<BinaryFacts> facts = read(changed);
    if (!facts.has_value()) {
      ++refused;
      continue;
    }
    DiagnosticSink sink;
    ++(compare(module.facts, *facts, module.scope.settings, sink) ? same : different);
  }
  fmt::print("{} changed bytes: {} refused, {} different, {} without effect on type enforcement\n",
             refused + different + same, refused, different, same);
  EXPECT_GT(refused, 0u);
  EXPECT_GT(different, 0u);
}

TEST_F(Reader, WhatIsNoPolicyIsAnError) {
  EXPECT_FALSE(read_back(folder.path() / "nothing", contexts(), {}).has_value());
  EXPECT_FALSE(read_back(folder.path(), contexts(), {}).has_value());
  EXPECT_FALSE(read("").has_value());
  EXPECT_FALSE(read(module.text).has_value());
  const Result<BinaryFacts> zeros = read(std::string(1 << 20, '\0'));
  ASSERT_FALSE(zeros.has_value());
  EXPECT_NE(zeros.error().message.find("is not a readable policy"), std::string::npos)
      << zeros.error().message;
}

TEST(Isolated, ACrashALoopAndAFloodAreErrors) {
  IsolationLimits limits;
  limits.cpu_seconds = 1;
  limits.answer_bytes = 1000;
  EXPECT_EQ(*run_isolated([] { return std::string("fine"); }, limits), "fine");
  EXPECT_FALSE(run_isolated([]() -> std::string { std::abort(); }, limits).has_value());
  EXPECT_FALSE(run_isolated([]() -> std::string { _exit(3); }, limits).has_value());
  EXPECT_FALSE(run_isolated([] { return std::string(1001, 'x'); }, limits).has_value());
  EXPECT_FALSE(run_isolated(
                   []() -> std::string {
                     while (clock() >= 0) {
                     }
                     return "";
                   },
                   limits)
                   .has_value());
}

TEST(Compiler, AMissingOneIsAClearFailure) {
  const std::string path = getenv("PATH");
  setenv("PATH", "/nonexistent", 1);
  DiagnosticSink sink;
  const Result<bool> result = compile_cil({}, "policy", sink);
  setenv("PATH", path.c_str(), 1);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "the SELinux compiler 'secilc' is not installed");
  EXPECT_FALSE(result.error().hint.empty());
}

}  // namespace
}  // namespace bh
