#include "lang/format_writer.h"

#include <algorithm>

#include "core/diag/render.h"

namespace bh {

namespace {

constexpr uint16_t NoColumn = UINT16_MAX;
constexpr size_t MostColumns = 64;     // of a run; bounds the work for each of its lines
constexpr uint32_t LeastBroken = 40;   // columns for what goes on in other lines
constexpr uint32_t MostPadding = 28;   // spaces that alignment may add between two pieces
constexpr uint32_t ArrowPadding = 16;  // the same before an arrow, which joins what is beside it
constexpr uint32_t MostOverhang = 16;  // by which a piece that ends a line may widen its column

uint32_t bit(ColumnStop stop) { return uint32_t{1} << static_cast<unsigned>(stop); }

// The stop that lexeme `i` of a line or item, which begins with `word`, could be.
ColumnStop stop_at(const Lexemes& lexemes, uint32_t i, uint32_t word, const LayoutRow& row) {
  const TokenKind before = lexemes[i - 1].kind;
  const Lexeme& lexeme = lexemes[i];
  if (i == word + 1 && row.has(ColumnStop::AfterWord)) return ColumnStop::AfterWord;
  if (before == TokenKind::Colon) return ColumnStop::AfterColon;
  if (before == TokenKind::Arrow) return ColumnStop::AfterArrow;
  if (lexeme.kind == TokenKind::Minus) return ColumnStop::AtMinus;
  if (lexeme.kind == TokenKind::Arrow) return ColumnStop::AtArrow;
  if (lexeme.kind == TokenKind::Equal) return ColumnStop::AtEqual;
  if (lexeme.kind == TokenKind::LeftArrow) return ColumnStop::AtLeftArrow;
  if (lexeme.kind == TokenKind::LeftBrace) return ColumnStop::AtBrace;
  if (lexemes[i + 1].kind == TokenKind::FatArrow) return ColumnStop::AtLevels;
  if (lexeme.clause == ClauseWord::Because) return ColumnStop::AtBecause;
  if (lexeme.clause == ClauseWord::When) return ColumnStop::AtCondition;
  if (lexeme.clause == ClauseWord::Unless) return ColumnStop::AtCondition;
  if (lexeme.clause == ClauseWord::In) return ColumnStop::AtIn;
  if (lexeme.clause == ClauseWord::By) return ColumnStop::AtBy;
  if (lexeme.clause == ClauseWord::At) return ColumnStop::AtAt;
  if (lexeme.clause == ClauseWord::Replies) return ColumnStop::AtReplies;
  return ColumnStop::Start;
}

// What a line that goes on in others still has columns for.
bool heads_line(ColumnStop stop) {
  return stop == ColumnStop::Start || stop == ColumnStop::AfterWord ||
         stop == ColumnStop::AfterColon || stop == ColumnStop::AtArrow;
}

// Conditions and the like stand clear of the lines that have none.
bool stands_clear(uint16_t tag) {
  const auto stop = static_cast<ColumnStop>(tag & 31);
  return stop == ColumnStop::AtCondition || stop == ColumnStop::AtBecause ||
         stop == ColumnStop::AtAt || stop == ColumnStop::AtBy || stop == ColumnStop::AtReplies;
}

// Whether pieces of these widths, before one with that tag, would leave too large a hole.
bool far_apart(uint32_t width, uint32_t other, uint16_t tag) {
  const bool arrow = static_cast<ColumnStop>(tag & 31) == ColumnStop::AtArrow;
  const uint32_t hole = std::max(width, other) - std::min(width, other);
  return hole > (arrow ? ArrowPadding : MostPadding);
}

uint32_t tag_of(const LayoutRow* row, ColumnStop stop) {
  const uint32_t shape = row == nullptr ? 0 : static_cast<uint32_t>(row->shape);
  return shape << 5 | static_cast<uint32_t>(stop);
}

}  // namespace

LayoutWriter::LayoutWriter(const Lexemes& lexemes) : lexemes_(lexemes) {
  out_.reserve(lexemes.text().size() + lexemes.text().size() / 4 + 64);
}

void LayoutWriter::write(const LayoutLine& line) {
  cut_pieces(line);
  if (!joins_run(line)) flush();
  place(line);
  run_.push_back({line, static_cast<uint32_t>(pieces_.size()), 0});
  pieces_.insert(pieces_.end(), cut_.begin(), cut_.end());
  if (alone(line)) flush();
}

std::string LayoutWriter::finish() {
  flush();
  LayoutLine end;
  end.first = end.last = lexemes_.size();
  write_before(end);
  return std::move(out_);
}

// ---- runs of lines --------------------------------------------------------------------------

bool LayoutWriter::alone(const LayoutLine& line) const {
  return line.closes || lexemes_[line.last - 1].exploded || (line.broken && cut_.size() == 1);
}

bool LayoutWriter::joins_run(const LayoutLine& line) const {
  if (run_.empty() || alone(line) || lexemes_[line.first].after_blank) return false;
  const LayoutLine& before = run_.back().line;
  const auto run_of = [&](const LayoutLine& of) {
    const LayoutRow* row = lexemes_[of.first].row;
    return row == nullptr ? LayoutShape::None : row->run;
  };
  return before.indent == line.indent && run_of(before) == run_of(line);
}

void LayoutWriter::begin_piece(uint32_t i, uint32_t tag) {
  if (!cut_.empty()) cut_.back().last = i;
  Piece piece;
  piece.first = i;
  piece.tag = static_cast<uint16_t>(tag);
  piece.gap = cut_.empty() ? 0 : lexemes_[i].spaces;
  cut_.push_back(piece);
}

// For a broken line the last piece is all that goes on in other lines.
void LayoutWriter::cut_pieces(const LayoutLine& line) {
  cut_.clear();
  const LayoutRow* row = lexemes_[line.first].row;
  const bool shared = row != nullptr && row->has(ColumnStop::AfterWord);
  begin_piece(line.first, shared ? 0 : tag_of(row, ColumnStop::Start));
  const bool block_in_columns = row != nullptr && row->has(ColumnStop::AtBrace);
  uint32_t depth = 0;
  uint32_t word = line.first;
  uint32_t seen = 0;
  for (uint32_t i = line.first; i < line.last; ++i) {
    const Lexeme& lexeme = lexemes_[i];
    if (lexeme.forced && i > line.first) break;
    if (lexeme.item && i > line.first) {
      if (!lexemes_[line.first].item && !block_in_columns) break;
      const bool further = lexemes_[i - 1].kind != TokenKind::LeftBrace;
      row = lexeme.row;
      word = further ? i : line.first;
      seen = 0;
      if (further) begin_piece(i, tag_of(row, ColumnStop::AtItem));
    } else if (depth == 0 && row != nullptr && i > line.first && lexeme.spaces > 0) {
      const ColumnStop stop = stop_at(lexemes_, i, word, *row);
      if (line.broken && !heads_line(stop)) break;
      if (line.broken && lexemes_.width(line.first, i) > LineWidth / 2) break;
      if (row->has(stop) && (seen & bit(stop)) == 0) {
        seen |= bit(stop);
        // The braces of blocks that begin with different items have columns of their own.
        const bool items = lexeme.block && lexemes_[i + 1].item;
        begin_piece(i, tag_of(items ? lexemes_[i + 1].row : row, stop));
      }
    }
    if (lexeme.block) continue;
    if (opens_bracket(lexeme.kind)) ++depth;
    if (closes_bracket(lexeme.kind) && depth > 0) --depth;
  }
  cut_.back().last = line.last;
}

uint16_t LayoutWriter::column_for(uint16_t parent, const Piece& piece, bool renew) {
  for (uint16_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].closed || columns_[c].parent != parent || columns_[c].tag != piece.tag)
      continue;
    if (!renew) return c;
    columns_[c].closed = true;
  }
  Column column;
  column.parent = parent;
  column.tag = piece.tag;
  column.gap = piece.gap;
  columns_.push_back(column);
  return static_cast<uint16_t>(columns_.size() - 1);
}

