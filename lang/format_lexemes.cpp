#include "lang/format_lexemes.h"

#include <algorithm>

#include "core/diag/render.h"
#include "lang/parser.h"

namespace bh {

namespace {

constexpr uint32_t NoLexeme = UINT32_MAX;

bool is_one_of(TokenKind kind, std::initializer_list<TokenKind> kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// Whether the two characters, side by side, could be read as one token or as a comment.
bool would_join(char before, char after) {
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (word(before)) return word(after);
  switch (before) {
    case '.':
    case ':':
    case '/':
      return after == before;
    case '-':
    case '~':
      return after == '>';
    case '=':
      return after == '>' || after == '=';
    case '<':
      return after == '-' || after == '=';
    case '>':
    case '!':
      return after == '=';
    default:
      return false;
  }
}

bool has_blank_line(std::string_view gap) {
  const size_t first = gap.find('\n');
  if (first == std::string_view::npos) return false;
  bool empty = true;
  for (const char c : gap.substr(first + 1)) {
    if (c == '\n' && empty) return true;
    empty = c == '\n' || (empty && (c == ' ' || c == '\t' || c == '\r'));
  }
  return false;
}

std::string_view trimmed(std::string_view comment) {
  const size_t last = comment.find_last_not_of(" \t\r");
  return comment.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

bool opens_bracket(TokenKind kind) {
  return is_one_of(kind, {TokenKind::LeftBrace, TokenKind::LeftParen, TokenKind::LeftBracket});
}

bool closes_bracket(TokenKind kind) {
  return is_one_of(kind, {TokenKind::RightBrace, TokenKind::RightParen, TokenKind::RightBracket});
}

// Fills a Lexemes: tokens first, then, with the tokens around each at hand, the rest.
class LexemeReader {
 public:
  explicit LexemeReader(Lexemes& to) : text_(to.text_), all_(to.all_) {}

  void read() {
    read_tokens();
    const auto count = static_cast<uint32_t>(all_.size()) - 1;
    for (uint32_t i = 0; i < count; ++i) annotate(i);
    end_statement(count);
  }

 private:
  struct Bracket {
    uint32_t at = 0;
    bool tight = false;   // no space inside the braces
    bool commas = false;  // among its own elements
    bool forced = false;  // something inside has to begin a line
    bool spread = false;  // a block whose items the author put on several lines
  };

  void read_tokens();
  void annotate(uint32_t i);
  void open(uint32_t i);
  void close(uint32_t i);
  void end_statement(uint32_t end);
  bool begins_statement_here(uint32_t i) const;
  bool begins_item_here(uint32_t i) const;
  bool separate_item(uint32_t i) const;
  ClauseWord clause_at(uint32_t i) const;
  uint8_t spaces_before(uint32_t i) const;
  uint8_t spaces_after(uint32_t i, const Lexeme& next) const;
  bool in_transition() const { return in_block() && statement_word_ == "protocol"; }
  bool in_block() const { return !open_.empty() && all_[open_.back().at].block; }
  bool is(uint32_t i, TokenKind kind) const { return i < all_.size() && all_[i].kind == kind; }
  bool operand_before(uint32_t i) const;
  std::string_view text(uint32_t i) const {
    return text_.substr(all_[i].begin, all_[i].end - all_[i].begin);
  }

  std::string_view text_;
  std::vector<Lexeme>& all_;
  std::vector<Bracket> open_;
  uint32_t statement_ = 0;
  std::string_view statement_word_;
  uint32_t block_ = NoLexeme;  // of this statement
  uint32_t item_ = 0;          // the last one that began
};

void LexemeReader::read_tokens() {
  DiagnosticSink ignored;
  Reporter reporter(ignored);
  Lexer lexer(text_, FileId(0), reporter);
  all_.reserve(text_.size() / 2 + 16);  // what is never touched costs nothing
  uint32_t before = 0;
  while (true) {
    const Token token = lexer.next();
    Lexeme& to = all_.emplace_back();
    to.begin = token.span.begin;
    to.end = token.span.end;
    to.kind = token.kind;
    to.first_on_line = token.first_on_line;
    if (token.first_on_line || token.kind == TokenKind::End) {
      const std::string_view gap = text_.substr(before, to.begin - before);
      to.commented = gap.find('/') != std::string_view::npos;
      to.after_blank = has_blank_line(gap);
    }
    before = to.end;
    if (token.kind == TokenKind::End) return;
  }
}

void LexemeReader::annotate(uint32_t i) {
  Lexeme& lexeme = all_[i];
  if (lexeme.kind == TokenKind::Name) lexeme.clause = clause_at(i);
  if (begins_statement_here(i)) {
    end_statement(i);
    lexeme.statement = true;
    statement_ = i;
    statement_word_ = text(i);
    lexeme.row = statement_row(statement_word_);
  } else if (begins_item_here(i)) {
    lexeme.item = true;
    item_ = i;
    lexeme.row = item_row(statement_word_, text(i));
    if (lexeme.row == nullptr && (is(i + 1, TokenKind::Minus) || is(i + 1, TokenKind::Star) ||
                                  is(i + 1, TokenKind::Equal))) {
      lexeme.row = item_row(statement_word_, "");
    }
  }
  const bool begins = lexeme.statement || lexeme.item;
  lexeme.forced =
      lexeme.commented || (lexeme.clause == ClauseWord::Because && lexeme.first_on_line && !begins);
  lexeme.spaces = i == 0 ? 0 : spaces_before(i);
  const std::string_view word = text(i);
  const bool ascii = lexeme.kind != TokenKind::String ||
                     std::all_of(word.begin(), word.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  lexeme.flat_end = (i == 0 ? 0 : all_[i - 1].flat_end) + lexeme.spaces +
                    static_cast<uint32_t>(ascii ? word.size() : display_width(word));
  if (!open_.empty()) {
    Bracket& inside = open_.back();
    inside.commas |= lexeme.kind == TokenKind::Comma;
    inside.forced |= lexeme.forced;
    inside.spread |= lexeme.item && lexeme.first_on_line;
  }
  if (opens_bracket(lexeme.kind)) open(i);
  if (closes_bracket(lexeme.kind)) close(i);
}

void LexemeReader::open(uint32_t i) {
  Bracket bracket;
  bracket.at = i;
  if (is(i, TokenKind::LeftBrace)) {
    const bool of_path = i > 0 && is(i - 1, TokenKind::Dot);
    const LayoutRow* row = all_[statement_].row;
    all_[i].block = open_.empty() && block_ == NoLexeme && !of_path && row != nullptr && row->block;
    if (all_[i].block) block_ = i;
    bracket.tight = !all_[i].block && (of_path || (i > 0 && all_[i - 1].clause == ClauseWord::In));
  }
  open_.push_back(bracket);
}

// Decides whether braces stay on their line. What decides survives the layout: a comment or a break
// before an item stays, as does a comma before a brace on its own line.
void LexemeReader::close(uint32_t i) {
  if (open_.empty()) return;
  const Bracket bracket = open_.back();
  open_.pop_back();
  Lexeme& begin = all_[bracket.at];
  begin.partner = i;
  all_[i].partner = bracket.at;
  bool forced = bracket.forced;
  if (begin.kind == TokenKind::LeftBrace) {
    const bool empty = bracket.at + 1 == i;
    const bool kept_list = is(i - 1, TokenKind::Comma) && all_[i].first_on_line;
    const bool kept_lines =
        !bracket.tight && !bracket.commas && !empty && all_[bracket.at + 1].first_on_line;
    const bool spread = !empty && (bracket.spread || all_[i].first_on_line);
    begin.exploded = forced || (begin.block ? spread : kept_list || kept_lines);
    begin.single = begin.block && !all_[bracket.at + 1].first_on_line;
    forced = begin.exploded;
  }
  if (!open_.empty()) open_.back().forced |= forced;
}

// A block on one line stays there if the statement fits.
void LexemeReader::end_statement(uint32_t end) {
  if (block_ != NoLexeme && !all_[block_].exploded && all_[block_].partner > block_ + 1) {
    const uint32_t start =
        all_[statement_].flat_end - (all_[statement_].end - all_[statement_].begin);
    if (all_[end - 1].flat_end - start > LineWidth) {
      all_[block_].exploded = true;
      all_[block_].single = true;
    }
  }
  block_ = NoLexeme;
}

bool LexemeReader::operand_before(uint32_t i) const {
  if (i == 0) return true;
  Token before;
  before.text = text(i - 1);
  return ends_operand(before) && all_[i - 1].clause == ClauseWord::None;
}

// In the middle of a line a statement must look like one: a word of statements may be a name.
bool LexemeReader::begins_statement_here(uint32_t i) const {
  if (!open_.empty() || all_[i].kind != TokenKind::Name) return false;
  if (i == 0) return true;
  if (all_[i - 1].statement) return false;  // its name, which may be any word
  if (!all_[i].first_on_line) {
    if (!is(i + 1, TokenKind::Name) && !is(i + 1, TokenKind::String)) return false;
    const bool headed = is(i + 2, TokenKind::Colon) || is(i + 2, TokenKind::Equal) ||
                        is(i + 2, TokenKind::LeftBrace) || is(i + 2, TokenKind::LeftBracket) ||
                        (is(i + 2, TokenKind::Name) && text(i + 2) == "on");
    if (!headed) return false;
  }
  return operand_before(i) && begins_statement(text(i));
}

bool LexemeReader::begins_item_here(uint32_t i) const {
  if (!in_block() || closes_bracket(all_[i].kind)) return false;
  return i == open_.back().at + 1 || separate_item(i);
}

bool LexemeReader::separate_item(uint32_t i) const {
  const Lexeme& lexeme = all_[i];
  if (lexeme.kind != TokenKind::Name || lexeme.clause != ClauseWord::None) return false;
  if (statement_word_ == "protocol") {
    const bool state =
        is(i + 1, TokenKind::Minus) || (is(i + 1, TokenKind::Star) && is(i + 2, TokenKind::Minus));
    return state && !is(i - 1, TokenKind::Minus);
  }
  if (i < item_ + 2 || !operand_before(i)) return false;
  if (item_row(statement_word_, text(i)) != nullptr || lexeme.first_on_line) return true;
  return is(i + 1, TokenKind::Equal) && item_row(statement_word_, "") != nullptr;
}

ClauseWord LexemeReader::clause_at(uint32_t i) const {
  const ClauseWord clause = clause_word(text(i));
  if (clause == ClauseWord::None || i == 0) return ClauseWord::None;
  // Elsewhere it ends a property: `never n: A without B before`.
  if (clause == ClauseWord::Before && statement_word_ != "code") return ClauseWord::None;
  if (is(i + 1, TokenKind::Colon) || is(i + 1, TokenKind::Dot)) return ClauseWord::None;
  if (clause == ClauseWord::Not) return clause;
  Token before;
  before.text = text(i - 1);
  return ends_operand(before) ? clause : ClauseWord::None;
}

uint8_t LexemeReader::spaces_before(uint32_t i) const {
  using enum TokenKind;
  const Lexeme& before = all_[i - 1];
  const Lexeme& lexeme = all_[i];
  if (lexeme.item && before.kind != LeftBrace) return ItemGap;
  if (would_join(text_[before.end - 1], text_[lexeme.begin])) return 1;
  if (is_one_of(lexeme.kind,
                {Comma, Colon, ColonColon, Dot, DotDot, Star, RightParen, RightBracket})) {
    return 0;
  }
  if (lexeme.kind == RightBrace) return before.kind == LeftBrace || open_.back().tight ? 0 : 1;
  if (is_one_of(lexeme.kind, {LeftParen, LeftBracket}) && operand_before(i)) return 0;
  if (lexeme.kind == Arrow && in_transition()) return 0;
  return spaces_after(i - 1, lexeme);
}

uint8_t LexemeReader::spaces_after(uint32_t i, const Lexeme& next) const {
  using enum TokenKind;
  if (is_one_of(all_[i].kind, {LeftParen, LeftBracket, Dot, DotDot, ColonColon})) return 0;
  if (all_[i].kind == LeftBrace) return open_.back().tight ? 0 : 1;
  if (all_[i].kind != Minus || next.kind == LeftBrace) return 1;
  return in_transition() || !operand_before(i) ? 0 : 1;
}

Lexemes::Lexemes(std::string_view text) : text_(text) { LexemeReader(*this).read(); }

Gap Lexemes::gap_before(uint32_t i) const {
  Gap gap;
  size_t at = i == 0 ? 0 : all_[i - 1].end;
  const size_t end = all_[i].begin;
  uint32_t breaks = i == 0 ? 1 : 0;
  while (at < end) {
    if (text_[at] != '/') {
      if (text_[at++] == '\n') ++breaks;
      continue;
    }
    const size_t stop = std::min(text_.find('\n', at), end);
    const std::string_view comment = trimmed(text_.substr(at, stop - at));
    if (breaks == 0) {
      gap.trailing = comment;
      gap.trailing_begin = static_cast<uint32_t>(at);
    } else {
      gap.own.push_back({comment, static_cast<uint32_t>(at), breaks > 1});
    }
    breaks = 0;
    at = stop;
  }
  gap.blank_at_end = breaks > 1;
  return gap;
}

uint32_t Lexemes::width(uint32_t first, uint32_t last) const {
  if (first >= last) return 0;
  const uint32_t start = (first == 0 ? 0 : all_[first - 1].flat_end) + all_[first].spaces;
  return all_[last - 1].flat_end - start;
}

}  // namespace bh
