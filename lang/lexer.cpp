#include "lang/lexer.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace bh {

namespace {

struct Symbol {
  TokenKind kind;
  size_t length;  // 0: none
};

// The longest symbol that `text` begins with.
Symbol symbol_at(std::string_view text) {
  const char second = text.size() > 1 ? text[1] : '\0';
  const auto either = [&](char follower, TokenKind two, TokenKind one) {
    return second == follower ? Symbol{two, 2} : Symbol{one, 1};
  };
  switch (text.empty() ? '\0' : text[0]) {
    case '{':
      return {TokenKind::LeftBrace, 1};
    case '}':
      return {TokenKind::RightBrace, 1};
    case '(':
      return {TokenKind::LeftParen, 1};
    case ')':
      return {TokenKind::RightParen, 1};
    case '[':
      return {TokenKind::LeftBracket, 1};
    case ']':
      return {TokenKind::RightBracket, 1};
    case ',':
      return {TokenKind::Comma, 1};
    case '*':
      return {TokenKind::Star, 1};
    case '+':
      return {TokenKind::Plus, 1};
    case '.':
      return either('.', TokenKind::DotDot, TokenKind::Dot);
    case ':':
      return either(':', TokenKind::ColonColon, TokenKind::Colon);
    case '-':
      return either('>', TokenKind::Arrow, TokenKind::Minus);
    case '=':
      return either('>', TokenKind::FatArrow, TokenKind::Equal);
    case '>':
      return either('=', TokenKind::GreaterEqual, TokenKind::Greater);
    case '<':
      if (second == '-') return {TokenKind::LeftArrow, 2};
      return either('=', TokenKind::LessEqual, TokenKind::Less);
    case '~':
      return either('>', TokenKind::FlowArrow, TokenKind::End);
    case '!':
      return either('=', TokenKind::NotEqual, TokenKind::End);
    default:
      return {TokenKind::End, 0};
  }
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_letter(c) || is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

// The bytes of the UTF-8 sequence that `lead` begins; 1 for what cannot begin one.
size_t sequence_length(unsigned char lead) {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  if (lead >= 0xc0) return 2;
  return 1;
}

std::string visible(std::string_view character) {
  const auto byte = static_cast<unsigned char>(character[0]);
  if (byte >= 0x20 && byte != 0x7f) return std::string(character);
  return fmt::format("\\x{:02x}", byte);
}

}  // namespace

std::string_view describe(TokenKind kind) {
  switch (kind) {
    case TokenKind::End:
      return "the end of the file";
    case TokenKind::Name:
      return "a name";
    case TokenKind::Number:
      return "a number";
    case TokenKind::Duration:
      return "a duration";
    case TokenKind::String:
      return "a string";
    case TokenKind::LeftBrace:
      return "'{'";
    case TokenKind::RightBrace:
      return "'}'";
    case TokenKind::LeftParen:
      return "'('";
    case TokenKind::RightParen:
      return "')'";
    case TokenKind::LeftBracket:
      return "'['";
    case TokenKind::RightBracket:
      return "']'";
    case TokenKind::Comma:
      return "','";
    case TokenKind::Colon:
      return "':'";
    case TokenKind::ColonColon:
      return "'::'";
    case TokenKind::Dot:
      return "'.'";
    case TokenKind::DotDot:
      return "'..'";
    case TokenKind::Star:
      return "'*'";
    case TokenKind::Plus:
      return "'+'";
    case TokenKind::Minus:
      return "'-'";
    case TokenKind::Equal:
      return "'='";
    case TokenKind::NotEqual:
      return "'!='";
    case TokenKind::Less:
      return "'<'";
    case TokenKind::LessEqual:
      return "'<='";
    case TokenKind::Greater:
      return "'>'";
    case TokenKind::GreaterEqual:
      return "'>='";
    case TokenKind::Arrow:
      return "'->'";
    case TokenKind::FatArrow:
      return "'=>'";
    case TokenKind::LeftArrow:
      return "'<-'";
    case TokenKind::FlowArrow:
      return "'~>'";
  }
  BH_CHECK(false);
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    if (text_[at_] == '\n') {
      line_begin_ = ++at_;
      line_used_ = false;
    } else if (is_blank(text_[at_])) {
      ++at_;
    } else if (at("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      return;
    }
  }
}

Token Lexer::make(TokenKind kind, size_t begin) {
  Token token;
  token.kind = kind;
  token.text = text_.substr(begin, at_ - begin);
  token.span = {file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)};
  token.first_on_line = !line_used_;
  token.in_first_column = begin == line_begin_;
  line_used_ = true;
  return token;
}

