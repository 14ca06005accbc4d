#include "lang/lexer.h"

#include <gtest/gtest.h>

namespace bh {
namespace {

struct Lexed {
  DiagnosticSink sink;
  std::vector<Token> tokens;
  std::string text;
  explicit Lexed(std::string source) : text(std::move(source)) {
    Reporter reporter(sink);
    Lexer lexer(text, FileId(0), reporter);
    for (Token t = lexer.next(); t.kind != TokenKind::End; t = lexer.next()) tokens.push_back(t);
  }
  std::vector<TokenKind> kinds() const {
    std::vector<TokenKind> result;
    for (const Token& t : tokens) result.push_back(t.kind);
    return result;
  }
};

using K = TokenKind;

TEST(Lexer, LongestSymbolWins) {
  EXPECT_EQ(Lexed("<- <= < -> - => = .. . :: : ~> != >= >").kinds(),
            (std::vector{K::LeftArrow, K::LessEqual, K::Less, K::Arrow, K::Minus, K::FatArrow,
                         K::Equal, K::DotDot, K::Dot, K::ColonColon, K::Colon, K::FlowArrow,
                         K::NotEqual, K::GreaterEqual, K::Greater}));
  EXPECT_EQ(Lexed("-ok->").kinds(), (std::vector{K::Minus, K::Name, K::Arrow}));
  EXPECT_EQ(Lexed("0..15").kinds(), (std::vector{K::Number, K::DotDot, K::Number}));
}

TEST(Lexer, NumbersInEveryForm) {
  const Lexed l("7 0x1F 0b101 64_000 18446744073709551615 00");
  ASSERT_EQ(l.tokens.size(), 6u);
  const uint64_t values[] = {7, 31, 5, 64000, UINT64_MAX, 0};
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(l.tokens[i].number, values[i]);
  EXPECT_FALSE(l.sink.has_errors());
  for (const char* wrong :
       {"0x", "0b2", "12ab", "18446744073709551616", "0x1_0000_0000_0000_0000"}) {
    EXPECT_TRUE(Lexed(wrong).sink.has_errors()) << wrong;
  }
}

TEST(Lexer, KnowsWhereLinesBegin) {
  const Lexed l("a b\n  c // d\ne");
  ASSERT_EQ(l.tokens.size(), 4u);
  const bool first[] = {true, false, true, true};
  const bool column[] = {true, false, false, true};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(l.tokens[i].first_on_line, first[i]);
    EXPECT_EQ(l.tokens[i].in_first_column, column[i]);
  }
}

TEST(Lexer, StringsUnquote) {
  const Lexed l(R"("a\"b\\c\n\x41" "")");
  DiagnosticSink sink;
  Reporter reporter(sink);
  EXPECT_EQ(unquote(l.tokens[0], reporter), "a\"b\\c\nA");
  EXPECT_EQ(unquote(l.tokens[1], reporter), "");
  EXPECT_FALSE(sink.has_errors());
}

TEST(Lexer, OneComplaintForARunOfNonsense) {
  const Lexed l("a §§§$$$ b");
  EXPECT_EQ(l.sink.count(Severity::Error), 1u);
  EXPECT_EQ(l.tokens.size(), 2u);
}

TEST(Utf8, FindsTheFirstByteThatDoesNotBelong) {
  EXPECT_EQ(find_invalid_utf8("aé€😀"), std::string_view("aé€😀").size());
  EXPECT_EQ(find_invalid_utf8("ab\x80"), 2u);
  EXPECT_EQ(find_invalid_utf8("\xe2\x82"), 0u);
  EXPECT_EQ(find_invalid_utf8("\xe0\x80\x80"), 0u);      // overlong
  EXPECT_EQ(find_invalid_utf8("\xed\xa0\x80"), 0u);      // a surrogate
  EXPECT_EQ(find_invalid_utf8("\xf4\x90\x80\x80"), 0u);  // past U+10FFFF
}

}  // namespace
}  // namespace bh
