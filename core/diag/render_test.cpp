#include "core/diag/render.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bh {
namespace {

struct Fixture {
  SourceMap sources;
  DiagnosticSink sink;
  FileId file;
  explicit Fixture(std::string text) { file = sources.add("a.bh", std::move(text)); }
  Span at(uint32_t begin, uint32_t end) const { return {file, begin, end}; }
};

TEST(RenderText, ShowsPlaceCaretsLabelsAndHelp) {
  Fixture f("one\nallow rx: Netwrk -> P\n");
  f.sink.report(f.at(14, 20), diag::UnknownComponent, "Netwrk")
      .label(f.at(0, 3), "declared here")
      .note("a fact")
      .help("write 'Network'");
  EXPECT_EQ(render_text(f.sink, f.sources),
            "error[BH2001]: unknown component 'Netwrk'\n"
            " --> a.bh:2:11\n"
            " 2 | allow rx: Netwrk -> P\n"
            "   |           ^^^^^^\n"
            " 1 | one\n"
            "   | --- declared here\n"
            "   = note: a fact\n"
            "   = help: write 'Network'\n"
            "   = help: bulkhead explain BH2001\n\n");
}

TEST(RenderText, CaretsStandUnderTabsAndWideCharacters) {
  Fixture f("\t// \xc3\xa4\xe6\xbc\xa2 Bad\n");
  f.sink.report(f.at(10, 13), diag::UnknownComponent, "Bad");
  const std::string text = render_text(f.sink, f.sources);
  EXPECT_NE(text.find(" 1 |  // \xc3\xa4\xe6\xbc\xa2 Bad\n   |         ^^^\n"), std::string::npos)
      << text;
}

TEST(RenderText, ControlBytesDoNotReachTheTerminal) {
  Fixture f("a \x1b[31m b\n");
  f.sink.report(f.at(0, 1), diag::UnknownComponent, "\x1b[2J");
  EXPECT_EQ(render_text(f.sink, f.sources).find('\x1b'), std::string::npos);
}

TEST(RenderText, MalformedAndReorderingTextBecomesQuestionMarks) {
  Fixture f("a \xff\xc2\x9b \xe2\x80\xae b\n");
  f.sink.report(f.at(10, 11), diag::UnknownComponent, "b");
  const std::string text = render_text(f.sink, f.sources);
  EXPECT_NE(text.find(" 1 | a ?  ? b\n   |        ^\n"), std::string::npos) << text;
}

TEST(RenderText, APlaceMayBeMissing) {
  Fixture f("");
  f.sink.report({}, diag::NothingToCheck, "no rules");
  EXPECT_EQ(
      render_text(f.sink, f.sources),
      "error[BH9002]: nothing to check: no rules\n   = help: bulkhead explain BH9002\n\n");
}

TEST(RenderText, SpansOverLinesAndAtTheEndHaveACaret) {
  Fixture f("ab\ncd");
  f.sink.report(f.at(1, 4), diag::UnknownComponent, "x");
  f.sink.report(f.at(5, 5), diag::UnknownComponent, "y");
  const std::string text = render_text(f.sink, f.sources);
  EXPECT_NE(text.find(" 1 | ab\n   |  ^\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" 2 | cd\n   |   ^\n"), std::string::npos) << text;
}

TEST(RenderJson, IsJsonWhateverTheBytes) {
  Fixture f("x\n");
  f.sink.report(f.at(0, 1), diag::UnknownComponent, "\xff\xfe").label(f.at(0, 1), "l").note("n");
  const auto json = nlohmann::json::parse(render_json(f.sink, f.sources));
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["code"], "BH2001");
  EXPECT_EQ(json[0]["severity"], "error");
  EXPECT_EQ(json[0]["place"]["line"], 1);
  EXPECT_EQ(json[0]["labels"][0]["text"], "l");
}

TEST(RenderText, ColourOnlyWhenAsked) {
  Fixture f("x\n");
  f.sink.report(f.at(0, 1), diag::UnknownComponent, "x");
  EXPECT_EQ(render_text(f.sink, f.sources).find('\x1b'), std::string::npos);
  EXPECT_NE(render_text(f.sink, f.sources, Colour::Always).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace bh
