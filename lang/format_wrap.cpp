#include <algorithm>

#include "lang/format_writer.h"

namespace bh {

namespace {

constexpr uint8_t Forced = 0;
constexpr uint8_t NoRank = UINT8_MAX;
constexpr uint32_t FurthestHang = 60;

bool is_clause(ClauseWord word) {
  return word != ClauseWord::None && word != ClauseWord::In && word != ClauseWord::Not &&
         word != ClauseWord::At;
}

}  // namespace

// The lower the rank, the better a place to go on in a new line.
uint8_t LayoutWriter::rank_at(uint32_t i, uint32_t depth) const {
  const Lexeme& lexeme = lexemes_[i];
  if (lexeme.forced) return Forced;
  if (opens_bracket(lexemes_[i - 1].kind)) return NoRank;
  const bool joint = lexeme.clause == ClauseWord::And || lexeme.clause == ClauseWord::Or;
  const bool after_comma = lexemes_[i - 1].kind == TokenKind::Comma;
  if (depth > 0) {
    return joint || after_comma ? static_cast<uint8_t>(std::min(depth + 2, 200u)) : NoRank;
  }
  if (joint || after_comma) return 2;
  if (is_clause(lexeme.clause)) return 1;
  const bool arrow = lexeme.kind == TokenKind::Arrow || lexeme.kind == TokenKind::LeftArrow ||
                     lexeme.kind == TokenKind::FlowArrow;
  if (arrow && lexeme.spaces > 0) return 1;
  const std::string_view text = lexemes_.text(i);
  const bool sum = text == "+" || text == "-";
  return sum && lexeme.spaces > 0 && lexemes_[i + 1].spaces > 0 ? 2 : NoRank;
}

void LayoutWriter::find_wrap_points(uint32_t first, uint32_t last) {
  points_.assign(last - first, WrapPoint{});
  uint32_t depth = 0;
  for (uint32_t i = first; i < last; ++i) {
    if (closes_bracket(lexemes_[i].kind) && depth > 0) --depth;
    points_[i - first].rank = i == first ? NoRank : rank_at(i, depth);
    if (opens_bracket(lexemes_[i].kind)) ++depth;
  }
  uint32_t next = last;
  for (uint32_t i = last; i-- > first;) {
    WrapPoint& point = points_[i - first];
    point.next = point.segment = next;
    while (point.segment < last && points_[point.segment - first].rank > point.rank) {
      point.segment = points_[point.segment - first].segment;
    }
    point.part = next;
    while (point.part < last && points_[point.part - first].rank > point.rank + 1) {
      point.part = points_[point.part - first].segment;
    }
    if (point.rank != NoRank) next = i;
  }
}

// The column in which lexeme `i` would go on, outside of brackets; `operands`: where a list would.
uint32_t LayoutWriter::hang_of(const LayoutLine& line, uint32_t i, uint32_t operands) const {
  const Lexeme& lexeme = lexemes_[i];
  if (lexeme.clause == ClauseWord::And || lexeme.clause == ClauseWord::Or) {
    return line.indent + 2 * IndentWidth;
  }
  if (lexemes_[i - 1].kind != TokenKind::Comma) return line.indent + IndentWidth;
  if (line.in_list) return line.indent;
  return lexemes_[line.first].item ? operands : line.indent + IndentWidth;
}

bool LayoutWriter::wraps(const WrapPoint& point, uint32_t i, uint32_t column, uint32_t hang) const {
  if (point.rank == Forced) return true;
  const uint32_t start = column + lexemes_[i].spaces;
  if (point.rank == NoRank || hang >= start) return false;
  const auto fits = [&](uint32_t from, uint32_t end) {
    return from + lexemes_.width(i, end) <= LineWidth;
  };
  if (fits(start, point.segment)) return false;
  if (fits(hang, point.segment)) return true;
  return !fits(start, point.next) || (!fits(start, point.part) && fits(hang, point.part));
}

// Ends the line and begins the next one at `hang`, the comments before lexeme `i` between them.
uint32_t LayoutWriter::write_break(uint32_t i, uint32_t column, uint32_t hang) {
  end_line(i, column, 0);
  if (lexemes_[i].commented) {
    for (const OwnComment& comment : lexemes_.gap_before(i).own) {
      pad(hang);
      out_ += comment.text;
      out_ += '\n';
    }
  }
  pad(hang);
  return hang;
}

void LayoutWriter::write_broken(const LayoutLine& line, uint32_t first, uint32_t column) {
  find_wrap_points(first, line.last);
  hangs_.clear();
  const uint32_t operands = first == line.first ? line.indent + IndentWidth : column;
  for (uint32_t i = first; i < line.last; ++i) {
    const Lexeme& lexeme = lexemes_[i];
    if (i > first) {
      const uint32_t hang = hangs_.empty() ? hang_of(line, i, operands) : hangs_.back();
      if (wraps(points_[i - first], i, column, hang)) {
        column = write_break(i, column, hang);
      } else {
        pad(lexeme.spaces);
        column += lexeme.spaces;
      }
    }
    out_ += lexemes_.text(i);
    column += lexemes_.width(i, i + 1);
    if (opens_bracket(lexeme.kind)) {
      const uint32_t content = column + lexemes_[i + 1].spaces;
      hangs_.push_back(content <= FurthestHang ? content : line.indent + 2 * IndentWidth);
    }
    if (closes_bracket(lexeme.kind) && !hangs_.empty()) hangs_.pop_back();
  }
  end_line(line.last, column, 0);
}

}  // namespace bh