// Finds a column for each piece of cut_. Where a line would get too long, what follows a piece
// stands in new columns: of the last but one piece, or the one before ..; or else a new run begins.
void LayoutWriter::place(const LayoutLine& line) {
  size_t renewed = cut_.size();
  while (!try_columns(line, renewed)) {
    renewed = std::min(renewed, cut_.size() - 1);
    if (renewed <= 1) {
      flush();
      renewed = cut_.size() + 1;
    }
    --renewed;
  }
}

// `renewed`: the piece that gets a column of its own. False, and nothing done, if lines would get
// too long.
bool LayoutWriter::try_columns(const LayoutLine& line, size_t renewed) {
  saved_ = columns_;
  bool changed = false;
  uint16_t parent = NoColumn;
  for (size_t p = 0; p < cut_.size(); ++p) {
    Piece& piece = cut_[p];
    piece.column = parent = column_for(parent, piece, p == renewed);
    Column& column = columns_[parent];
    const bool ends = p + 1 == cut_.size();
    uint16_t& widest = ends ? column.last : column.inner;
    const uint32_t width =
        ends && line.broken ? LeastBroken : lexemes_.width(piece.first, piece.last);
    if (!ends && column.inner > 0 && far_apart(width, column.inner, cut_[p + 1].tag)) {
      columns_ = saved_;
      return false;
    }
    changed |= width > widest || columns_.size() != saved_.size();
    widest = std::max(widest, static_cast<uint16_t>(width));
  }
  if (run_.empty() || !changed || (columns_.size() <= MostColumns && fits(line.indent, false))) {
    return true;
  }
  columns_ = saved_;
  return false;
}

