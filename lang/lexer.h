// Text to tokens, one at a time: nothing is kept, so a large file costs no more memory than its
// text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/source/source.h"
#include "lang/reporter.h"

namespace bh {

enum class TokenKind : uint8_t {
  End,
  Name,    // [A-Za-z_][A-Za-z0-9_]*; every keyword is a name, and means something only in its place
  Number,  // 12, 0x1F, 0b101, 64_000
  Duration,  // 250ms, 5s, 10min, 2h
  String,    // "..." on one line
  LeftBrace,
  RightBrace,
  LeftParen,
  RightParen,
  LeftBracket,
  RightBracket,
  Comma,
  Colon,
  ColonColon,
  Dot,
  DotDot,
  Star,
  Plus,
  Minus,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Arrow,      // ->
  FatArrow,   // =>
  LeftArrow,  // <-
  FlowArrow,  // ~>
};

struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text;
  Span span;
  uint64_t number = 0;         // Number; Duration: milliseconds
  bool first_on_line = false;  // only blanks before it on its line
  bool in_first_column = false;
};

// "'->'", "a name": how messages speak of a kind.
std::string_view describe(TokenKind kind);

class Lexer {
 public:
  // `text` outlives the lexer and is valid UTF-8.
  Lexer(std::string_view text, FileId file, Reporter& reporter)
      : text_(text), file_(file), reporter_(&reporter) {}
  // The next token; End for ever once the text is used up. What is not a token is reported and
  // skipped.
  Token next();

 private:
  void skip_blanks();
  void skip_unexpected();
  bool at(std::string_view symbol) const { return text_.substr(at_).starts_with(symbol); }
  Token make(TokenKind kind, size_t begin);
  Token number(size_t begin);
  Token duration(Token token, uint64_t unit);
  Token string(size_t begin);

  std::string_view text_;
  FileId file_;
  Reporter* reporter_;
  size_t at_ = 0;
  size_t line_begin_ = 0;
  bool line_used_ = false;  // a token was seen on this line
};

// The offset of the first byte that is not part of valid UTF-8; text.size() when all is.
size_t find_invalid_utf8(std::string_view text);

// The value of a String token: quotes removed, escapes (\" \\ \n \t \xHH) replaced.
std::string unquote(const Token& token, Reporter& reporter);

}  // namespace bh
