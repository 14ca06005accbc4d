// What the layout depends on: which words head what, where columns begin, what stands between two
// tokens. A statement or clause without a row here is laid out too, only without columns.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "lang/lexer.h"

namespace bh {

inline constexpr uint32_t LineWidth = 100;  // columns; comments and long strings may go past it
inline constexpr uint32_t IndentWidth = 4;
inline constexpr uint32_t ItemGap = 3;     // between items of a block that share a line
inline constexpr uint32_t CommentGap = 2;  // before a comment that ends a line

// Words that join parts of a statement: a line may go on with one.
enum class ClauseWord : uint8_t {
  None,
  And,
  At,
  Because,
  Before,
  By,
  Except,
  In,
  Not,
  Or,
  Replies,
  Then,
  Unless,
  When,
  With,
  Within,
  Without,
};

ClauseWord clause_word(std::string_view name);

// Where a column begins in a line, at the first such place.
enum class ColumnStop : uint8_t {
  Start,   // of the line
  AtItem,  // of a further item of a block on one line
  AfterWord,
  AfterColon,
  AfterArrow,
  AtArrow,
  AtAt,  // at most
  AtBecause,
  AtBrace,
  AtBy,
  AtCondition,  // when, unless
  AtEqual,
  AtIn,
  AtLeftArrow,
  AtLevels,  // a => b
  AtMinus,
  AtReplies,
};

// Lines of one shape have all their columns in common; a run of neighbours of one shape or of
// shapes with the same `run` is aligned.
enum class LayoutShape : uint8_t {
  None,
  Item,  // the run of all lines within a block
  Type,
  Variant,
  Enum,
  Lattice,
  Interface,
  Component,
  Object,
  Group,
  Release,
  Rule,
  Property,
  Block,  // aligned up to its brace
  Audit,
  Method,
  Clause,
  Endpoint,
  Transition,
  Step,
  Use,
  Serve,
  Permit,
  Assumption,
  Resolution,
  Reasoned,
  Mapping,
  Approximation,
};

// How a statement, or an item in the block of one, is laid out.
struct LayoutRow {
  std::string_view statement;  // for an item: the statement whose block it stands in
  std::string_view word;       // "": an item that begins with a name of the user's
  LayoutShape shape;
  LayoutShape run;
  bool block;      // its first braces hold items, which no comma separates
  uint32_t stops;  // bits 1 << ColumnStop

  bool has(ColumnStop stop) const { return (stops >> static_cast<unsigned>(stop) & 1) != 0; }
};

const LayoutRow* statement_row(std::string_view word);
const LayoutRow* item_row(std::string_view statement, std::string_view word);

// An operand, or the end of one: what follows it may begin something new.
bool ends_operand(const Token& token);

}  // namespace bh
