// Order never matters: however the statements of a policy are interleaved, over however many files,
// the model is the same. (Within one kind the order of declaration is kept: it is the order of
// every output.)
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "core/model/print.h"
#include "lang/compile.h"

namespace bh {
namespace {

std::vector<std::string> statements(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> result;
  for (std::string line; std::getline(in, line);) {
    const bool begins = !line.empty() && line[0] >= 'a' && line[0] <= 'z';
    if (begins || result.empty()) result.emplace_back();
    result.back() += line + "\n";
  }
  return result;
}

std::string model_of(const std::vector<std::string>& files) {
  SourceMap sources;
  DiagnosticSink sink;
  std::vector<FileId> ids;
  for (const std::string& text : files) ids.push_back(sources.add("p.bh", text));
  const auto checked = compile(sources, ids, sink);
  for (const Diagnostic& d : sink.diagnostics()) ADD_FAILURE() << d.message;
  return checked ? print(**checked) : "";
}

// Statements of one kind stay in order; component and object are one kind, as are the properties,
// and so on.
std::string kind_of(const std::string& statement) {
  const std::string word = statement.substr(0, statement.find(' '));
  if (word == "object") return "component";
  if (word == "deny") return "allow";
  if (word == "endorse") return "release";
  if (word == "require" || word == "holds" || word == "separate" || word == "tcb") return "never";
  return word;
}

class Order : public testing::TestWithParam<const char*> {};

TEST_P(Order, NeverMatters) {
  const std::vector<std::string> all = statements(BH_SOURCE_DIR + std::string("/") + GetParam());
  std::string whole;
  for (const std::string& s : all) whole += s;
  const std::string expected = model_of({whole});
  ASSERT_FALSE(expected.empty());
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    std::vector<std::pair<std::string, std::vector<std::string>>> kinds;
    for (const std::string& s : all) {
      size_t k = 0;
      while (k < kinds.size() && kinds[k].first != kind_of(s)) ++k;
      if (k == kinds.size()) kinds.push_back({kind_of(s), {}});
      kinds[k].second.insert(kinds[k].second.begin(), s);
    }
    std::vector<std::string> files(1 + random() % 3);
    size_t file = 0;
    while (!kinds.empty()) {
      auto& [kind, left] = kinds[random() % kinds.size()];
      files[file] += left.back();
      left.pop_back();
      if (random() % 20 == 0) file = std::min(file + 1, files.size() - 1);
      std::erase_if(kinds, [](const auto& k) { return k.second.empty(); });
    }
    ASSERT_EQ(model_of(files), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, Order,
                         testing::Values("examples/01_gateway/gateway.bh",
                                         "tests/golden/lang/everything.bh"));

}  // namespace
}  // namespace bh
