// Writes the lines of a layout: neighbours of one kind in columns, what is too long over several
// lines, comments where they were.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lang/format_lines.h"

namespace bh {

class LayoutWriter {
 public:
  explicit LayoutWriter(const Lexemes& lexemes);
  void write(const LayoutLine& line);
  // The whole text, comments after the last token included.
  std::string finish();

 private:
  // One part of a line that columns are made of.
  struct Piece {
    uint32_t first = 0;
    uint32_t last = 0;
    uint16_t tag = 0;
    uint16_t gap = 0;     // at least so many spaces before it
    uint16_t column = 0;  // index into columns_
  };
  // A place where pieces of neighbouring lines begin. Lines share it if all before it is of the
  // same kinds.
  struct Column {
    uint16_t parent = 0;
    uint16_t tag = 0;
    uint16_t gap = 0;
    bool closed = false;  // further lines have one of their own
    uint16_t inner = 0;   // the widest piece that another one follows
    uint16_t last = 0;    // the widest that ends its line
    uint16_t start = 0;   // from the indent
  };
  struct RunLine {
    LayoutLine line;
    uint32_t pieces = 0;  // where its own begin in pieces_
    uint32_t width = 0;   // without the comment
  };

  // ---- runs of lines (format_writer.cpp)
  bool alone(const LayoutLine& line) const;
  bool joins_run(const LayoutLine& line) const;
  void cut_pieces(const LayoutLine& line);
  void begin_piece(uint32_t i, uint32_t tag);
  void place(const LayoutLine& line);
  bool try_columns(const LayoutLine& line, size_t renewed);
  uint16_t column_for(uint16_t parent, const Piece& piece, bool renew);
  bool fits(uint32_t indent, bool clear);
  void flush();
  void write_run_line(uint32_t index);
  std::vector<uint32_t> comment_columns() const;
  std::span<const Piece> pieces_of(uint32_t run_line) const;

  // ---- parts of the text (format_writer.cpp)
  void write_lexemes(uint32_t first, uint32_t last);
  void write_before(const LayoutLine& line);
  void end_line(uint32_t lexeme, uint32_t width, uint32_t comment_column);
  uint32_t source_column(uint32_t offset) const;
  void pad(uint32_t columns) { out_.append(columns, ' '); }

  // ---- long lines (format_wrap.cpp)
  struct WrapPoint {
    uint8_t rank = 0;      // the lower the better to break at; NoRank: never
    uint32_t next = 0;     // the next one of any rank
    uint32_t part = 0;     // the next one of the next higher rank at most
    uint32_t segment = 0;  // the next one of no higher rank
  };
  // Writes the line from lexeme `first`, which stands at `column`.
  void write_broken(const LayoutLine& line, uint32_t first, uint32_t column);
  void find_wrap_points(uint32_t first, uint32_t last);
  uint8_t rank_at(uint32_t i, uint32_t depth) const;
  uint32_t hang_of(const LayoutLine& line, uint32_t i, uint32_t operands) const;
  bool wraps(const WrapPoint& point, uint32_t i, uint32_t column, uint32_t hang) const;
  uint32_t write_break(uint32_t i, uint32_t column, uint32_t hang);

  const Lexemes& lexemes_;
  std::string out_;
  uint32_t comment_at_ = 0;      // the column of the comment that ended the last line; 0: none
  uint32_t comment_source_ = 0;  // and where it was written
  std::vector<RunLine> run_;
  std::vector<Piece> pieces_;    // of all its lines
  std::vector<Column> columns_;  // parents first
  std::vector<Piece> cut_;       // of the line that may join it
  std::vector<Column> saved_;
  std::vector<WrapPoint> points_;  // of the line being wrapped
  std::vector<uint32_t> hangs_;    // of its open brackets
};

}  // namespace bh
