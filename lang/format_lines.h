// Cuts the tokens of a policy into the lines of its layout. A line that cannot stay one, because it
// is too long or something inside has to begin a line, is still one here.
#pragma once

#include <vector>

#include "lang/format_lexemes.h"

namespace bh {

struct LayoutLine {
  uint32_t first = 0;  // lexemes [first, last)
  uint32_t last = 0;
  uint32_t indent = 0;
  bool broken = false;   // cannot stay one line
  bool closes = false;   // begins with the brace that ends a block
  bool in_list = false;  // an element or more of braces that are not a block
};

class LineCutter {
 public:
  explicit LineCutter(const Lexemes& lexemes) : lexemes_(lexemes) {}
  // False when there are no more.
  bool next(LayoutLine& line);

 private:
  uint32_t end_of_line(uint32_t first) const;
  uint32_t end_of_part(const LayoutLine& line) const;
  bool begins_line(uint32_t i) const;

  const Lexemes& lexemes_;
  std::vector<uint32_t> open_;  // exploded braces
  uint32_t at_ = 0;
};

}  // namespace bh
