// What counts as needed, what as excess, and which edit is the smallest.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

#include "solver/queries/argument_grid.h"
#include "solver/queries/least_edit.h"
#include "solver/queries/least_privilege.h"
#include "tests/solver/policy.h"

namespace bh {
namespace {

struct Asked {
  test::Checked checked;
  std::unique_ptr<LeastPrivilege> least;
  const Model& model() const { return **checked.model; }

  // "rule Subject -> operation  region", one for each part of the excess.
  std::vector<std::string> excess() {
    std::vector<std::string> lines;
    for (const ExcessRule& rule : least->rules()) {
      for (const ExcessPart& part : rule.parts) {
        const ExcessCell& cell = least->excess()[part.cell];
        Conditions conditions;
        const ConditionId when = describe(least->exprs(cell.operation), part.region, conditions);
        lines.push_back(fmt::format("{} {}.{} {}", model().rules[rule.rule].name,
                                    model().components[cell.subject].name,
                                    model().method_of(cell.operation).name,
                                    print(model(), conditions, cell.operation, when)));
      }
    }
    return lines;
  }

  std::vector<RuleEdit> edits(bool single = false) {
    const size_t rules = model().rules.size();
    return smallest_edit(*least, {std::vector<bool>(rules), std::vector<bool>(rules, single)});
  }
};

Asked ask(const std::string& statements, const std::vector<Evidence>& seen = {},
          Observed observed = Observed::Named, const std::vector<Knowledge>& known = {}) {
  Asked asked;
  test::compile_into(asked.checked, "store.bh", R"(policy store 1.0
interface Store {
    call read(slot: u8 in 0..15)
    call write(slot: u8 in 0..15, data: bytes[..64])
    call close()
}
component Reader {}
component Writer {}
component Disk { provides store: Store }
)" + statements);
  BH_CHECK(asked.checked.model);
  LeastOptions options;
  options.observed = observed;
  asked.least = std::make_unique<LeastPrivilege>(
      std::vector<const CheckedModel*>{&*asked.checked.model}, seen, known, options);
  return asked;
}

using Lines = std::vector<std::string>;

constexpr const char* Both =
    "allow a: Reader -> Disk.store.write when slot in {1, 2} and size(data) <= 32\n";

TEST(Excess, IsWhatNoRequirementAndNoTestNeeds) {
  EXPECT_EQ(
      ask(std::string(Both) + "require r: Reader can Disk.store.write with slot = 1\n").excess(),
      Lines{"a Reader.write slot = 2 and size(data) <= 32"});
  EXPECT_EQ(ask(std::string(Both) +
                "test \"t\" { allow Reader -> Disk.store.write(slot: 2, data: 32 bytes) }\n")
                .excess(),
            Lines{"a Reader.write slot = 1 and size(data) <= 32"});
  EXPECT_EQ(ask(std::string(Both) + "require r: Reader can Disk.store.write\n").excess(), Lines{});
}

TEST(Excess, DependsOnWhatSeenArgumentsStandFor) {
  const std::string tested = std::string(Both) +
                             "test \"t\" {\n"
                             "    allow Reader -> Disk.store.write(slot: 1, data: 3 bytes)\n"
                             "    allow Reader -> Disk.store.write(slot: 2, data: 5 bytes)\n}\n";
  EXPECT_EQ(ask(tested).excess(), Lines{"a Reader.write slot in {1, 2} and size(data) in {6..32}"});
  EXPECT_EQ(ask(tested, {}, Observed::Exact).excess(),
            Lines{"a Reader.write (slot = 1 and size(data) in {0..2, 4..32}) or "
                  "(slot = 2 and size(data) in {0..4, 6..32})"});
  const std::string free =
      "allow a: Reader -> Disk.store.read\n"
      "test \"t\" {\n    allow Reader -> Disk.store.read(slot: 3)\n"
      "    allow Reader -> Disk.store.read(slot: 5)\n}\n";
  EXPECT_EQ(ask(free).excess(), Lines{});
  EXPECT_EQ(ask(free, {}, Observed::Each).excess(),
            Lines{"a Reader.read slot in {0..2, 4, 6..15}"});
  const std::string ranged = "allow a: Reader -> Disk.store.read when slot < 9\n" + free.substr(35);
  EXPECT_EQ(ask(ranged, {}, Observed::Range).excess(), Lines{"a Reader.read slot in {0..2, 6..8}"});
}

TEST(Excess, IsNotWhatAProtocolRefusesAnyway) {
  const std::string policy =
      "allow a: Reader -> Disk.store.{read, close}\n"
      "protocol P on Disk.store per caller { S* -read-> S }\n"
      "test \"t\" { allow Reader -> Disk.store.read() }\n";
  EXPECT_EQ(ask(policy).excess(), Lines{});
}

TEST(Knowledge, OfNobodyIsNotKnowledgeThatNothingIsNeeded) {
  const std::string policy =
      "allow a: { Reader, Writer } -> Disk.store.{read, close}\n"
      "test \"t\" { deny Reader -> Disk.store.write() }\n";
  Asked asked = ask(policy);
  EXPECT_EQ(asked.least->knowledge(ComponentId(0)), Knowledge::Some);
  EXPECT_EQ(asked.least->knowledge(ComponentId(1)), Knowledge::Nothing);
  const std::vector<RuleEdit> edits = asked.edits();
  ASSERT_EQ(edits.size(), 1u);
  ASSERT_EQ(edits[0].statements.size(), 1u);
  EXPECT_EQ(edits[0].statements[0].subjects, std::vector<ComponentId>{ComponentId(1)});
  EXPECT_TRUE(ask(policy, {}, Observed::Named, {Knowledge::Partial}).edits().empty());
}

Evidence logged(ComponentId subject, OperationId operation, RuleId rule) {
  Evidence evidence;
  evidence.kind = EvidenceKind::Log;
  evidence.subject = subject;
  evidence.operation = operation;
  evidence.rule = rule;
  return evidence;
}

TEST(Logs, ThatHideTheCallerSupportAllThatTheRuleAllows) {
  const std::string policy =
      "allow a: { Reader, Writer } -> Disk.store.read when slot < 4\n"
      "allow b: { Reader, Writer } -> Disk.store.read when slot > 11\n"
      "test \"t\" { deny Reader -> Disk.store.close()\n deny Writer -> Disk.store.close() }\n";
  Asked asked = ask(policy, {logged({}, OperationId(0), RuleId(0))});
  EXPECT_EQ(asked.excess(), (Lines{"b Reader.read slot >= 12", "b Writer.read slot >= 12"}));
}

TEST(Logs, ThatHideAllArgumentsAndTheRuleSupportTheWholeOperation) {
  const std::string policy =
      "allow a: Reader -> Disk.store.read when slot < 4\n"
      "allow b: Reader -> Disk.store.read when slot > 11\n";
  EXPECT_EQ(ask(policy, {logged(ComponentId(0), OperationId(0), {})}).excess(), Lines{});
  EXPECT_EQ(ask(policy, {logged(ComponentId(0), {}, RuleId(1))}).excess(),
            Lines{"a Reader.read slot <= 3"});
}

TEST(Edit, KeepsAsFewOverlappingRulesAsItCan) {
  std::string policy;
  for (int i = 0; i < 5; ++i) {
    policy +=
        fmt::format("allow r{}: Reader -> Disk.store.read when slot in {}..{}\n", i, i, i + 6);
  }
  policy += "require low: Reader can Disk.store.read with slot in 4..7\n";
  const std::vector<RuleEdit> edits = ask(policy).edits();
  ASSERT_EQ(edits.size(), 5u);
  const auto kept = [](const RuleEdit& edit) { return !edit.statements.empty(); };
  ASSERT_EQ(std::count_if(edits.begin(), edits.end(), kept), 1);
  const RuleEdit& only = *std::find_if(edits.begin(), edits.end(), kept);
  EXPECT_EQ(only.statements[0].when, "slot in {4..7}");
  EXPECT_TRUE(only.minimal);
}

// Each rule allows two neighbours of 1..15 and, for nothing, 0.
std::string chain(int rules) {
  std::string policy;
  for (int i = 1; i <= rules; ++i) {
    policy += fmt::format("allow r{}: Reader -> Disk.store.read when slot in {{0, {}, {}}}\n", i, i,
                          i + 1);
  }
  return policy +
         fmt::format("require all: Reader can Disk.store.read with slot in 1..{}\n", rules + 1);
}

TEST(Edit, TriesEverySelectionOfASmallGroup) {
  const std::vector<RuleEdit> edits = ask(chain(11)).edits();
  ASSERT_EQ(edits.size(), 11u);
  EXPECT_EQ(std::count_if(edits.begin(), edits.end(),
                          [](const RuleEdit& edit) { return !edit.statements.empty(); }),
            6);
  for (const RuleEdit& edit : edits) EXPECT_TRUE(edit.minimal);
}

TEST(Edit, ThinsALargeGroupAndSaysThatThisProvesNothing) {
  const std::vector<RuleEdit> edits = ask(chain(14)).edits();
  ASSERT_EQ(edits.size(), 14u);
  EXPECT_EQ(std::count_if(edits.begin(), edits.end(),
                          [](const RuleEdit& edit) { return !edit.statements.empty(); }),
            8);
  EXPECT_EQ(
      std::count_if(edits.begin(), edits.end(), [](const RuleEdit& edit) { return !edit.minimal; }),
      12);  // the first and the last one have to stay
}

TEST(Edit, SplitsARuleOnlyWhereItMay) {
  const std::string policy =
      "allow a: { Reader, Writer } -> Disk.store.{read, close}\n"
      "require r: Reader can Disk.store.read\nrequire w: Writer can Disk.store.close\n";
  const std::vector<RuleEdit> split = ask(policy).edits();
  ASSERT_EQ(split.size(), 1u);
  EXPECT_EQ(split[0].statements.size(), 2u);
  EXPECT_TRUE(split[0].exact);
  EXPECT_TRUE(split[0].minimal);
  const std::vector<RuleEdit> whole = ask(policy).edits(true);
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0].statements.size(), 1u);
  EXPECT_FALSE(whole[0].exact);
}

