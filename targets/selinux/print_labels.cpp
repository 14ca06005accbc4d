#include "targets/selinux/print_labels.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh::selinux {
namespace {

template <class Named>
uint32_t find(const std::vector<Named>& all, std::string_view name) {
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].name == name || std::ranges::binary_search(all[i].aliases, name))
      return static_cast<uint32_t>(i);
  }
  return None;
}

// "c3" or "c0.c1023"
bool add_categories(const Policy& policy, std::string_view text, Numbers& to) {
  const size_t dot = text.find('.');
  const uint32_t low = find(policy.categories, text.substr(0, dot));
  const uint32_t high =
      dot == std::string_view::npos ? low : find(policy.categories, text.substr(dot + 1));
  if (low == None || high == None || low > high) return false;
  for (uint32_t c = low; c <= high; ++c) to.push_back(c);
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string print(const Policy& policy, const Level& level) {
  if (!policy.mls) return "";
  std::string text = policy.sensitivities[level.sensitivity].name;
  const Numbers& all = level.categories;
  for (size_t i = 0; i < all.size();) {
    size_t end = i + 1;
    while (end < all.size() && all[end] == all[end - 1] + 1) ++end;
    text += i == 0 ? ':' : ',';
    text += policy.categories[all[i]].name;
    if (end - i > 1) text += (end - i > 2 ? '.' : ',') + policy.categories[all[end - 1]].name;
    i = end;
  }
  return text;
}

std::string print(const Policy& policy, const Range& range) {
  if (range.low == range.high) return print(policy, range.low);
  return fmt::format("{}-{}", print(policy, range.low), print(policy, range.high));
}

std::optional<Level> parse_level(const Policy& policy, std::string_view text) {
  text = trimmed(text);
  const size_t colon = text.find(':');
  Level level;
  level.sensitivity = find(policy.sensitivities, text.substr(0, colon));
  if (level.sensitivity == None) return std::nullopt;
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    if (!add_categories(policy, rest.substr(0, comma), level.categories)) return std::nullopt;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  std::ranges::sort(level.categories);
  level.categories.erase(std::unique(level.categories.begin(), level.categories.end()),
                         level.categories.end());
  return level;
}

std::optional<Range> parse_range(const Policy& policy, std::string_view text) {
  const size_t dash = text.find('-');
  const std::optional<Level> low = parse_level(policy, text.substr(0, dash));
  const std::optional<Level> high =
      dash == std::string_view::npos ? low : parse_level(policy, text.substr(dash + 1));
  if (!low || !high) return std::nullopt;
  return Range{*low, *high};
}

}  // namespace bh::selinux