// Places the columns. `clear`: some stand clear of the lines that end before them, too.
bool LayoutWriter::fits(uint32_t indent, bool clear) {
  bool fit = true;
  for (Column& column : columns_) {
    if (column.parent != NoColumn) {
      const Column& parent = columns_[column.parent];
      const bool count_last =
          clear && stands_clear(column.tag) && parent.last <= parent.inner + MostOverhang;
      const uint16_t width = count_last ? std::max(parent.inner, parent.last) : parent.inner;
      column.start = static_cast<uint16_t>(parent.start + width + column.gap);
    }
    fit = fit && indent + column.start + std::max(column.inner, column.last) <= LineWidth;
  }
  return fit;
}

void LayoutWriter::flush() {
  if (run_.empty()) return;
  const uint32_t indent = run_.front().line.indent;
  if (!fits(indent, true)) fits(indent, false);
  for (uint32_t r = 0; r < run_.size(); ++r) {
    const Piece& last = pieces_of(r).back();
    run_[r].width =
        run_[r].line.indent + columns_[last.column].start + lexemes_.width(last.first, last.last);
  }
  const std::vector<uint32_t> comments = comment_columns();
  for (uint32_t r = 0; r < run_.size(); ++r) {
    write_before(run_[r].line);
    write_run_line(r);
    if (!run_[r].line.broken) end_line(run_[r].line.last, run_[r].width, comments[r]);
  }
  run_.clear();
  pieces_.clear();
  columns_.clear();
}

std::span<const LayoutWriter::Piece> LayoutWriter::pieces_of(uint32_t run_line) const {
  const size_t begin = run_[run_line].pieces;
  const size_t end = run_line + 1 < run_.size() ? run_[run_line + 1].pieces : pieces_.size();
  return std::span(pieces_).subspan(begin, end - begin);
}

