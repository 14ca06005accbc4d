// Each folder of analyzer/testdata holds a small program, a policy, and in expected.txt what
// validation says. BH_UPDATE=1 writes expected.txt anew.
#include "analyzer/validate.h"

#include <gtest/gtest.h>

#include "analyzer/shards.h"
#include "lang/compile.h"
#include "tests/validate/run_extract.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(BH_SOURCE_DIR) / "analyzer/testdata"))
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string describe(const fs::path& policy, const Facts& facts, unsigned threads = 1) {
  SourceMap sources;
  DiagnosticSink sink;
  FileId file = sources.add("policy.bh", test::read_all(policy));
  std::optional<CheckedModel> model = compile(sources, {file}, sink);
  std::string text;
  if (model) {
    ValidateOptions options;
    options.threads = threads;
    ValidationResult result = validate(*model, facts, options, sink);
    text = print(result, **model, Detail::Everything);
    EXPECT_FALSE(print_json(result, **model).empty());
  }
  for (const Diagnostic& d : sink.diagnostics()) {
    text += fmt::format("{} {} {}\n", print_code(d.code), sources.print(d.span), d.message);
    for (const std::string& note : d.notes) text += "    " + note + "\n";
  }
  int code = sink.has_errors() ? 1 : sink.count(Severity::Undecided) > 0 ? 3 : 0;
  return text + fmt::format("exit {}\n", code);
}

class Validate : public testing::TestWithParam<std::string> {};

TEST_P(Validate, SaysWhatIsExpected) {
  fs::path folder = fs::path(BH_SOURCE_DIR) / "analyzer/testdata" / GetParam();
  fs::path work = test::scratch(GetParam());
  test::write_database(folder, work);
  test::Outcome outcome = test::extract("-p " + work.string() + " -o " + (work / "facts").string() +
                                            " --memory 0 --root " + folder.string(),
                                        work);
  ASSERT_TRUE(outcome.code == 0 || outcome.code == 3) << outcome.errors;
  Result<Facts> facts = load_facts((work / "facts").string());
  ASSERT_TRUE(facts.has_value()) << facts.error().message;
  std::string said = describe(folder / "policy.bh", *facts);
  if (std::getenv("BH_UPDATE")) std::ofstream(folder / "expected.txt") << said;
  EXPECT_EQ(said, test::read_all(folder / "expected.txt"));
  EXPECT_EQ(said, describe(folder / "policy.bh", *facts, 3)) << "on three threads";
}

INSTANTIATE_TEST_SUITE_P(Testdata, Validate, testing::ValuesIn(cases()),
                         [](const auto& test_case) { return test_case.param; });

// Every finding about code has a case above that provokes it; those of the baseline, which the
// driver reports, have one in tests/cli.
TEST(ValidateCodes, EachIsProvoked) {
  std::string all;
  for (const std::string& name : cases())
    all += test::read_all(fs::path(BH_SOURCE_DIR) / "analyzer/testdata" / name / "expected.txt");
  all += test::read_all(fs::path(BH_SOURCE_DIR) / "tests/cli/validate_baseline/out");
  for (const CodeInfo& info : all_codes()) {
    if (info.number < 5000 || info.number > 5999) continue;
    EXPECT_NE(all.find(print_code(info.number)), std::string::npos) << info.name;
    fs::path page =
        fs::path(BH_SOURCE_DIR) / "docs/diagnostics" / (print_code(info.number) + ".md");
    EXPECT_TRUE(fs::exists(page)) << page;
  }
}

TEST(ValidateCodes, APolicyWithoutCodeIsNothingToCheck) {
  SourceMap sources;
  DiagnosticSink sink;
  FileId file = sources.add("p.bh", "policy p 1.0\ncomponent A {}\n");
  std::optional<CheckedModel> model = compile(sources, {file}, sink);
  ASSERT_TRUE(model.has_value());
  validate(*model, Facts{}, {}, sink);
  ASSERT_TRUE(sink.has_errors());
  EXPECT_EQ(sink.diagnostics().back().code, diag::NothingToCheck.number);
}

}  // namespace
}  // namespace bh
