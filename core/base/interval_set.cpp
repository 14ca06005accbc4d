#include "core/base/interval_set.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh {

IntervalSet::IntervalSet(std::vector<Interval> intervals) {
  std::erase_if(intervals, [](const Interval& i) { return i.low > i.high; });
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.low < b.low; });
  for (const Interval& next : intervals) {
    const bool touches = !intervals_.empty() && (intervals_.back().high == UINT64_MAX ||
                                                 next.low <= intervals_.back().high + 1);
    if (touches) {
      intervals_.back().high = std::max(intervals_.back().high, next.high);
    } else {
      intervals_.push_back(next);
    }
  }
}

IntervalSet IntervalSet::range(uint64_t low, uint64_t high) { return IntervalSet({{low, high}}); }

IntervalSet IntervalSet::of(std::initializer_list<uint64_t> values) {
  std::vector<Interval> intervals;
  for (uint64_t value : values) intervals.push_back({value, value});
  return IntervalSet(std::move(intervals));
}

bool IntervalSet::is_all() const {
  return intervals_.size() == 1 && intervals_[0] == Interval{0, UINT64_MAX};
}

bool IntervalSet::contains(uint64_t value) const {
  auto after = std::upper_bound(intervals_.begin(), intervals_.end(), value,
                                [](uint64_t v, const Interval& i) { return v < i.low; });
  return after != intervals_.begin() && value <= std::prev(after)->high;
}

bool IntervalSet::subset_of(const IntervalSet& other) const { return (*this & other) == *this; }

std::optional<uint64_t> IntervalSet::least() const {
  if (empty()) return std::nullopt;
  return intervals_.front().low;
}

IntervalSet IntervalSet::complement() const {
  IntervalSet result;
  uint64_t next = 0;
  for (const Interval& i : intervals_) {
    if (i.low > next) result.intervals_.push_back({next, i.low - 1});
    if (i.high == UINT64_MAX) return result;
    next = i.high + 1;
  }
  result.intervals_.push_back({next, UINT64_MAX});
  return result;
}

IntervalSet IntervalSet::operator&(const IntervalSet& other) const {
  IntervalSet result;
  size_t a = 0;
  size_t b = 0;
  while (a < intervals_.size() && b < other.intervals_.size()) {
    const uint64_t low = std::max(intervals_[a].low, other.intervals_[b].low);
    const uint64_t high = std::min(intervals_[a].high, other.intervals_[b].high);
    if (low <= high) result.intervals_.push_back({low, high});
    if (intervals_[a].high < other.intervals_[b].high) {
      ++a;
    } else {
      ++b;
    }
  }
  return result;
}

IntervalSet IntervalSet::operator|(const IntervalSet& other) const {
  std::vector<Interval> both = intervals_;
  both.insert(both.end(), other.intervals_.begin(), other.intervals_.end());
  return IntervalSet(std::move(both));
}

std::string print(const IntervalSet& set) {
  std::string text = "{";
  for (const Interval& i : set.intervals()) {
    if (text.size() > 1) text += ", ";
    text += fmt::format("{}", i.low);
    if (i.high > i.low) text += fmt::format("{}{}", i.high == i.low + 1 ? ", " : "..", i.high);
  }
  return text + "}";
}

}  // namespace bh