Token Lexer::next() {
  while (true) {
    skip_blanks();
    const size_t begin = at_;
    if (at_ == text_.size()) return make(TokenKind::End, begin);
    const char c = text_[at_];
    if (is_letter(c)) {
      while (at_ < text_.size() && is_word(text_[at_])) ++at_;
      return make(TokenKind::Name, begin);
    }
    if (is_digit(c)) return number(begin);
    if (c == '"') return string(begin);
    if (at("==")) {
      at_ += 2;
      Token token = make(TokenKind::Equal, begin);
      reporter_->report(token.span, diag::UnexpectedCharacter, "==")
          .fix({"write '='", token.span, "="});
      return token;
    }
    if (const Symbol symbol = symbol_at(text_.substr(at_)); symbol.kind != TokenKind::End) {
      at_ += symbol.length;
      return make(symbol.kind, begin);
    }
    skip_unexpected();
  }
}

// One report for a whole run of characters that begin no token.
void Lexer::skip_unexpected() {
  const size_t begin = at_;
  const auto starts_token = [&](char c) {
    if (is_blank(c) || is_word(c) || c == '"') return true;
    return symbol_at(text_.substr(at_)).kind != TokenKind::End;
  };
  do {
    at_ = std::min(text_.size(), at_ + sequence_length(static_cast<unsigned char>(text_[at_])));
  } while (at_ < text_.size() && !starts_token(text_[at_]));
  const size_t first =
      std::min(sequence_length(static_cast<unsigned char>(text_[begin])), at_ - begin);
  const Span span = {file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)};
  const std::string_view from = text_.substr(begin);
  auto report =
      reporter_->report(span, diag::UnexpectedCharacter, visible(text_.substr(begin, first)));
  if (text_[begin] == '#' || text_[begin] == '/' || text_[begin] == ';') {
    report.help("a comment begins with '//'; statements need no separator");
    // What was meant as a comment is skipped like one.
    if (from.starts_with('#')) at_ = std::min(text_.find('\n', begin), text_.size());
    if (from.starts_with("/*")) at_ = std::min(text_.find("*/", begin), text_.size() - 2) + 2;
  } else if (text_[begin] == '!' || text_[begin] == '&' || text_[begin] == '|') {
    report.help("conditions are joined by 'and', 'or' and 'not'");
  }
}

// The digits of a number as a value; nothing when one of them does not belong, or it needs more
// than 64 bits.
static std::optional<uint64_t> parse_digits(std::string_view digits, unsigned base,
                                            bool& too_large) {
  uint64_t value = 0;
  bool any = false;
  for (const char c : digits) {
    if (c == '_') continue;
    const auto digit = static_cast<uint64_t>(digit_value(c));
    if (digit >= base) return std::nullopt;
    any = true;
    if (value > (UINT64_MAX - digit) / base) too_large = true;
    value = value * base + digit;
  }
  if (!any) return std::nullopt;
  return value;
}

// The milliseconds of the unit that a number ends in; 0: none of these.
static uint64_t duration_unit(std::string_view digits_and_unit) {
  const size_t unit = digits_and_unit.find_first_not_of("0123456789_");
  const std::string_view word = digits_and_unit.substr(std::min(unit, digits_and_unit.size()));
  if (word == "ms") return 1;
  if (word == "s") return 1000;
  if (word == "min") return 60'000;
  if (word == "h") return 3'600'000;
  return 0;
}

