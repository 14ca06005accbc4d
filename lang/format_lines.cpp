#include "lang/format_lines.h"

namespace bh {

bool LineCutter::next(LayoutLine& line) {
  if (at_ == lexemes_.size()) return false;
  line = {};
  line.closes = !open_.empty() && at_ == lexemes_[open_.back()].partner;
  if (line.closes) open_.pop_back();
  line.first = at_;
  line.indent = IndentWidth * static_cast<uint32_t>(open_.size());
  line.in_list = !open_.empty() && !lexemes_[open_.back()].block;
  line.last = end_of_line(at_);
  const auto too_long = [&] {
    return line.indent + lexemes_.width(line.first, line.last) > LineWidth;
  };
  if (!open_.empty() && too_long()) line.last = end_of_part(line);
  line.broken = too_long();
  for (uint32_t i = line.first + 1; i < line.last; ++i) line.broken |= lexemes_[i].forced;
  at_ = line.last;
  if (lexemes_[at_ - 1].exploded) open_.push_back(at_ - 1);
  return true;
}

uint32_t LineCutter::end_of_line(uint32_t first) const {
  uint32_t depth = 0;
  for (uint32_t i = first; i < lexemes_.size(); ++i) {
    if (i > first && depth == 0 && begins_line(i)) return i;
    if (lexemes_[i].exploded) return i + 1;
    if (opens_bracket(lexemes_[i].kind)) ++depth;
    if (closes_bracket(lexemes_[i].kind) && depth > 0) --depth;
  }
  return lexemes_.size();
}

bool LineCutter::begins_line(uint32_t i) const {
  const Lexeme& lexeme = lexemes_[i];
  if (open_.empty()) return lexeme.statement;
  const Lexeme& brace = lexemes_[open_.back()];
  if (i == brace.partner) return true;
  if (brace.block) return lexeme.item && (lexeme.first_on_line || brace.single);
  if (!lexeme.first_on_line) return false;
  if (lexemes_[i - 1].kind == TokenKind::Comma) return true;
  Token before;
  before.text = lexemes_.text(i - 1);
  return lexeme.kind == TokenKind::Name && lexeme.clause == ClauseWord::None &&
         lexemes_[i - 1].clause == ClauseWord::None && ends_operand(before);
}

// The elements of an exploded brace that fit on one line, or the first.
uint32_t LineCutter::end_of_part(const LayoutLine& line) const {
  const bool block = lexemes_[open_.back()].block;
  uint32_t depth = 0;
  uint32_t end = line.last;
  for (uint32_t i = line.first; i < line.last; ++i) {
    const bool begins =
        block ? lexemes_[i].item : i > 0 && lexemes_[i - 1].kind == TokenKind::Comma;
    if (i > line.first && depth == 0 && begins) {
      const bool fits = line.indent + lexemes_.width(line.first, i) <= LineWidth;
      if (!fits && end != line.last) return end;
      end = i;
      if (!fits) return end;
    }
    if (opens_bracket(lexemes_[i].kind)) ++depth;
    if (closes_bracket(lexemes_[i].kind) && depth > 0) --depth;
  }
  return end;
}

}  // namespace bh
