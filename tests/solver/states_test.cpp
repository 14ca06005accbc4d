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
  for (size_t doors : {4u, 8u, 12u, 32u}) {
    const test::Checked checked = test::check_text("airlock.bh", print_airlock({doors, true}));
    ASSERT_TRUE(checked.result) << checked.text();
    EXPECT_EQ(checked.codes(), Codes{"BH4007"}) << doors << "\n" << checked.text();
    EXPECT_EQ(checked.verdict("both").verdict, Verdict::Violated) << doors;
    EXPECT_EQ(checked.verdict("both").trace.size(), 4u) << doors;
  }
}

TEST(Airlock, IsUnknownWhenTheBudgetIsUsedUp) {
  CheckOptions options;
  options.rlimit = 1;
  options.state_limit = 30'000;
  for (bool one_lets_go : {false, true}) {
    const test::Checked checked =
        test::check_text("airlock.bh", print_airlock({32, one_lets_go}), options);
    ASSERT_TRUE(checked.result) << checked.text();
    EXPECT_EQ(checked.verdict("both").verdict, Verdict::Unknown);
    EXPECT_EQ(checked.verdict("both").reason, "the protocols on Plant.doors have too many states");
    EXPECT_GT(checked.sink.count(Severity::Undecided), 0u);
  }
}

// ---- limits
// ---------------------------------------------------------------------------------------

test::Checked store(const std::string& statements) {
  return test::check_text("store.bh", R"(policy store 1.0
interface Store { call read() call write() call go() call work() }
component Alice { }
component Disk { provides store: Store }
)" + statements);
}

std::string use(uint64_t limit) {
  return fmt::format(
      "allow all: Alice -> Disk.store.{{read, write}}\nprotocol Use on Disk.store per caller {{\n"
      "    Idle* -read->  Idle at most {0}\n    Idle  -write-> Idle at most {0}\n}}\n",
      limit);
}

TEST(Limits, LockUpHoweverManyRequestsItTakes) {
  const test::Checked checked = store(use(100'000));
  EXPECT_EQ(checked.codes(), Codes{"BH3009"}) << checked.text();
  EXPECT_NE(checked.text().find("Disk.store.read() (100000 times)"), std::string::npos)
      << checked.text();
}

TEST(Limits, AreUnknownWhereTheWitnessIsTooLongToReplay) {
  const test::Checked checked = store(use(4'000'000'000));
  EXPECT_EQ(checked.codes(), Codes{"BH4090"}) << checked.text();
  EXPECT_NE(checked.text().find("it takes 8000000000 steps, too many to replay"), std::string::npos)
      << checked.text();
}

TEST(Limits, DoNotGetInTheWayOfOtherQuestions) {
  const test::Checked checked = store(use(4'000'000'000) +
                                      "require can: Alice can Disk.store.read then "
                                      "Disk.store.write then Disk.store.read\n"
                                      "never n: Disk.store.write without Disk.store.read before\n");
  EXPECT_EQ(checked.verdict("can").verdict, Verdict::Proved);
  EXPECT_EQ(checked.verdict("n").verdict, Verdict::Violated);
  EXPECT_EQ(checked.verdict("n").trace.size(), 1u);
}

// Only `work` is granted while working, and its limit begins anew each time; the other limits are
// used up in any order before.
TEST(Limits, OfBillionsAreToldApartByAnInvariant) {
  const test::Checked checked = store(R"(allow all: Alice -> Disk.store
protocol Quota on Disk.store shared {
    Open* -read-> Open at most 4000000000
    Open -write-> Open at most 4000000000
    others stay
}
protocol Phase on Disk.store shared {
    Rest* -read-> Rest
    Rest -write-> Rest
    Rest -go-> Work
    Work -work-> Rest
}
protocol Once on Disk.store shared {
    Old* -work-> Old at most 4000000000
    Old -go-> New
    New -work-> New at most 4000000000
    New -go-> Old
    others stay
}
never early: Disk.store.work without Disk.store.go before
)");
  EXPECT_EQ(checked.codes(), Codes{}) << checked.text();
  EXPECT_EQ(checked.verdict("early").verdict, Verdict::Proved);
}

}  // namespace
}  // namespace bh
