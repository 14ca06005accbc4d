// bulkhead-extract as a program: bad input, repetition, sharding, crashes of its workers.
#include <gtest/gtest.h>

#include "analyzer/shards.h"
#include "core/facts/text.h"
#include "tests/validate/run_extract.h"

namespace bh {
namespace {

namespace fs = std::filesystem;
using test::extract;

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

std::string to(const fs::path& work) {
  return "-p " + work.string() + " -o " + (work / "facts").string() + " --memory 0 ";
}

bool says(const test::Outcome& outcome, const std::string& text) {
  return outcome.errors.find(text) != std::string::npos;
}

TEST(Extract, MissingDatabaseIsExit2) {
  fs::path work = test::scratch("missing_database");
  test::Outcome outcome = extract(to(work), work);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(says(outcome, "compile_commands.json"));
  EXPECT_TRUE(says(outcome, "bear -- make"));
}

TEST(Extract, MalformedDatabaseIsExit2) {
  fs::path work = test::scratch("malformed_database");
  for (const char* text :
       {"", "{", "{}", "[1]", "[{\"file\": \"a.c\"}]", "[{\"directory\": 1, \"file\": 2}]",
        "[{\"directory\": \"/\", \"file\": \"a.c\", \"arguments\": []}]"}) {
    write(work / "compile_commands.json", text);
    EXPECT_EQ(extract(to(work), work).code, 2) << text;
  }
  write(work / "compile_commands.json", std::string(100000, '['));
  EXPECT_EQ(extract(to(work), work).code, 2);
}

TEST(Extract, EmptyDatabaseIsNothingToCheck) {
  fs::path work = test::scratch("empty_database");
  write(work / "compile_commands.json", "[]");
  test::Outcome outcome = extract(to(work), work);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(says(outcome, "nothing to check"));
}

TEST(Extract, MissingResourceFolderIsNamed) {
  fs::path work = test::scratch("resource_dir");
  write(work / "a.c", "int a;\n");
  test::write_database(work, work);
  test::Outcome outcome = extract(to(work) + "--resource-dir /nowhere", work);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(says(outcome, "/nowhere"));
}

TEST(Extract, WrongOptionsAreExit2) {
  fs::path work = test::scratch("options");
  EXPECT_EQ(extract("", work).code, 2);
  EXPECT_EQ(extract("-p x", work).code, 2);
  EXPECT_EQ(extract("-p x -o y --jobs 0", work).code, 2);
  EXPECT_EQ(extract("-p x -o y --jobs many", work).code, 2);
  EXPECT_EQ(extract("-p x -o y --frobnicate 1", work).code, 2);
}

TEST(Extract, AFileThatDoesNotParseIsListedAndTheOthersAreNot) {
  fs::path work = test::scratch("does_not_parse_listed");
  write(work / "good.c", "int good(void) { return 1; }\n");
  write(work / "bad.c", "int bad( {\n");
  write(work / "gone.c", "int gone;\n");
  test::write_database(work, work);
  fs::remove(work / "gone.c");
  test::Outcome outcome = extract(to(work), work);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(says(outcome, "failed: bad.c: bad.c:1: "));
  EXPECT_TRUE(says(outcome, "failed: gone.c: "));
  EXPECT_FALSE(says(outcome, "failed: good.c"));
  EXPECT_EQ(extract(to(work), work).code, 3) << "a failure stays one when nothing changed";
}

TEST(Extract, OnlyWhatChangedIsExtractedAgain) {
  fs::path work = test::scratch("incremental");
  write(work / "a.c", "#include \"a.h\"\nint a(void) { return A; }\n");
  write(work / "b.c", "int b(void) { return 2; }\n");
  write(work / "a.h", "#define A 1\n");
  test::write_database(work, work);
  EXPECT_TRUE(says(extract(to(work), work), "2 extracted, 0 up to date"));
  EXPECT_TRUE(says(extract(to(work), work), "0 extracted, 2 up to date"));
  write(work / "a.h", "#define A 2\n");
  EXPECT_TRUE(says(extract(to(work), work), "1 extracted, 1 up to date"));
  write(work / "a.h", "int syntax(\n");
  EXPECT_EQ(extract(to(work), work).code, 3);
}

TEST(Extract, FactsDoNotDependOnJobsOrPlace) {
  fs::path one = test::scratch("place_one"), two = test::scratch("place_two_is_longer");
  for (const fs::path& work : {one, two}) {
    write(work / "h.h", "static inline int h(void) { return __LINE__; }\n");
    for (char c = 'a'; c < 'g'; ++c)
      write(work / (std::string(1, c) + ".c"),
            std::string("#include \"h.h\"\nint ") + c + "(int (*f)(void)) { return f() + h(); }\n");
    test::write_database(work, work);
  }
  EXPECT_EQ(extract(to(one) + "--jobs 1", one).code, 0);
  EXPECT_EQ(extract(to(two) + "--jobs 3", two).code, 0);
  Result<Facts> a = load_facts((one / "facts").string()), b = load_facts((two / "facts").string());
  ASSERT_TRUE(a.has_value() && b.has_value());
  EXPECT_EQ(write_facts(*a), write_facts(*b));
  EXPECT_EQ(test::read_all(one / "facts/index"), test::read_all(two / "facts/index"));
}

TEST(Extract, AWorkerThatHangsCostsOneFile) {
  fs::path work = test::scratch("hang");
  write(work / "good.c", "int good;\n");
  write(work / "slow.cpp",
        "constexpr int f(int n) { int s = 0; for (int i = 0; i < n; ++i) for (int j = 0; j < n; "
        "++j) s ^= j; "
        "return s; }\nconstexpr int v = f(1000000);\n");
  test::write_database(work, work);
  std::string text = test::read_all(work / "compile_commands.json");
  text.replace(text.find("-std=c++20"), 10, "-std=c++20 -fconstexpr-steps=2000000000");
  write(work / "compile_commands.json", text);
  test::Outcome outcome = extract(to(work) + "--timeout 2", work);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(says(outcome, "failed: slow.cpp: the front end was")) << outcome.errors;
  EXPECT_FALSE(says(outcome, "failed: good.c"));
}

TEST(Extract, TamperedFactsAreRefused) {
  fs::path work = test::scratch("tampered");
  write(work / "a.c", "int a(void) { return 1; }\n");
  test::write_database(work, work);
  ASSERT_EQ(extract(to(work), work).code, 0);
  std::string index = test::read_all(work / "facts/index");
  write(work / "facts/index", "something else\n");
  EXPECT_FALSE(load_facts((work / "facts").string()).has_value());
  write(work / "facts/index", index + "../../etc/passwd\n");
  EXPECT_FALSE(load_facts((work / "facts").string()).has_value());
  write(work / "facts/index", index);
  EXPECT_TRUE(load_facts((work / "facts").string()).has_value());
  for (const auto& entry : fs::directory_iterator(work / "facts"))
    if (entry.path().extension() == ".facts")
      write(entry.path(), "bulkhead-facts 1\nfunction\tcut");
  EXPECT_FALSE(load_facts((work / "facts").string()).has_value());
  fs::remove(work / "facts/index");
  EXPECT_FALSE(load_facts((work / "facts").string()).has_value());
}

}  // namespace
}  // namespace bh