Token Lexer::duration(Token token, uint64_t unit) {
  token.kind = TokenKind::Duration;
  bool too_large = false;
  const auto digits = token.text.substr(0, token.text.find_first_not_of("0123456789_"));
  const auto value = parse_digits(digits, 10, too_large);
  if (too_large || *value > UINT64_MAX / unit) {
    reporter_->report(token.span, diag::NumberTooLarge, token.text);
  } else {
    token.number = *value * unit;
  }
  return token;
}

Token Lexer::number(size_t begin) {
  while (at_ < text_.size() && is_word(text_[at_])) ++at_;
  Token token = make(TokenKind::Number, begin);
  if (const uint64_t unit = duration_unit(token.text)) return duration(token, unit);
  unsigned base = 10;
  if (token.text.starts_with("0x")) base = 16;
  if (token.text.starts_with("0b")) base = 2;
  bool too_large = false;
  const auto value = parse_digits(token.text.substr(base == 10 ? 0 : 2), base, too_large);
  if (!value) {
    reporter_->report(token.span, diag::BadNumber, token.text)
        .help(
            "numbers are decimal, 0x… or 0b…, with '_' anywhere between digits; sizes have their "
            "unit apart, "
            "durations do not: 64 KiB, 5s");
  } else if (too_large) {
    reporter_->report(token.span, diag::NumberTooLarge, token.text);
  } else {
    token.number = *value;
  }
  return token;
}

Token Lexer::string(size_t begin) {
  for (++at_; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
    if (text_[at_] == '"') {
      ++at_;
      return make(TokenKind::String, begin);
    }
    if (text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
  }
  if (text_[at_ - 1] == '\r') --at_;
  Token token = make(TokenKind::String, begin);
  reporter_->report({file_, token.span.begin, token.span.begin + 1}, diag::UnterminatedString)
      .help("a string ends with '\"' on the line where it began");
  return token;
}

// One byte of a string and how much text it took.
struct Unquoted {
  char value;
  size_t length;  // 0: not an escape
};

static Unquoted unescape(std::string_view text) {
  if (text.size() < 2) return {0, 0};
  switch (text[1]) {
    case '"':
      return {'"', 2};
    case '\\':
      return {'\\', 2};
    case 'n':
      return {'\n', 2};
    case 't':
      return {'\t', 2};
    case 'x':
      if (text.size() >= 4 && digit_value(text[2]) < 16 && digit_value(text[3]) < 16) {
        return {static_cast<char>(digit_value(text[2]) * 16 + digit_value(text[3])), 4};
      }
      return {0, 0};
    default:
      return {0, 0};
  }
}

std::string unquote(const Token& token, Reporter& reporter) {
  std::string_view text = token.text;
  text.remove_prefix(1);
  if (text.ends_with('"')) text.remove_suffix(1);
  std::string value;
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      value += text[i++];
      continue;
    }
    const Unquoted one = unescape(text.substr(i));
    if (one.length == 0) {
      const uint32_t begin = token.span.begin + 1 + static_cast<uint32_t>(i);
      reporter.report({token.span.file, begin, begin + 1}, diag::BadEscape)
          .help("the escapes are \\\" \\\\ \\n \\t and \\xHH");
      return value;
    }
    value += one.value;
    i += one.length;
  }
  return value;
}

// Whether eight bytes are ASCII.
static bool is_ascii(const char* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return (word & UINT64_C(0x8080808080808080)) == 0;
}

// The permitted second bytes exclude overlong forms, surrogates and code points past U+10FFFF
// (Unicode 15, table 3-7).
size_t find_invalid_utf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  size_t i = 0;
  while (i < text.size()) {
    const unsigned char lead = byte(i);
    if (lead < 0x80) {
      ++i;
      while (i + sizeof(uint64_t) <= text.size() && is_ascii(text.data() + i))
        i += sizeof(uint64_t);
      continue;
    }
    if (lead < 0xc2 || lead > 0xf4) return i;
    const size_t length = sequence_length(lead);
    if (i + length > text.size()) return i;
    const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(i + 1) < low || byte(i + 1) > high) return i;
    for (size_t k = 2; k < length; ++k) {
      if (byte(i + k) < 0x80 || byte(i + k) > 0xbf) return i;
    }
    i += length;
  }
  return i;
}

}  // namespace bh
