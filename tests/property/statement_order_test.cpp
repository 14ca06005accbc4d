// Order never matters: however the statements of a policy are permuted, no verdict changes, and
// what is found is found at the same statements.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "lang/compile.h"
#include "solver/check.h"
#include "solver/queries/diff.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

// Statements begin in the first column with a small letter.
std::vector<std::string> statements(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::string> result;
  for (std::string line; std::getline(in, line);) {
    const bool begins = !line.empty() && line[0] >= 'a' && line[0] <= 'z';
    if (begins || result.empty()) result.emplace_back();
    result.back() += line + "\n";
  }
  return result;
}

// Property by property what was decided, and each kind of finding with the statement that it is
// about.
std::multiset<std::string> verdicts(const std::string& name,
                                    const std::vector<std::string>& parts) {
  SourceMap sources;
  DiagnosticSink sink;
  std::string text;
  for (const std::string& part : parts) text += part;
  const auto model = compile(sources, {sources.add(name, text)}, sink);
  std::multiset<std::string> result;
  if (!model) return result;
  const CheckResult checked = check_policy(*model, CheckOptions{}, sink);
  for (const PropertyVerdict& verdict : checked.properties) {
    result.insert((*model)->properties[verdict.property].name + " " + print(verdict.verdict));
  }
  result.insert(fmt::format("{} of {} tests failed", checked.tests_failed, checked.tests));
  for (const Diagnostic& d : sink.diagnostics()) {
    result.insert(fmt::format("BH{} {}", d.code, sources.text(d.span)));
  }
  return result;
}

TEST(Statements, OrderNeverChangesAVerdict) {
  std::vector<fs::path> policies;
  for (const auto& entry : fs::recursive_directory_iterator(BH_SOURCE_DIR "/examples")) {
    if (entry.path().extension() == ".bh") policies.push_back(entry.path());
  }
  std::sort(policies.begin(), policies.end());
  std::mt19937 random(11);
  size_t compared = 0;
  for (const fs::path& path : policies) {
    std::vector<std::string> parts = statements(path);
    const std::multiset<std::string> expected = verdicts(path.string(), parts);
    if (expected.empty()) continue;  // it does not compile
    for (int round = 0; round < 5; ++round) {
      std::shuffle(parts.begin(), parts.end(), random);
      EXPECT_EQ(verdicts(path.string(), parts), expected) << path;
      ++compared;
    }
  }
  EXPECT_GT(compared, 25u);
}

// And by proof: `diff` finds no change of meaning.
TEST(Statements, OrderNeverChangesTheMeaning) {
  std::mt19937 random(12);
  size_t compared = 0;
  for (const auto& entry : fs::recursive_directory_iterator(BH_SOURCE_DIR "/examples")) {
    if (entry.path().extension() != ".bh") continue;
    const std::string name = entry.path().string();
    std::vector<std::string> parts = statements(entry.path());
    std::string before;
    for (const std::string& part : parts) before += part;
    std::shuffle(parts.begin(), parts.end(), random);
    std::string after;
    for (const std::string& part : parts) after += part;
    SourceMap sources;
    DiagnosticSink sink;
    const auto was = compile(sources, {sources.add(name, before)}, sink);
    const auto is = compile(sources, {sources.add(name, after)}, sink);
    if (!was || !is) continue;
    const PolicyDiff moved = diff_policies(*was, *is, DiffOptions{});
    EXPECT_TRUE(moved.means_the_same()) << name << ": " << moved.changes.size() << " changes";
    EXPECT_TRUE(moved.renamed.empty()) << name;
    ++compared;
  }
  EXPECT_GT(compared, 25u);
}

}  // namespace
}  // namespace bh
