#include <algorithm>
#include <array>

#include "lang/parse.h"

namespace bh {

namespace {

// Words that would make a place where a name may stand ambiguous.
constexpr std::array<std::string_view, 12> ReservedWords = {
    "any", "flow", "default", "and", "or", "not", "in", "true", "false", "self", "other", "same"};
// (And, Or) pairs inside one pair of parentheses are two levels of a condition.
constexpr uint32_t MaxParentheses = Conditions::MaxDepth / 2 - 1;
constexpr size_t MaxPathParts = 4;

bool reserved(std::string_view word) {
  constexpr size_t Longest = 7;
  if (word.size() > Longest) return false;
  return std::find(ReservedWords.begin(), ReservedWords.end(), word) != ReservedWords.end();
}

}  // namespace

bool Parser::name(ast::Name& to, std::string_view what) {
  if (!at(TokenKind::Name) || !reserved(now_.text)) return word(to, what);
  if (!complained()) reporter_->report(now_.span, diag::ReservedWord, now_.text, what);
  broken_ = true;
  quiet_ = true;
  return false;
}

bool Parser::word(ast::Name& to, std::string_view what) {
  if (!at(TokenKind::Name) || at_forgotten_end()) return fail(what);
  const Token token = take();
  to = {token.text, token.span};
  return true;
}

// The text of the tokens since `begin`, without what stands between them.
std::string_view Parser::compact(Span begin) {
  const std::string_view written = text_.substr(begin.begin, before_.span.end - begin.begin);
  if (written.find_first_of(" \t\r\n/") == std::string_view::npos) return written;
  std::string composed;
  for (size_t i = 0; i < written.size(); ++i) {
    if (written.substr(i).starts_with("//"))
      i = std::min(written.find('\n', i), written.size() - 1);
    if (std::string_view(" \t\r\n").find(written[i]) == std::string_view::npos)
      composed += written[i];
  }
  return ast_.composed.emplace_front(std::move(composed));
}

// `std.posix`
bool Parser::dotted(ast::Name& to, std::string_view what) {
  if (!name(to, what)) return false;
  ast::Name part;
  while (accept(TokenKind::Dot)) {
    if (!name(part, "a name after '.'")) return false;
  }
  to = {compact(to.span), span_from(to.span)};
  return true;
}

// `Parser` or `Sandbox[3]`
bool Parser::component_name(ast::Name& to, std::string_view what) {
  if (!name(to, what)) return false;
  if (!accept(TokenKind::LeftBracket)) return true;
  ast::Number index;
  if (!number(index, "the number of an instance") || !expect(TokenKind::RightBracket)) return false;
  to = {compact(to.span), span_from(to.span)};
  return true;
}

bool Parser::duration(ast::Number& to) {
  if (!at(TokenKind::Duration)) return fail("a duration, as in 250ms, 5s, 10min or 2h");
  const Token token = take();
  to = {token.number, token.span};
  return true;
}

bool Parser::number(ast::Number& to, std::string_view what) {
  if (!at(TokenKind::Number)) return fail(what);
  const Token token = take();
  to = {token.number, token.span};
  return true;
}

bool Parser::size(ast::Number& to, std::string_view what) {
  if (!number(to, what)) return false;
  unsigned shift = 0;
  if (at_word("KiB")) shift = 10;
  if (at_word("MiB")) shift = 20;
  if (shift == 0) return true;
  to.span = join(to.span, take().span);
  if (to.value > (UINT64_MAX >> shift)) {
    reporter_->report(to.span, diag::NumberTooLarge,
                      text_.substr(to.span.begin, to.span.end - to.span.begin));
    return true;
  }
  to.value <<= shift;
  return true;
}

bool Parser::string(ast::Text& to, std::string_view what) {
  if (!at(TokenKind::String)) return fail(what);
  const Token token = take();
  to = {unquote(token, *reporter_), token.span};
  return true;
}

bool Parser::because(ast::Text& to) {
  if (!accept_word("because")) return true;
  return string(to, "the reason, as a string");
}

bool Parser::value(ast::Value& to) {
  to.span = now_.span;
  switch (now_.kind) {
    case TokenKind::Number: {
      ast::Number read;
      if (!size(read, "a value")) return false;
      to.number = read.value;
      to.kind = accept_word("bytes") ? ast::ValueKind::Bytes : ast::ValueKind::Number;
      to.span = span_from(to.span);
      return true;
    }
    case TokenKind::Name: {
      ast::Name read;
      const bool constant = at_word("true") || at_word("false");
      if (!(constant ? word(read, "a value") : name(read, "a value"))) return false;
      to.kind = ast::ValueKind::Name;
      to.text = std::string(read.text);
      return true;
    }
    case TokenKind::String: {
      ast::Text read;
      to.kind = ast::ValueKind::String;
      if (!string(read, "a value")) return false;
      to.text = std::move(read.value);
      return true;
    }
    case TokenKind::End:
    case TokenKind::Duration:
    case TokenKind::LeftBrace:
    case TokenKind::RightBrace:
    case TokenKind::LeftParen:
    case TokenKind::RightParen:
    case TokenKind::LeftBracket:
    case TokenKind::RightBracket:
    case TokenKind::Comma:
    case TokenKind::Colon:
    case TokenKind::ColonColon:
    case TokenKind::Dot:
    case TokenKind::DotDot:
    case TokenKind::Star:
    case TokenKind::Plus:
    case TokenKind::Minus:
    case TokenKind::Equal:
    case TokenKind::NotEqual:
    case TokenKind::Less:
    case TokenKind::LessEqual:
    case TokenKind::Greater:
    case TokenKind::GreaterEqual:
    case TokenKind::Arrow:
    case TokenKind::FatArrow:
    case TokenKind::LeftArrow:
    case TokenKind::FlowArrow:
      return fail("a value");
  }
  BH_CHECK(false);
}

bool Parser::value_range(ast::ValueRange& to) {
  if (!value(to.low)) return false;
  if (!accept(TokenKind::DotDot)) return true;
  to.high.emplace();
  return value(*to.high);
}

bool Parser::path(ast::Path& to, std::string_view what) {
  const Span begin = now_.span;
  if (at_word("other") && next_is(TokenKind::Name)) {
    take();
    to.others = true;
  }
  to.parts.reserve(3);  // COMPONENT.endpoint.method
  ast::Name& first = to.parts.emplace_back();
  const bool everyone = at_word("any") || at_word("self");
  if (!(everyone ? word(first, what) : component_name(first, what))) return false;
  while (accept(TokenKind::Dot)) {
    if (at(TokenKind::LeftBrace)) {
      const auto alternative = [&] {
        to.alternatives.emplace_back();
        return name(to.alternatives.back(), "a name");
      };
      if (!braced(false, "a name", alternative)) return false;
      break;
    }
    if (to.parts.size() == MaxPathParts) return fail("no more than four names joined by '.'");
    to.parts.emplace_back();
    if (!name(to.parts.back(), "a name after '.'")) return false;
    if (to.parts.back().text == "life") ast_.mentions_life = true;
  }
  if (to.parts[0].text == "Life") ast_.mentions_life = true;
  to.span = span_from(begin);
  return true;
}

bool Parser::path_set(ast::PathSet& to, std::string_view what, bool may_be_empty) {
  const Span begin = now_.span;
  const auto item = [&] {
    to.paths.emplace_back();
    return path(to.paths.back(), what);
  };
  const bool ok = at(TokenKind::LeftBrace) ? braced(may_be_empty, what, item) : item();
  to.span = span_from(begin);
  return ok;
}

// `name`, `outer::name` or a string
bool Parser::function_name(ast::Text& to) {
  if (at(TokenKind::String)) return string(to, "a function");
  const Span begin = now_.span;
  ast::Name part;
  if (!word(part, "a function")) return false;
  to.value = std::string(part.text);
  while (accept(TokenKind::ColonColon)) {
    if (!word(part, "a name after '::'")) return false;
    to.value.append("::").append(part.text);
  }
  to.span = span_from(begin);
  return true;
}

// ---- conditions -----------------------------------------------------------------------------

bool Parser::join_operands(ast::Expr& to, ast::ExprKind kind, std::string_view word, uint32_t depth,
                           bool (Parser::*operand)(ast::Expr&, uint32_t)) {
  const Span begin = now_.span;
  if (!(this->*operand)(to, depth)) return false;
  if (!at_word(word)) return true;
  ast::Expr joined;
  joined.kind = kind;
  joined.operands.push_back(std::move(to));
  while (accept_word(word)) {
    joined.operands.emplace_back();
    if (!(this->*operand)(joined.operands.back(), depth)) return false;
  }
  joined.span = span_from(begin);
  to = std::move(joined);
  return true;
}

bool Parser::expr(ast::Expr& to, uint32_t depth) {
  return join_operands(to, ast::ExprKind::Or, "or", depth, &Parser::conjunction);
}

bool Parser::conjunction(ast::Expr& to, uint32_t depth) {
  return join_operands(to, ast::ExprKind::And, "and", depth, &Parser::negation);
}

bool Parser::negation(ast::Expr& to, uint32_t depth) {
  const Span begin = now_.span;
  bool negated = false;
  while (accept_word("not")) negated = !negated;
  if (!negated) return atom(to, depth);
  to.kind = ast::ExprKind::Not;
  to.operands.emplace_back();
  if (!atom(to.operands[0], depth)) return false;
  to.span = span_from(begin);
  return true;
}

bool Parser::atom(ast::Expr& to, uint32_t depth) {
  if (!at(TokenKind::LeftParen)) return comparison(to);
  if (depth == MaxParentheses) {
    reporter_->report(now_.span, diag::TooDeep, MaxParentheses);
    broken_ = true;
    return false;
  }
  take();
  return expr(to, depth + 1) && expect(TokenKind::RightParen);
}

static std::optional<ast::Comparison> comparison_of(TokenKind kind) {
  if (kind == TokenKind::Equal) return ast::Comparison::Equal;
  if (kind == TokenKind::NotEqual) return ast::Comparison::NotEqual;
  if (kind == TokenKind::Less) return ast::Comparison::Less;
  if (kind == TokenKind::LessEqual) return ast::Comparison::LessEqual;
  if (kind == TokenKind::Greater) return ast::Comparison::Greater;
  if (kind == TokenKind::GreaterEqual) return ast::Comparison::GreaterEqual;
  return std::nullopt;
}

bool Parser::comparison(ast::Expr& to) {
  const Span begin = now_.span;
  const bool constant = at_word("true") || at_word("false");
  if (at(TokenKind::Name) && reserved(now_.text) && !constant) return fail("a parameter");
  if (!word(to.parameter, "a condition")) return false;
  to.span = begin;
  if (constant) {
    to.kind = ast::ExprKind::Constant;
    to.constant = to.parameter.text == "true";
    return true;
  }
  if (to.parameter.text == "size" && accept(TokenKind::LeftParen)) {
    to.of_size = true;
    if (!name(to.parameter, "a parameter") || !expect(TokenKind::RightParen)) return false;
  }
  bool ok = true;
  if (accept_word("in")) {
    to.kind = ast::ExprKind::In;
    const auto item = [&] {
      to.values.emplace_back();
      return value_range(to.values.back());
    };
    ok = at(TokenKind::LeftBrace) ? braced(false, "a value", item) : item();
  } else if (const auto comparison = comparison_of(now_.kind)) {
    take();
    to.kind = ast::ExprKind::Compare;
    to.comparison = *comparison;
    to.values.emplace_back();
    ok = value(to.values[0].low);
  } else if (to.of_size) {
    ok = fail("a comparison");
  } else {
    to.kind = ast::ExprKind::Flag;
  }
  to.span = span_from(begin);
  return ok;
}

}  // namespace bh
