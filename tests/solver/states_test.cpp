// Protocols with more states than can be explored.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "solver/reference/print.h"
#include "tests/bench/airlock.h"
#include "tests/solver/policy.h"

namespace bh {
namespace {

using Codes = std::vector<std::string>;

TEST(Airlock, IsSafeHoweverLong) {
  for (size_t doors : {4u, 8u, 12u, 20u, 32u}) {
    const test::Checked checked = test::check_text("airlock.bh", print_airlock({doors, false}));
    ASSERT_TRUE(checked.result) << checked.text();
    EXPECT_EQ(checked.codes(), Codes{}) << doors << "\n" << checked.text();
    EXPECT_EQ(checked.verdict("both").verdict, Verdict::Proved) << doors;
  }
}

TEST(Airlock, ThatLetsGoIsFoundOutWithTheShortestTrace) {
  for (size_t doors : {4u, 8u, 12u}) {
    const test::Checked checked = test::check_text("airlock.bh", print_airlock({doors, true}));
    ASSERT_TRUE(checked.result) << checked.text();
    EXPECT_EQ(checked.codes(), Codes{"BH4007"}) << doors << "\n" << checked.text();
    EXPECT_EQ(checked.verdict("both").verdict, Verdict::Violated) << doors;
    EXPECT_EQ(checked.verdict("both").trace.size(), 4u) << doors;
  }
}

}  // namespace
}  // namespace bh
