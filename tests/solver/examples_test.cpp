// Every example is what its first line says: gateway.bh clean and proved, each broken variant
// broken in the one way that `// expect: BHnnnn` names.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/solver/policy.h"

namespace bh {
namespace {

const std::filesystem::path Folder = std::filesystem::path(BH_SOURCE_DIR) / "examples/01_gateway";

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::set<std::string> expected_codes(const std::string& text) {
  std::stringstream line(text.substr(0, text.find('\n')));
  std::set<std::string> codes;
  std::string word;
  bool after = false;
  while (line >> word) {
    if (after) codes.insert(word);
    if (word == "expect:") after = true;
  }
  return codes;
}

std::vector<std::filesystem::path> broken_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(Folder / "broken")) {
    if (entry.path().extension() == ".bh") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Gateway, IsCleanAndProved) {
  const test::Checked checked = test::check_text("gateway.bh", read(Folder / "gateway.bh"));
  ASSERT_TRUE(checked.result) << checked.text();
  EXPECT_TRUE(checked.sink.diagnostics().empty()) << checked.text();
  EXPECT_EQ(checked.result->properties.size(), 8u);
  EXPECT_EQ(checked.result->count(Verdict::Proved), 8u);
  EXPECT_EQ(checked.result->tests, 7u);
  EXPECT_EQ(checked.result->tests_failed, 0u);
  for (const PropertyVerdict& verdict : checked.result->properties) EXPECT_FALSE(verdict.vacuous);
}

TEST(Gateway, OnlyTheFlowProofTrustsTheKeyStore) {
  const test::Checked checked = test::check_text("gateway.bh", read(Folder / "gateway.bh"));
  ASSERT_TRUE(checked.result) << checked.text();
  const ComponentId keys = (*checked.model)->find_component("KeyStore");
  for (const PropertyVerdict& verdict : checked.result->properties) {
    const bool is_flow = (*checked.model)->properties[verdict.property].name == "key_leaves";
    EXPECT_EQ(verdict.trusted,
              is_flow ? std::vector<ComponentId>{keys} : std::vector<ComponentId>{});
  }
}

TEST(Gateway, RequireIsShownByItsShortestTrace) {
  const test::Checked checked = test::check_text("gateway.bh", read(Folder / "gateway.bh"));
  ASSERT_TRUE(checked.result) << checked.text();
  EXPECT_EQ(checked.verdict("can_sign").trace.size(), 2u);
  EXPECT_EQ(checked.verdict("relock").trace.size(), 2u);
}

TEST(Broken, EachBreaksExactlyWhatItSays) {
  const std::vector<std::filesystem::path> files = broken_files();
  ASSERT_GE(files.size(), 8u);
  for (const std::filesystem::path& file : files) {
    const std::string text = read(file);
    const std::set<std::string> expected = expected_codes(text);
    ASSERT_FALSE(expected.empty()) << file << " has no `// expect:` line";
    const test::Checked checked = test::check_text(file.filename(), text);
    const std::vector<std::string> codes = checked.codes();
    EXPECT_EQ(std::set<std::string>(codes.begin(), codes.end()), expected) << file << "\n"
                                                                           << checked.text();
    EXPECT_TRUE(checked.sink.has_errors()) << file;
    EXPECT_FALSE(checked.result && checked.result->internal_error) << file;
  }
}

}  // namespace
}  // namespace bh
