#include "analyzer/glob.h"

#include <vector>

namespace bh {

// reached[j]: the pattern read so far matches the first j bytes of the text.
bool glob_matches(std::string_view pattern, std::string_view text) {
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '*') {
      bool deep = i + 1 < pattern.size() && pattern[i + 1] == '*';
      if (deep) ++i;
      for (size_t j = 0; j < text.size(); ++j)
        if (reached[j] && (deep || text[j] != '/')) reached[j + 1] = true;
      continue;
    }
    for (size_t j = text.size(); j > 0; --j) {
      bool same = pattern[i] == '?' ? text[j - 1] != '/' : text[j - 1] == pattern[i];
      reached[j] = reached[j - 1] && same;
    }
    reached[0] = false;
  }
  return reached[text.size()];
}

}  // namespace bh
