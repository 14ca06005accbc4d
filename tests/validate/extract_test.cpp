// bulkhead-extract as a program: bad input, repetition, sharding, crashes of its workers.
#include <gtest/gtest.h>

#include <set>

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

// The globals that the facts define.
std::set<std::string> globals(const fs::path& work) {
  std::set<std::string> names;
  Result<Facts> facts = load_facts((work / "facts").string());
  if (!facts) return {facts.error().message};
  for (const GlobalFact& global : facts->globals) names.insert(global.name);
  return names;
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

TEST(Extract, ABuildFolderBesideTheSourcesHasTheirRoot) {
  fs::path work = test::scratch("out_of_source");
  fs::create_directories(work / "build");
  fs::create_directories(work / "src");
  write(work / "src/a.c", "int a(void) { return 1; }\n");
  write(work / "build/compile_commands.json",
        "[{\"directory\": \"" + (work / "build").string() +
            "\", \"file\": \"../src/a.c\", \"command\": \"cc -c ../src/a.c\"}]");
  EXPECT_EQ(extract(to(work / "build"), work).code, 0);
  Result<Facts> facts = load_facts((work / "build/facts").string());
  ASSERT_TRUE(facts.has_value());
  ASSERT_EQ(facts->units.size(), 1u);
  EXPECT_EQ(facts->units[0].path, "src/a.c");
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

// Units with the same first inclusion are extracted in copies of one process: facts and inputs are
// those that each unit has when it is extracted alone.
TEST(Extract, UnitsThatStartAlikeHaveTheFactsThatEachHasAlone) {
  fs::path work = test::scratch("start_alike");
  const std::string h = "#include \"all.h\"\n", use = "int x(void) { return LOG(__LINE__); }\n";
  write(work / "all.h",
        "#include <stdio.h>\n#ifndef ALL\n#define ALL\nvoid logged(const char *, int);\n"
        "#define LOG(n) (logged(__FILE__, n), seen++)\n#define NOTHING(n)\n"
        "static int seen;\nstatic inline int both(void) { return seen; }\n#endif\n");
  write(work / "other.h", "struct other { int (*call)(int); };\n");
  write(work / "first.c", h + use);
  write(work / "second.c", "/* a licence\n * of lines */\n\n" + h + "\n" + use);
  write(work / "third.c", "// one line\n" + h +
                              "#include \"other.h\"\nstatic int own(int a) { "
                              "return a; }\nstruct other o = {own};\n" +
                              use);
  write(work / "long.c", "/*" + std::string(9000, '-') + "*/\n\n\n" + h +
                             "#if 0\nint no;\n#endif\nNOTHING(1)\nint f(void) { return "
                             "both() + sizeof(__FILE__); }" /* no end of line */);
  write(work / "longer.c", "/*" + std::string(20000, '-') + "*/\n" + h + use);
  write(work / "large.c", "\n" + h + std::string(200000, ' ') + use);
  write(work / "again.c", "\n" + h + "#include \"all.h\"\n#include \"again.c.h\"\n" + use);
  write(work / "again.c.h", "static const char *here = __FILE__;\n");
  write(work / "wrong.c", "\n" + h + "int wrong( {\n");
  write(work / "open.c", "\n" + h + "int open; /* no end\n");
  write(work / "spliced.c", "// a \\\n" + h + use);
  write(work / "macro.c", "#define SEEN 1\n" + h + use);
  write(work / "itself.c",
        "#ifdef ALL\nint inner;\n#else\n" + h + "#include \"itself.c\"\n#endif\n");
  write(work / "twice.c", "\n" + h +
                              "#ifndef TWICE\n#define TWICE\n#include \"twice.c\"\n#endif\n"
                              "struct s { int m; };\n"
                              "#define s t\n");
  test::write_database(work, work);
  const size_t units = 13;
  const std::string options = "-p " + work.string() + " --memory 0 --jobs 1 -o " + work.string();
  EXPECT_EQ(extract(options + "/together", work).code, 3);
  for (size_t i = 1; i <= units; ++i)
    extract(options + "/alone --shard " + std::to_string(i) + "/" + std::to_string(units), work);
  test::Outcome index = extract(options + "/alone --index-only", work);
  EXPECT_TRUE(says(index, std::to_string(units) + " files: 0 extracted")) << index.errors;
  EXPECT_EQ(test::bytes(work / "together"), test::bytes(work / "alone"));
  EXPECT_EQ(test::names(work / "together", ".facts").size(), units);
}

// The name of the main file, asked for in what is shared, is each unit's own.
TEST(Extract, AStartThatNamesTheUnitIsNotShared) {
  fs::path work = test::scratch("start_names");
  write(work / "all.h",
        "void log(const char *);\nstatic inline void say(void) { log(__BASE_FILE__); }\n");
  const std::set<std::string> names = {"a.c", "b.c", "c.c", "d.c"};
  for (const std::string& name : names)
    write(work / name, "\n#include \"all.h\"\nint main(void) { say(); }\n");
  test::write_database(work, work);
  EXPECT_EQ(extract(to(work) + "--jobs 1", work).code, 0);
  Result<Facts> facts = load_facts((work / "facts").string());
  ASSERT_TRUE(facts.has_value());
  std::set<std::string> said;
  for (const CallFact& call : facts->calls)
    if (call.callee == "log") said.insert(call.arguments.at(0).alternatives.at(0).text);
  EXPECT_EQ(said, names);
}

TEST(Extract, AUnitThatHangsBehindASharedStartCostsItself) {
  fs::path work = test::scratch("hang_shared");
  write(work / "all.h", "#pragma once\n");
  for (const char* name : {"a.cpp", "b.cpp", "c.cpp", "x.cpp", "y.cpp"})
    write(work / name, std::string("\n#include \"all.h\"\nint v_") + name[0] + ";\n");
  write(work / "slow.cpp",
        "\n#include \"all.h\"\nconstexpr int f(int n) { int s = 0; for (int i = 0; i < n; ++i) "
        "for (int j = 0; j < n; ++j) s ^= j; return s; }\nconstexpr int v = f(1000000);\n");
  test::write_database(work, work, "-fconstexpr-steps=2000000000");
  test::Outcome outcome = extract(to(work) + "--timeout 3 --jobs 1", work);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(says(outcome, "failed: slow.cpp: the front end was took longer")) << outcome.errors;
  EXPECT_EQ(globals(work), (std::set<std::string>{"v_a", "v_b", "v_c", "v_x", "v_y"}));
}

TEST(Extract, AWorkerThatHangsCostsOneFile) {
  fs::path work = test::scratch("hang");
  write(work / "good.c", "int good;\n");
  write(work / "slow.cpp",
        "constexpr int f(int n) { int s = 0; for (int i = 0; i < n; ++i) for (int j = 0; j < n; "
        "++j) s ^= j; "
        "return s; }\nconstexpr int v = f(1000000);\n");
  test::write_database(work, work, "-fconstexpr-steps=2000000000");
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

// ---- what a shard depends on --------------------------------------------------------------------

TEST(Extract, AHeaderThatAppearsEarlierOnThePathChangesTheFacts) {
  fs::path work = test::scratch("shadowed_header");
  fs::create_directories(work / "late");
  write(work / "a.c", "#include <h.h>\n");
  write(work / "late/h.h", "int late;\n");
  test::write_database(work, work, "-Iearly -Ilate");
  EXPECT_EQ(extract(to(work), work).code, 0);
  EXPECT_TRUE(says(extract(to(work), work), "0 extracted, 1 up to date"));
  fs::create_directories(work / "early");
  write(work / "early/h.h", "int early;\n");
  EXPECT_TRUE(says(extract(to(work), work), "1 extracted, 0 up to date"));
  EXPECT_EQ(globals(work), (std::set<std::string>{"early"}));
  fs::remove(work / "early/h.h");
  EXPECT_TRUE(says(extract(to(work), work), "1 extracted, 0 up to date"));
  EXPECT_EQ(globals(work), (std::set<std::string>{"late"}));
}

TEST(Extract, AFileThatIsOnlyAskedForIsAnInput) {
  fs::path work = test::scratch("has_include");
  write(work / "a.c", "#if __has_include(\"x.h\")\nint with;\n#else\nint without;\n#endif\n");
  test::write_database(work, work);
  EXPECT_EQ(extract(to(work), work).code, 0);
  EXPECT_EQ(globals(work), (std::set<std::string>{"without"}));
  write(work / "x.h", "");
  EXPECT_EQ(extract(to(work), work).code, 0);
  EXPECT_EQ(globals(work), (std::set<std::string>{"with"}));
  fs::remove(work / "x.h");
  EXPECT_EQ(extract(to(work), work).code, 0);
  EXPECT_EQ(globals(work), (std::set<std::string>{"without"}));
}

TEST(Extract, AFileThatIsCreatedLaterIsExtracted) {
  fs::path work = test::scratch("created_later");
  write(work / "a.c", "#include \"gone.h\"\n");
  test::write_database(work, work);
  EXPECT_EQ(extract(to(work), work).code, 3);
  write(work / "gone.h", "int gone;\n");
  EXPECT_EQ(extract(to(work), work).code, 0);
  EXPECT_EQ(globals(work), (std::set<std::string>{"gone"}));
}

// A launcher that edits a header after each of the first `edits` jobs.
std::string editing_launcher(const fs::path& work, int edits) {
  write(work / "edit.sh", "\"$@\"; code=$?; cd '" + work.string() +
                              "'; n=$(cat n 2>/dev/null || echo 0); n=$((n + 1)); echo $n >n\n"
                              "if [ $n -le " +
                              std::to_string(edits) +
                              " ]; then echo \"int edit_$n;\" >h.h; fi; exit $code\n");
  return "--jobs 1 --launcher 'sh " + (work / "edit.sh").string() + "' ";
}

TEST(Extract, AFileThatChangesDuringTheRunIsReadAgain) {
  fs::path work = test::scratch("changes_once");
  write(work / "a.c", "#include \"h.h\"\n");
  write(work / "h.h", "int first;\n");
  test::write_database(work, work);
  EXPECT_EQ(extract(to(work) + editing_launcher(work, 1), work).code, 0);
  EXPECT_EQ(globals(work), (std::set<std::string>{"edit_1"}));
}

TEST(Extract, AFileThatKeepsChangingMakesItsUnitFail) {
  fs::path work = test::scratch("keeps_changing");
  write(work / "a.c", "#include \"h.h\"\n");
  write(work / "h.h", "int first;\n");
  test::write_database(work, work);
  test::Outcome outcome = extract(to(work) + editing_launcher(work, 100), work);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(says(outcome, "failed: a.c: its files kept changing")) << outcome.errors;
  EXPECT_EQ(extract(to(work), work).code, 0);
}

// ---- the folder
// -----------------------------------------------------------------------------------

TEST(Extract, OldShardsAreRemovedAndOtherFilesAreNot) {
  fs::path work = test::scratch("old_shards");
  write(work / "a.c", "int a;\n");
  write(work / "b.c", "int b;\n");
  test::write_database(work, work);
  EXPECT_EQ(extract(to(work), work).code, 0);
  std::set<std::string> before = test::names(work / "facts");
  const std::string name(32, 'a');
  write(work / "facts" / (name + ".facts"), "");
  write(work / "facts" / (name + ".inputs.17.part"), "");
  for (const char* file : {"notes", "abc.facts", "index.txt"}) write(work / "facts" / file, "");
  write(work / "a.c", "int c;\n");
  EXPECT_EQ(extract(to(work), work).code, 0);
  std::set<std::string> after = test::names(work / "facts");
  EXPECT_FALSE(after.contains(name + ".facts") || after.contains(name + ".inputs.17.part"));
  for (const char* file : {"notes", "abc.facts", "index.txt"}) EXPECT_EQ(after.erase(file), 1u);
  EXPECT_EQ(after.size(), before.size());
  fs::remove(work / "facts/abc.facts");
  fs::remove(work / "b.c");
  test::write_database(work, work);
  EXPECT_EQ(extract(to(work), work).code, 0);
  EXPECT_EQ(test::names(work / "facts", ".facts").size(), 1u);
  EXPECT_EQ(test::names(work / "facts", ".inputs").size(), 1u);
}

TEST(Extract, AFullDiskIsExit2AndLeavesTheIndex) {
  fs::path work = test::scratch("full_disk");
  write(work / "a.c", "int a;\n");
  test::write_database(work, work);
  EXPECT_EQ(extract(to(work), work).code, 0);
  std::string index = test::read_all(work / "facts/index"), text;
  for (int i = 0; i < 4000; ++i) text += "int a" + std::to_string(i) + ";\n";
  write(work / "a.c", text);
  // A limit on the size of files gives the errors that a full disk gives, at the same places.
  test::Outcome outcome = extract(to(work), work, "ulimit -f 40; ");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(says(outcome, "cannot write '")) << outcome.errors;
  EXPECT_EQ(test::read_all(work / "facts/index"), index);
  for (const std::string& name : test::names(work / "facts")) EXPECT_FALSE(name.ends_with(".part"));
  EXPECT_EQ(extract(to(work), work).code, 0);
  EXPECT_EQ(globals(work).size(), 4000u);
}

TEST(Extract, AShardThatWasCutShortIsExtractedAgain) {
  fs::path work = test::scratch("cut_shard");
  write(work / "a.c", "int a;\n");
  test::write_database(work, work);
  EXPECT_EQ(extract(to(work), work).code, 0);
  for (const std::string& name : test::names(work / "facts", ".facts"))
    fs::resize_file(work / "facts" / name, 20);
  EXPECT_TRUE(says(extract(to(work), work), "1 extracted, 0 up to date"));
  EXPECT_EQ(globals(work), (std::set<std::string>{"a"}));
}

TEST(Extract, RunsAtTheSameTimeOnOneFolderGiveOneResult) {
  fs::path work = test::scratch("at_the_same_time"), alone = test::scratch("alone");
  for (const fs::path& folder : {work, alone}) {
    for (char c = 'a'; c < 'i'; ++c)
      write(folder / (std::string(1, c) + ".c"),
            std::string("#include <stdio.h>\nint ") + c + ";\n");
    test::write_database(folder, folder);
  }
  EXPECT_EQ(extract(to(alone), alone).code, 0);
  std::string run = std::string(BH_BINARY_DIR) + "/bulkhead-extract " + to(work) + " 2>/dev/null";
  std::string all = "(" + run + ") & a=$!; (" + run + ") & b=$!; (" + run +
                    ") & c=$!; wait $a && wait $b && wait $c";
  EXPECT_EQ(std::system(all.c_str()), 0);
  EXPECT_EQ(test::bytes(work / "facts"), test::bytes(alone / "facts"));
}

// ---- names
// ------------------------------------------------------------------------------------------

TEST(Extract, AnyBytesInSourceAndAwkwardNamesOfFiles) {
  fs::path work = test::scratch("awkward names");
  write(work / "latin.c", "/* caf\xe9 */ const char *drink = \"caf\xe9\";\n");
  write(work / "with space $and'quote.c", "#include \"h #1.h\"\n");
  write(work / "h #1.h", "int spaced;\n");
  write(work / "umlaut\xc3\xbc.c", "int umlaut;\n");
  write(work / "line\nbreak.c", "int broken;\n");
  test::write_database(work, work);
  std::string options =
      "-p '" + work.string() + "' -o '" + (work / "facts").string() + "' --memory 0";
  EXPECT_EQ(extract(options, work).code, 0) << test::read_all(work / "stderr.txt");
  EXPECT_EQ(globals(work), (std::set<std::string>{"broken", "drink", "spaced", "umlaut"}));
  EXPECT_TRUE(says(extract(options, work), "0 extracted, 4 up to date"));
}

TEST(Extract, ADatabaseThatIsNotUtf8IsExit2) {
  fs::path work = test::scratch("database_bytes");
  write(work / "compile_commands.json",
        "[{\"directory\": \"/\", \"file\": \"caf\xe9.c\", \"command\": \"cc caf\xe9.c\"}]");
  test::Outcome outcome = extract(to(work), work);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(says(outcome, "UTF-8")) << outcome.errors;
}

// Two programs in one database that share every name stay two.
TEST(Extract, EqualNamesInTwoProgramsStayApart) {
  fs::path work = test::scratch("two_programs");
  for (const char* program : {"one", "two"}) {
    fs::create_directories(work / program);
    write(work / program / "main.c", std::string("static int helper(void) { return 1; }\nint ") +
                                         program + "(void);\nvoid fatal(void) { helper(); " +
                                         program + "(); }\nint main(void) { fatal(); }\n");
  }
  std::string database;
  for (const char* program : {"one", "two"})
    database += std::string(database.empty() ? "[" : ",") + "{\"directory\": \"" +
                (work / program).string() +
                "\", \"file\": \"main.c\", \"command\": \"cc -c main.c\"}";
  write(work / "compile_commands.json", database + "]");
  EXPECT_EQ(extract(to(work), work).code, 0);
  Result<Facts> facts = load_facts((work / "facts").string());
  ASSERT_TRUE(facts.has_value());
  std::set<std::string> definitions, calls;
  for (const FunctionFact& function : facts->functions) definitions.insert(function.definition);
  for (const CallFact& call : facts->calls) calls.insert(call.owner + " " + call.callee);
  EXPECT_EQ(definitions,
            (std::set<std::string>{"fatal@one/main.c", "fatal@two/main.c", "helper@one/main.c",
                                   "helper@two/main.c", "main@one/main.c", "main@two/main.c"}));
  EXPECT_EQ(calls,
            (std::set<std::string>{"fatal@one/main.c helper@one/main.c", "fatal@one/main.c one",
                                   "fatal@two/main.c helper@two/main.c", "fatal@two/main.c two",
                                   "main@one/main.c fatal", "main@two/main.c fatal"}));
}

TEST(Extract, WhatIsLeftOutHasNoFacts) {
  fs::path work = test::scratch("every_body"),
           sources = fs::path(BH_SOURCE_DIR) / "analyzer/testdata";
  std::string list;
  size_t units = 0;
  for (const auto& entry : fs::recursive_directory_iterator(sources)) {
    std::string ending = entry.path().extension().string();
    if (ending != ".c" && ending != ".cpp") continue;
    std::string file = test::json_text(entry.path().string());
    list += (units++ == 0 ? "[" : ",") + ("{\"directory\": " + test::json_text(sources.string())) +
            ", \"file\": " + file + ", \"arguments\": [\"" +
            (ending == ".c" ? "cc" : "c++\", \"-std=c++20") + "\", \"-c\", " + file + "]}";
  }
  write(work / "compile_commands.json", list + "]");
  std::string to = "-p " + work.string() + " --memory 0 -o " + work.string();
  extract(to + "/some", work);
  extract(to + "/every --every-body", work);
  EXPECT_GT(test::names(work / "some", ".facts").size(), 30u);
  for (const std::string& name : test::names(work / "every", ".facts"))
    EXPECT_EQ(test::read_all(work / "some" / name), test::read_all(work / "every" / name)) << name;
}

}  // namespace
}  // namespace bh
