#include "core/base/nearest.h"

#include <algorithm>
#include <numeric>

namespace bh {

namespace {

constexpr size_t LongestWord = 64;  // nobody mistypes a longer one by accident
constexpr size_t WholeLetter = 2;   // cost of an edit; a change of case alone costs half

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

size_t replace_cost(char a, char b) {
  if (a == b) return 0;
  return lower(a) == lower(b) ? 1 : WholeLetter;
}

// Optimal string alignment distance, three rows at a time.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> older(b.size() + 1);
  std::vector<size_t> old(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) old[j] = j * WholeLetter;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i * WholeLetter;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({old[j] + WholeLetter, row[j - 1] + WholeLetter,
                         old[j - 1] + replace_cost(a[i - 1], b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], older[j - 2] + WholeLetter);
      }
    }
    std::swap(older, old);
    std::swap(old, row);
  }
  return old[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.empty() || word.size() > LongestWord) return {};
  // Of a single letter, only the case may differ.
  const size_t limit = word.size() == 1 ? 1 : std::max<size_t>(1, word.size() / 3) * WholeLetter;
  std::string_view best;
  size_t best_distance = limit + 1;
  for (const std::string_view candidate : candidates) {
    const size_t longer = std::max(word.size(), candidate.size());
    const size_t shorter = std::min(word.size(), candidate.size());
    if (candidate.empty() || (longer - shorter) * WholeLetter >= best_distance) continue;
    const size_t d = distance(word, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace bh
