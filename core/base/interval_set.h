// Sets of unsigned 64-bit values as sorted, disjoint, non-adjacent closed intervals. The vocabulary of every
// argument condition: a type's domain, `slot in {1, 2}`, `size(frame) <= 1200` are all IntervalSets.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace bh {

struct Interval {
  uint64_t low = 0;
  uint64_t high = 0;  // inclusive; INVARIANT: low <= high
  bool operator==(const Interval&) const = default;
};

class IntervalSet {
 public:
  IntervalSet() = default;
  // Any order, overlaps allowed; intervals with low > high are dropped.
  explicit IntervalSet(std::vector<Interval> intervals);
  static IntervalSet all() { return range(0, UINT64_MAX); }
  static IntervalSet single(uint64_t value) { return range(value, value); }
  static IntervalSet range(uint64_t low, uint64_t high);  // empty when low > high
  static IntervalSet of(std::initializer_list<uint64_t> values);

  bool empty() const { return intervals_.empty(); }
  bool is_all() const;
  bool contains(uint64_t value) const;
  bool subset_of(const IntervalSet& other) const;
  std::optional<uint64_t> least() const;
  const std::vector<Interval>& intervals() const { return intervals_; }

  IntervalSet complement() const;  // within 0..2^64-1
  IntervalSet operator&(const IntervalSet& other) const;
  IntervalSet operator|(const IntervalSet& other) const;
  IntervalSet operator-(const IntervalSet& other) const { return *this & other.complement(); }
  bool operator==(const IntervalSet&) const = default;

 private:
  std::vector<Interval> intervals_;
};

// "{1, 2, 8..15}"; "{}" when empty.
std::string print(const IntervalSet& set);

}  // namespace bh