void LayoutWriter::write_run_line(uint32_t index) {
  const LayoutLine& line = run_[index].line;
  uint32_t at = 0;
  for (const Piece& piece : pieces_of(index)) {
    const uint32_t start = line.indent + columns_[piece.column].start;
    pad(start - at);
    if (line.broken && piece.last == line.last) {
      write_broken(line, piece.first, start);
      return;
    }
    write_lexemes(piece.first, piece.last);
    at = start + lexemes_.width(piece.first, piece.last);
  }
}

// Where the comment of each line of the run stands: one column for as many as fit.
std::vector<uint32_t> LayoutWriter::comment_columns() const {
  std::vector<uint32_t> columns(run_.size(), 0);
  size_t group = 0;
  uint32_t column = 0;
  uint32_t longest = 0;  // of the comments that can fit
  for (size_t r = 0; r < run_.size(); ++r) {
    if (run_[r].line.broken || !lexemes_[run_[r].line.last].commented) continue;
    const std::string_view comment = lexemes_.gap_before(run_[r].line.last).trailing;
    if (comment.empty()) continue;
    const uint32_t nearest = run_[r].width + CommentGap;
    const auto length = static_cast<uint32_t>(display_width(comment));
    const uint32_t fitting = nearest + length <= LineWidth ? length : 0;
    const uint32_t joint = std::max(column, nearest);
    if (joint + std::max(longest, fitting) > LineWidth && (longest > 0 || fitting > 0)) {
      std::fill(columns.begin() + static_cast<long>(group), columns.begin() + static_cast<long>(r),
                column);
      group = r;
      column = nearest;
      longest = fitting;
    } else {
      column = joint;
      longest = std::max(longest, fitting);
    }
  }
  std::fill(columns.begin() + static_cast<long>(group), columns.end(), column);
  return columns;
}

// ---- parts of the text ----------------------------------------------------------------------

void LayoutWriter::write_lexemes(uint32_t first, uint32_t last) {
  for (uint32_t i = first; i < last; ++i) {
    if (i > first) pad(lexemes_[i].spaces);
    out_ += lexemes_.text(i);
  }
}

// Blank lines and comments between the line before and this one.
void LayoutWriter::write_before(const LayoutLine& line) {
  const Lexeme& lexeme = lexemes_[line.first];
  const bool ends_block = line.closes || line.first == lexemes_.size();
  bool top = out_.empty() || (line.first > 0 && lexemes_[line.first - 1].exploded);
  bool blank = lexeme.after_blank;
  if (lexeme.commented) {
    const uint32_t indent = line.indent + (line.closes ? IndentWidth : 0);
    const Gap gap = lexemes_.gap_before(line.first);
    bool goes_on = comment_at_ != 0;  // the comment that ended the line before
    for (const OwnComment& comment : gap.own) {
      goes_on = goes_on && !comment.after_blank && source_column(comment.begin) == comment_source_;
      if (comment.after_blank && !top) out_ += '\n';
      pad(goes_on ? comment_at_ : indent);
      out_ += comment.text;
      out_ += '\n';
      top = false;
    }
    blank = gap.blank_at_end;
  }
  if (blank && !top && !ends_block) out_ += '\n';
}

// Ends a line of `width` columns before `lexeme`, with the comment that belongs there.
void LayoutWriter::end_line(uint32_t lexeme, uint32_t width, uint32_t comment_column) {
  comment_at_ = 0;
  if (lexemes_[lexeme].commented) {
    const Gap gap = lexemes_.gap_before(lexeme);
    if (!gap.trailing.empty()) {
      comment_at_ = std::max(comment_column, width + CommentGap);
      comment_source_ = source_column(gap.trailing_begin);
      pad(comment_at_ - width);
      out_ += gap.trailing;
    }
  }
  out_ += '\n';
}

uint32_t LayoutWriter::source_column(uint32_t offset) const {
  const std::string_view before = lexemes_.text().substr(0, offset);
  const size_t line = before.rfind('\n') + 1;  // npos + 1 is 0
  return static_cast<uint32_t>(display_width(before.substr(line)));
}

}  // namespace bh
