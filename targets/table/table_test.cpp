#include <gtest/gtest.h>

#include "targets/table/box.h"
#include "targets/table/example_model.h"
#include "targets/table/interpret.h"
#include "targets/table/lower.h"

namespace bh {
namespace {

TableInterpreter::Call call_of(const Model& m, ComponentId caller, OperationId operation) {
  const EndpointId endpoint = m.operations[operation].endpoint;
  const std::vector<OperationId>& all = m.endpoints[endpoint].operations;
  const auto at = std::find(all.begin(), all.end(), operation);
  return {caller, endpoint, static_cast<uint32_t>(at - all.begin())};
}

class ExampleTable : public testing::Test {
 protected:
  ExampleTable() : e(example_model()), table(*lower(sealed(e.model), sink)), monitor(table) {}
  TableVerdict ask(ComponentId caller, OperationId operation, std::vector<uint64_t> words) {
    return monitor.decide(call_of(e.model, caller, operation), words, now);
  }
  void reply(ComponentId caller, OperationId operation, ReplyStatus status) {
    monitor.reply(call_of(e.model, caller, operation), status, now);
  }
  DiagnosticSink sink;
  ExampleModel e;
  DecisionTable table;
  TableInterpreter monitor;
  uint64_t now = 0;
};

TEST_F(ExampleTable, HasChannelsOnlyForWhatIsGranted) {
  EXPECT_EQ(table.channels[e.network].size(), 1u);
  ASSERT_EQ(table.channels[e.parser].size(), 2u);
  EXPECT_EQ(table.channels[e.parser][0].endpoint, e.model.operations[e.send].endpoint);
  EXPECT_EQ(table.channels[e.parser][1].grants.size(), 3u) << "export is denied";
  EXPECT_TRUE(table.channels[e.journal].empty());
}

TEST_F(ExampleTable, RefusesWhatTheConditionOrTheTypeLeavesOut) {
  EXPECT_EQ(ask(e.parser, e.send, {443, 1200}), TableVerdict::Granted);
  EXPECT_EQ(ask(e.parser, e.send, {443, 1201}), TableVerdict::Condition);
  EXPECT_EQ(ask(e.parser, e.send, {53, 10}), TableVerdict::Condition);
  EXPECT_EQ(ask(e.parser, e.send, {80, 10}), TableVerdict::Condition) << "no such port";
  EXPECT_EQ(ask(e.network, e.received, {1501}), TableVerdict::Condition);
  EXPECT_EQ(ask(e.parser, e.export_key, {1}), TableVerdict::NoGrant);
  EXPECT_EQ(ask(e.parser, e.append, {1}), TableVerdict::NoChannel);
}

TEST_F(ExampleTable, KeepsTheSessionPerCaller) {
  EXPECT_EQ(ask(e.parser, e.sign, {1, 32}), TableVerdict::Protocol);
  EXPECT_EQ(ask(e.parser, e.unlock, {8}), TableVerdict::Granted);
  reply(e.parser, e.unlock, ReplyStatus::Error);
  EXPECT_EQ(ask(e.parser, e.sign, {1, 32}), TableVerdict::Protocol);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ask(e.parser, e.unlock, {8}), TableVerdict::Granted);
    reply(e.parser, e.unlock, ReplyStatus::Ok);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(e.parser, e.sign, {2, 32}), TableVerdict::Granted);
    EXPECT_EQ(ask(e.parser, e.sign, {2, 32}), TableVerdict::Protocol);
    EXPECT_EQ(ask(e.parser, e.sign, {3, 32}), TableVerdict::Condition);
    EXPECT_EQ(ask(e.parser, e.lock, {}), TableVerdict::Granted);
  }
}

TEST_F(ExampleTable, NamesTheRulesOfEachGrant) {
  const Grant* send = table.channels[e.parser][0].find(0);
  ASSERT_NE(send, nullptr);
  EXPECT_EQ(send->rules, std::vector<RuleId>{e.tx});
}

TEST(Lower, ReportsARuleThatNeedsTooManyRows) {
  ExampleModel e = example_model();
  std::vector<Interval> odd;
  for (uint64_t i = 0; i < MaxClauses + 1; ++i) odd.push_back({2 * i, 2 * i});
  const ConditionId sparse = e.model.conditions.in(0, IntervalSet(odd));
  e.model.types[e.frame].domain = IntervalSet::range(0, 100000);
  add_rule(e.model, RuleKind::Allow, "sparse", {e.keystore}, {{e.append, sparse}});
  add_rule(e.model, RuleKind::Deny, "not_all", {e.keystore},
           {{e.append, e.model.conditions.negate(sparse)}});
  DiagnosticSink sink;
  EXPECT_FALSE(lower(sealed(e.model), sink).has_value());
  ASSERT_EQ(sink.diagnostics().size(), 1u);
  EXPECT_EQ(sink.diagnostics()[0].code, 6001);
}

TEST(Lower, ReportsResultsThatNeedTooManyRows) {
  ExampleModel e = example_model();
  std::vector<Interval> odd;
  for (uint64_t i = 0; i < MaxClauses + 1; ++i) odd.push_back({2 * i, 2 * i});
  const TypeId sparse = add_type(e.model, "Sparse", TypeKind::Integer, IntervalSet(odd));
  e.model.methods[e.model.operations[e.sign].method].results[0].type = sparse;
  DiagnosticSink sink;
  EXPECT_FALSE(lower(sealed(e.model), sink).has_value());
  ASSERT_EQ(sink.diagnostics().size(), 1u);
  EXPECT_EQ(sink.diagnostics()[0].code, 6002);
}

// Every operation on boxes against its meaning, word by word.
TEST(Box, AgreesWithTheConditionOnEveryWord) {
  uint64_t seed = 7;
  const auto random = [&](uint64_t below) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
  };
  const Box domain{IntervalSet::range(0, 5), IntervalSet::range(1, 6)};
  for (int round = 0; round < 300; ++round) {
    Conditions conditions;
    std::vector<ConditionId> pool;
    for (int i = 0; i < 6; ++i) {
      const uint64_t low = random(6);
      pool.push_back(conditions.in(static_cast<uint32_t>(random(2)),
                                   IntervalSet::range(low, low + random(4))));
    }
    for (int i = 0; i < 6; ++i) {
      const std::vector<ConditionId> pair{pool[random(pool.size())], pool[random(pool.size())]};
      ConditionId next = random(2) == 0 ? conditions.all_of(pair) : conditions.any_of(pair);
      if (random(3) == 0) next = conditions.negate(next);
      pool.push_back(next);
    }
    const auto boxes = boxes_of(conditions, pool.back(), domain);
    const auto hole = boxes_of(conditions, pool[pool.size() - 2], domain);
    ASSERT_TRUE(boxes && hole);
    const auto rest = rows_of(*subtract(*boxes, *hole));
    const auto rows = rows_of(*boxes);
    for (uint64_t a = 0; a < 8; ++a) {
      for (uint64_t b = 0; b < 8; ++b) {
        const auto inside = [&](const BoxUnion& set) {
          return std::any_of(set.begin(), set.end(), [&](const Box& box) {
            return box[0].contains(a) && box[1].contains(b);
          });
        };
        EXPECT_EQ(holds(*rows, {a, b}), inside(*boxes));
        EXPECT_EQ(holds(*rest, {a, b}), inside(*boxes) && !inside(*hole));
      }
    }
  }
}

}  // namespace
}  // namespace bh
