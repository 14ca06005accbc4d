// A policy's tokens with what their layout needs. Comments and blank lines are no tokens: they are
// the gap, the text between two of them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lang/format_style.h"
#include "lang/lexer.h"

namespace bh {

struct Lexeme {
  uint32_t begin = 0;  // offsets into the text
  uint32_t end = 0;
  uint32_t partner = 0;            // of a bracket: the index of the other one
  uint32_t flat_end = 0;           // the column after it if the whole text were one line
  const LayoutRow* row = nullptr;  // of what begins here, where there is one
  TokenKind kind = TokenKind::End;
  ClauseWord clause = ClauseWord::None;
  uint8_t spaces = 0;              // before it within a line
  bool first_on_line : 1 = false;  // as written
  bool commented : 1 = false;      // the gap before it holds a comment
  bool after_blank : 1 = false;    // the gap before it holds a blank line
  bool statement : 1 = false;      // begins one
  bool item : 1 = false;           // begins one, in the block of a statement
  bool forced : 1 = false;         // begins a line, whatever the width
  bool block : 1 = false;          // '{' of a block of items
  bool exploded : 1 = false;       // '{' that ends its line
  bool single : 1 = false;         // '{' of an exploded block with one item a line
};

// A comment on a line of its own.
struct OwnComment {
  std::string_view text;
  uint32_t begin;
  bool after_blank;
};

struct Gap {
  std::string_view trailing;  // the comment that ends the line of the token before; "": none
  uint32_t trailing_begin = 0;
  std::vector<OwnComment> own;
  bool blank_at_end = false;  // a blank line right before the next token
};

bool opens_bracket(TokenKind kind);
bool closes_bracket(TokenKind kind);

class Lexemes {
 public:
  // `text` parses, and outlives this.
  explicit Lexemes(std::string_view text);

  uint32_t size() const { return static_cast<uint32_t>(all_.size()) - 1; }
  // all[size()] is the end of the text.
  const Lexeme& operator[](uint32_t i) const { return all_[i]; }
  std::string_view text(uint32_t i) const {
    return text_.substr(all_[i].begin, all_[i].end - all_[i].begin);
  }
  std::string_view text() const { return text_; }
  Gap gap_before(uint32_t i) const;
  // Columns of lexemes [first, last) on one line.
  uint32_t width(uint32_t first, uint32_t last) const;

 private:
  friend class LexemeReader;
  std::string_view text_;
  std::vector<Lexeme> all_;
};

}  // namespace bh
