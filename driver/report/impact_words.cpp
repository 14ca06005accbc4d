#include "driver/report/impact_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/diag/render.h"

namespace bh {

static constexpr size_t RowsShown = 40;

std::string AlignedRows::print() const {
  constexpr size_t Widest = 48;
  const size_t shown = std::min(rows_.size(), RowsShown);
  std::vector<size_t> widths;
  for (size_t i = 0; i < shown; ++i) {
    widths.resize(std::max(widths.size(), rows_[i].size()));
    for (size_t c = 0; c < rows_[i].size(); ++c)
      widths[c] = std::max(widths[c], std::min(Widest, display_width(rows_[i][c])));
  }
  std::string text;
  for (size_t i = 0; i < shown; ++i) {
    std::string line = " ";
    for (size_t c = 0; c < rows_[i].size(); ++c) {
      line += " " + rows_[i][c];
      const size_t width = display_width(rows_[i][c]);
      if (c + 1 < rows_[i].size() && width < widths[c] + 1)
        line += std::string(widths[c] + 1 - width, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  if (rows_.size() > shown)
    text += fmt::format("  and {} more (--format json lists all)\n", rows_.size() - shown);
  return text;
}

}  // namespace bh
