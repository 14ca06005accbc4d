#include "driver/report/differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace bh {

namespace {

constexpr size_t MostPlaces = 3;
constexpr size_t MostLines = 6;
constexpr size_t Window = 40;  // how far ahead equal lines are looked for

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

struct Extent {
  size_t before;
  size_t after;
};

using Lines = std::vector<std::string_view>;

// How many lines of each differ from (b, a) on; all that are left when nothing within the window is
// equal.
Extent extent(const Lines& before, size_t b, const Lines& after, size_t a) {
  for (size_t total = 1; total <= 2 * Window; ++total) {
    for (size_t skip = 0; skip <= total; ++skip) {
      const size_t other = total - skip;
      if (b + skip >= before.size() || a + other >= after.size()) continue;
      if (before[b + skip] == after[a + other]) return {skip, other};
    }
  }
  return {before.size() - b, after.size() - a};
}

void append_lines(std::string& to, char sign, const Lines& lines, size_t begin, size_t count) {
  const size_t shown = std::min(count, MostLines);
  for (size_t i = begin; i < begin + shown; ++i) to += fmt::format("{}{}\n", sign, lines[i]);
  if (count > shown) to += fmt::format("{}… {} more lines\n", sign, count - shown);
}

}  // namespace

std::string print_differences(std::string_view before_text, std::string_view after_text) {
  const Lines before = lines_of(before_text);
  const Lines after = lines_of(after_text);
  std::string text;
  size_t b = 0;
  size_t a = 0;
  for (size_t places = 0; b < before.size() || a < after.size();) {
    if (b < before.size() && a < after.size() && before[b] == after[a]) {
      ++b;
      ++a;
      continue;
    }
    if (places++ == MostPlaces) return text + "…\n";
    const Extent differ = extent(before, b, after, a);
    text += fmt::format("@@ -{} +{} @@\n", b + 1, a + 1);
    append_lines(text, '-', before, b, differ.before);
    append_lines(text, '+', after, a, differ.after);
    b += differ.before;
    a += differ.after;
  }
  if (text.empty() && before_text != after_text) return "the line break at the end\n";
  return text;
}

}  // namespace bh
