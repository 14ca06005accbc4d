// Whatever the bytes: an end in bounded time, at most a hundred errors, no crash.
#include <gtest/gtest.h>

#include <random>

#include "core/diag/render.h"
#include "lang/compile.h"
#include "lang/parser.h"
#include "lang/reporter.h"

namespace bh {
namespace {

constexpr size_t Large = size_t{10} << 20;

struct Reading {
  SourceMap sources;
  DiagnosticSink sink;
  bool accepted = false;
  explicit Reading(std::string text) {
    const FileId file = sources.add("p.bh", std::move(text));
    accepted = compile(sources, {file}, sink).has_value();
  }
  size_t errors() const { return sink.count(Severity::Error); }
  uint16_t first_code() const {
    return sink.diagnostics().empty() ? 0 : sink.diagnostics()[0].code;
  }
};

std::string repeat(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string noise(std::string_view alphabet, size_t size) {
  std::mt19937 random(7);
  std::string text;
  for (size_t i = 0; i < size; ++i) text += alphabet[random() % alphabet.size()];
  return text;
}

void expect_bounded(std::string text) {
  const Reading r(std::move(text));
  EXPECT_FALSE(r.accepted);
  EXPECT_GE(r.errors(), 1u);
  EXPECT_LE(r.errors(), Reporter::MaxErrors);
  EXPECT_LE(r.sink.count(Severity::Warning), 1u);
  EXPECT_LT(render_text(r.sink, r.sources).size(), size_t{1} << 20);
}

TEST(Hostile, TenMegabytesOfGarbage) {
  expect_bounded(noise("abc XYZ019_{}()[]<>-=~*.,:\"'#/\n\t", Large));
  expect_bounded(noise("{}()[]<>-=~*.,:", Large));
  expect_bounded(noise("ab \n", Large));
  expect_bounded(noise(std::string_view("\0\x01\x7f ", 4), Large));
}

TEST(Hostile, GarbageThatLooksLikeStatements) {
  static constexpr std::string_view Words[] = {"allow ", "never ", "component ", "a",     ": ",
                                               "{ ",     "} ",     "-> ",        ". ",    "when ",
                                               "(",      "\n",     "test ",      "\"x\" "};
  std::mt19937 random(11);
  std::string text;
  while (text.size() < Large) text += Words[random() % std::size(Words)];
  expect_bounded(std::move(text));
}

TEST(Hostile, BytesThatAreNotUtf8AreTheOnlyComplaint) {
  for (const std::string_view bytes :
       {"\xff", "\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80"}) {
    const Reading r("alow x\n" + std::string(bytes) + "\n");
    EXPECT_EQ(r.errors(), 1u);
    EXPECT_EQ(r.first_code(), 1001);
  }
}

TEST(Hostile, AHundredThousandParenthesesAreOneMistake) {
  const Reading r("policy p 1\ncomponent A { }\nallow a: A -> A when " + repeat("(", 100'000) +
                  "x" + repeat(")", 100'000) + "\n");
  EXPECT_EQ(r.errors(), 1u);
  EXPECT_EQ(r.first_code(), 1010);
}

TEST(Hostile, AHundredThousandOfAnything) {
  expect_bounded("policy p 1\n" + repeat("{", 100'000));
  expect_bounded("policy p 1\ngroup a = " + repeat("{", 100'000));
  expect_bounded("policy p 1\ntest \"t\" {" + repeat("allow a -> ", 100'000));
  expect_bounded("policy p 1\nallow a: b -> c when x = 1" + repeat(" and not", 100'000));
  expect_bounded("policy p 1\nallow a: b -> c when x = 1" + repeat(" or x = 1", 100'000));
  expect_bounded("policy p 1\nallow a: " + repeat("b.", 100'000));
  expect_bounded(repeat("\"", 100'000));
  expect_bounded(repeat("policy p 1\n", 100'000));
}

TEST(Hostile, LongChainsOfDefinitions) {
  std::string types = "policy p 1\n";
  std::string groups = "policy p 1\ncomponent A { }\n";
  for (int i = 0; i < 100'000; ++i) {
    types += "type t" + std::to_string(i) + " = t" + std::to_string(i + 1) + "\n";
    groups += "group g" + std::to_string(i) + " = { g" + std::to_string(i + 1) + " }\n";
  }
  expect_bounded(types);
  expect_bounded(types + "type t100000 = t0\n");
  expect_bounded(groups);
  expect_bounded(groups + "group g100000 = { g0 }\n");
  EXPECT_TRUE(Reading(types + "type t100000 = u8\ncomponent A { }\n").accepted);
  EXPECT_TRUE(Reading(groups + "group g100000 = { A }\n").accepted);
}

TEST(Hostile, WideDeclarations) {
  std::string levels = "policy p 1\nlattice secrecy { l0";
  std::string states =
      "policy p 1\ninterface I { call f() }\ncomponent A { provides a: I }\n"
      "protocol Q on A.a shared { s0* -f-> s1\n";
  for (int i = 1; i < 10'000; ++i) {
    levels += " < l" + std::to_string(i);
    states += "s" + std::to_string(i) + " -f-> s" + std::to_string(i + 1) + "\n";
  }
  expect_bounded(levels + " }\n");
  expect_bounded(states + "}\n");
}

TEST(Hostile, ManyRulesForEverybody) {
  std::string text = "policy p 1\ninterface I { call f() }\ncomponent S { provides a: I }\n";
  for (int i = 0; i < 5'000; ++i) text += "component C" + std::to_string(i) + " { }\n";
  for (int i = 0; i < 20'000; ++i) text += "allow r" + std::to_string(i) + ": any -> S.a.f\n";
  const Reading r(text);
  EXPECT_EQ(r.errors(), 1u);
  EXPECT_EQ(r.first_code(), 2018);
}

TEST(Hostile, AFileThatIsTooLarge) {
  const Reading r(std::string(MaxFileSize + 1, ' '));
  EXPECT_EQ(r.errors(), 1u);
  EXPECT_EQ(r.first_code(), 1012);  // BH1012
}

TEST(Hostile, ManyFilesAreOnePolicy) {
  SourceMap sources;
  DiagnosticSink sink;
  const std::vector<FileId> files = {
      sources.add("b.bh", "allow a: C -> S.x.f\ncomponent S { provides x: I }\n"),
      sources.add("a.bh", "policy p 1\ncomponent C { }\n"),
      sources.add("c.bh", "interface I { call f() }\n")};
  EXPECT_TRUE(compile(sources, files, sink).has_value());
  EXPECT_TRUE(sink.diagnostics().empty());
}

TEST(Hostile, AFirstErrorInOneFileLeavesTheOthersReadable) {
  SourceMap sources;
  DiagnosticSink sink;
  const std::vector<FileId> files = {
      sources.add("b.bh", "policy p 1\ncomponent C { } }\n"),
      sources.add("a.bh", "component D { }\ngroup g = { C, D, E }\n")};
  EXPECT_FALSE(compile(sources, files, sink).has_value());
  EXPECT_EQ(sink.count(Severity::Error), 2u);
}

}  // namespace
}  // namespace bh
