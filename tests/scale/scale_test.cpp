// However a run is split, ordered and started, the folder of facts holds the same bytes.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>

#include "tests/validate/run_extract.h"

namespace bh {
namespace {

namespace fs = std::filesystem;
using test::extract;

constexpr size_t Units = 7;

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

fs::path sources(const std::string& name) {
  fs::path work = test::scratch(name);
  write(work / "common.h", "#include <stddef.h>\nstatic inline int common(int x) { return x; }\n");
  for (size_t i = 0; i < Units; ++i)
    write(work / ("unit" + std::to_string(i) + ".c"),
          "#include \"common.h\"\nint f" + std::to_string(i) +
              "(int (*g)(int)) { return common(g(1)); }\n" + (i == 3 ? "int wrong(\n" : ""));
  test::write_database(work, work);
  return work;
}

// The database with its commands in another order.
void reorder(const fs::path& work, const std::vector<size_t>& order) {
  std::string text = "[";
  for (size_t i : order) {
    std::string file = test::json_text("unit" + std::to_string(i) + ".c");
    text += (text.size() > 1 ? "," : "") + ("{\"directory\": " + test::json_text(work.string())) +
            ", \"file\": " + file + ", \"arguments\": [\"cc\", \"-c\", " + file + "]}";
  }
  write(work / "compile_commands.json", text + "]");
}

std::string options(const fs::path& work, const fs::path& facts) {
  return "-p " + work.string() + " -o " + facts.string() + " --memory 0 ";
}

std::map<std::string, std::string> direct(const fs::path& work) {
  fs::remove_all(work / "direct");
  EXPECT_EQ(extract(options(work, work / "direct") + "--jobs 1", work).code, 3);
  return test::bytes(work / "direct");
}

TEST(Scale, AnySplitGivesTheSameBytes) {
  fs::path work = sources("any_split");
  std::vector<size_t> order(Units);
  std::iota(order.begin(), order.end(), 0);
  reorder(work, order);
  const std::map<std::string, std::string> expected = direct(work);
  ASSERT_EQ(expected.size(), 2 * Units + 1);
  rc::check("shards in any order, then the index", [&] {
    std::vector<size_t> shuffled = *rc::gen::map(
        rc::gen::container<std::vector<unsigned>>(Units, rc::gen::arbitrary<unsigned>()),
        [](const std::vector<unsigned>& keys) {
          std::vector<size_t> places(Units);
          std::iota(places.begin(), places.end(), 0);
          std::stable_sort(places.begin(), places.end(),
                           [&](size_t a, size_t b) { return keys[a] < keys[b]; });
          return places;
        });
    reorder(work, shuffled);
    fs::path facts = work / "facts";
    fs::remove_all(facts);
    size_t parts = *rc::gen::inRange<size_t>(1, Units + 3);
    size_t first = *rc::gen::inRange<size_t>(0, parts);
    bool lose_one = *rc::gen::arbitrary<bool>();
    for (size_t i = lose_one ? 1 : 0; i < parts; ++i) {
      size_t number = (first + i) % parts + 1;
      std::string part = " --shard " + std::to_string(number) + "/" + std::to_string(parts);
      RC_ASSERT(extract(options(work, facts) + part, work).code != 2);
    }
    unsigned jobs = *rc::gen::inRange(1u, 5u);
    std::string last = lose_one ? "--jobs " + std::to_string(jobs) : "--index-only";
    RC_ASSERT(extract(options(work, facts) + last, work).code == 3);
    RC_ASSERT(test::bytes(facts) == expected);
  });
}

TEST(Scale, ALauncherGivesTheSameBytes) {
  fs::path work = sources("launcher");
  EXPECT_EQ(
      extract(options(work, work / "facts") + "--jobs 3 --launcher 'env A=\"b c\" nice'", work)
          .code,
      3);
  EXPECT_EQ(test::bytes(work / "facts"), direct(work));
}

TEST(Scale, ALauncherThatDoesNotStartIsNoResult) {
  fs::path work = sources("no_launcher");
  test::Outcome outcome = extract(options(work, work / "facts") + "--launcher /no/such", work);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.errors.find("'/no/such' ended with status 127"), std::string::npos)
      << outcome.errors;
  EXPECT_NE(outcome.errors.find("0 extracted, 0 up to date, 7 failed"), std::string::npos);
  EXPECT_EQ(extract(options(work, work / "facts") + "--launcher false", work).code, 3);
  EXPECT_EQ(extract(options(work, work / "facts") + "--launcher ''", work).code, 2);
  EXPECT_EQ(extract(options(work, work / "facts"), work).code, 3) << "tried again";
  EXPECT_EQ(test::bytes(work / "facts"), direct(work));
}

int ninja(const fs::path& work, const std::string& arguments = "") {
  std::string command = "ninja -f '" + (work / "graph.ninja").string() + "' " + arguments + " >'" +
                        (work / "ninja.txt").string() + "' 2>&1";
  int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

size_t units_run(const fs::path& work) {
  std::string log = test::read_all(work / "ninja.txt");
  size_t found = 0;
  for (size_t at = log.find("facts of"); at != std::string::npos; at = log.find("facts of", at + 1))
    ++found;
  return found;
}

TEST(Scale, NinjaGivesTheSameBytesAndOnlyDoesWhatIsNeeded) {
  fs::path work = sources("ninja");
  std::string to = options(work, work / "facts");
  ASSERT_EQ(extract(to + "--ninja " + (work / "graph.ninja").string(), work).code, 0);
  EXPECT_EQ(ninja(work), 1) << "unit3.c does not parse";
  EXPECT_EQ(test::bytes(work / "facts"), direct(work));
  write(work / "unit3.c", "int f3;\n");
  EXPECT_EQ(ninja(work), 0) << test::read_all(work / "ninja.txt");
  EXPECT_EQ(units_run(work), 1u) << test::read_all(work / "ninja.txt");
  EXPECT_EQ(ninja(work), 0);
  EXPECT_EQ(units_run(work), 0u) << test::read_all(work / "ninja.txt");
  write(work / "common.h", "static inline int common(int x) { return x + 1; }\n");
  EXPECT_EQ(ninja(work, "-j 3"), 0);
  EXPECT_EQ(units_run(work), Units - 1) << "all but the one that does not include it";
  fs::remove_all(work / "direct");
  ASSERT_EQ(extract(options(work, work / "direct"), work).code, 0);
  EXPECT_EQ(test::bytes(work / "facts"), test::bytes(work / "direct"));
}

TEST(Scale, NinjaWritesItsGraphAgainWhenTheDatabaseChanges) {
  fs::path work = sources("ninja_again");
  std::string to = options(work, work / "facts");
  fs::remove(work / "unit3.c");
  test::write_database(work, work);
  ASSERT_EQ(extract(to + "--ninja " + (work / "graph.ninja").string(), work).code, 0);
  EXPECT_EQ(ninja(work), 0) << test::read_all(work / "ninja.txt");
  write(work / "unit9.c", "int nine;\n");
  test::write_database(work, work);
  EXPECT_EQ(ninja(work), 0) << test::read_all(work / "ninja.txt");
  EXPECT_EQ(units_run(work), 1u) << test::read_all(work / "ninja.txt");
  ASSERT_EQ(extract(options(work, work / "direct"), work).code, 0);
  EXPECT_EQ(test::bytes(work / "facts"), test::bytes(work / "direct"));
}

TEST(Scale, AnIndexOfWhatWasNotExtractedIsNoResult) {
  fs::path work = sources("index_only");
  std::string to = options(work, work / "facts");
  EXPECT_NE(extract(to + "--shard 1/2", work).code, 2);
  EXPECT_FALSE(fs::exists(work / "facts/index"));
  test::Outcome outcome = extract(to + "--index-only", work);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.errors.find("failed: unit1.c: it was not extracted"), std::string::npos)
      << outcome.errors;
  EXPECT_EQ(extract(to, work).code, 3);
  EXPECT_EQ(test::bytes(work / "facts"), direct(work));
}

TEST(Scale, AWrongPartIsExit2) {
  fs::path work = sources("wrong_part");
  for (const char* part : {"--shard 0/2", "--shard 3/2", "--shard 1", "--shard a/b", "--unit abc",
                           "--shard 1/2 --index-only", "--unit a --ninja x", "--dependencies d"})
    EXPECT_EQ(extract(options(work, work / "facts") + part, work).code, 2) << part;
}

}  // namespace
}  // namespace bh