TEST(Edit, LeavesToATestTheRuleThatItNames) {
  const std::string policy =
      "allow a: Reader -> Disk.store.{read, close}\n"
      "allow b: Reader -> Disk.store.{read, write}\n"
      "test \"t\" { allow Reader -> Disk.store.read() by b }\n";
  const std::vector<RuleEdit> edits = ask(policy).edits();
  ASSERT_EQ(edits.size(), 2u);
  EXPECT_TRUE(edits[0].statements.empty());
  ASSERT_EQ(edits[1].statements.size(), 1u);
  EXPECT_EQ(edits[1].statements[0].targets.size(), 1u);
}

// Random truth tables: the boxes hold all that they must and nothing that they may not.
TEST(Grid, CoversWhatItMustWithinWhatItMay) {
  const IntervalSet domain = IntervalSet::range(0, 3);
  smt::Exprs exprs({domain, domain, domain});
  std::vector<smt::ExprId> cuts;
  for (uint32_t word = 0; word < 3; ++word) {
    for (uint64_t value = 0; value < 4; ++value) {
      cuts.push_back(exprs.in(word, IntervalSet::single(value)));
    }
  }
  const auto grid = ArgumentGrid::cut(exprs, cuts);
  ASSERT_TRUE(grid);
  uint64_t state = 1;
  for (int round = 0; round < 300; ++round) {
    ArgumentGrid::Table must(64);
    ArgumentGrid::Table may(64);
    for (size_t i = 0; i < 64; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      must[i] = (state >> 60) < static_cast<uint64_t>(round % 16);
      may[i] = must[i] || (state >> 40 & 3) == 0;
    }
    ArgumentGrid::Table covered(64);
    for (const ArgumentBox& box : grid->cover(must, may)) {
      for (size_t i = 0; i < 64; ++i) {
        if (box[0].contains(i / 16) && box[1].contains(i / 4 % 4) && box[2].contains(i % 4)) {
          covered[i] = true;
        }
      }
    }
    for (size_t i = 0; i < 64; ++i) {
      EXPECT_LE(must[i], covered[i]);
      EXPECT_LE(covered[i], may[i]);
    }
  }
}

TEST(Grid, GivesUpOnTooManyCombinations) {
  const IntervalSet domain = IntervalSet::range(0, 255);
  smt::Exprs exprs({domain, domain});
  std::vector<smt::ExprId> cuts;
  for (uint32_t word = 0; word < 2; ++word) {
    for (uint64_t value = 0; value < 256; ++value) {
      cuts.push_back(exprs.in(word, IntervalSet::single(value)));
    }
  }
  EXPECT_FALSE(ArgumentGrid::cut(exprs, cuts));
}

}  // namespace
}  // namespace bh
