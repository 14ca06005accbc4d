#include "core/base/interval_set.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>

namespace bh {
namespace {

// Small values make overlaps and adjacency likely; the top of the range catches overflow.
IntervalSet arbitrary_set() {
  std::vector<Interval> intervals;
  const auto count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) {
    const uint64_t base = *rc::gen::element<uint64_t>(0, 10, UINT64_MAX - 12);
    const uint64_t low = base + *rc::gen::inRange<uint64_t>(0, 12);
    intervals.push_back({low, low + *rc::gen::inRange<uint64_t>(0, 4)});
  }
  return IntervalSet(std::move(intervals));
}

std::vector<uint64_t> probes() {
  std::vector<uint64_t> values;
  for (uint64_t v = 0; v < 28; ++v) values.insert(values.end(), {v, UINT64_MAX - v});
  return values;
}

void holds(const std::function<void()>& property) { EXPECT_TRUE(rc::check(property)); }

TEST(IntervalSet, OperationsAreThoseOfSets) {
  holds([] {
    const IntervalSet a = arbitrary_set();
    const IntervalSet b = arbitrary_set();
    for (uint64_t v : probes()) {
      RC_ASSERT((a & b).contains(v) == (a.contains(v) && b.contains(v)));
      RC_ASSERT((a | b).contains(v) == (a.contains(v) || b.contains(v)));
      RC_ASSERT((a - b).contains(v) == (a.contains(v) && !b.contains(v)));
      RC_ASSERT(a.complement().contains(v) == !a.contains(v));
    }
  });
}

TEST(IntervalSet, EqualSetsHaveOneForm) {
  holds([] {
    const IntervalSet a = arbitrary_set();
    const IntervalSet b = arbitrary_set();
    RC_ASSERT(a.complement().complement() == a);
    RC_ASSERT((a | b) == (a.complement() & b.complement()).complement());
    RC_ASSERT(((a - b) | (a & b)) == a);
    RC_ASSERT((a & b).subset_of(a));
  });
}

TEST(IntervalSet, IntervalsAreSortedDisjointAndNotAdjacent) {
  holds([] {
    const IntervalSet set = arbitrary_set() | arbitrary_set();
    const std::vector<Interval>& intervals = set.intervals();
    for (size_t i = 1; i < intervals.size(); ++i) {
      RC_ASSERT(intervals[i].low > intervals[i - 1].high + 1);
    }
  });
}

TEST(IntervalSet, Prints) {
  EXPECT_EQ(print(IntervalSet()), "{}");
  EXPECT_EQ(print(IntervalSet::of({1, 2, 5})), "{1, 2, 5}");
  EXPECT_TRUE(IntervalSet::range(3, 2).empty());
  EXPECT_TRUE(IntervalSet().complement().is_all());
}

}  // namespace
}  // namespace bh
