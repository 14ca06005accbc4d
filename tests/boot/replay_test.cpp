// A kernel that decides otherwise than the policy is found out by its own records.
#include <gtest/gtest.h>

#include "driver/pipeline/replay.h"
#include "targets/table/example_model.h"
#include "targets/table/lower.h"

namespace bh {
namespace {

class ReplayTest : public testing::Test {
 protected:
  ReplayTest()
      : e(example_model()),
        model(sealed(e.model)),
        table(*lower(model, sink)),
        replay(model, table) {}

  AuditRecord record(AuditKind kind, ComponentId caller, OperationId operation,
                     std::array<uint64_t, 6> words, AuditReason reason = AuditReason::None) {
    AuditRecord r;
    r.kind = kind;
    r.sequence = next++;
    r.subject = caller.value;
    r.reason = reason;
    r.words = words;
    const EndpointId endpoint = model->operations[operation].endpoint;
    const std::vector<Channel>& channels = table.channels[caller];
    for (uint32_t c = 0; c < channels.size(); ++c) {
      if (channels[c].endpoint == endpoint) r.channel = c;
    }
    r.endpoint = endpoint.value;
    r.receiver = table.endpoints[endpoint].receiver.value;
    const std::vector<OperationId>& all = model->endpoints[endpoint].operations;
    r.method = static_cast<uint32_t>(std::find(all.begin(), all.end(), operation) - all.begin());
    return r;
  }
  size_t differences() const { return replay.differences().size(); }

  DiagnosticSink sink;
  ExampleModel e;
  CheckedModel model;
  DecisionTable table;
  Replay replay;
  uint64_t next = 0;
};

TEST_F(ReplayTest, FollowsASession) {
  replay.take(record(AuditKind::Refused, e.parser, e.sign, {1, 32}, AuditReason::Protocol));
  EXPECT_EQ(differences(), 1u) << "a protocol refusal has to name the protocol";
  AuditRecord refused =
      record(AuditKind::Refused, e.parser, e.sign, {1, 32}, AuditReason::Protocol);
  refused.rule = 0;
  replay.take(refused);
  replay.take(record(AuditKind::Granted, e.parser, e.unlock, {8}));
  replay.take(record(AuditKind::Reply, e.parser, e.unlock, {}));
  replay.take(record(AuditKind::Granted, e.parser, e.sign, {1, 32}));
  replay.take(record(AuditKind::Reply, e.parser, e.sign, {64}));
  replay.take(record(AuditKind::Refused, e.parser, e.sign, {3, 32}, AuditReason::Condition));
  replay.take(record(AuditKind::Refused, e.parser, e.export_key, {1}, AuditReason::Default));
  EXPECT_EQ(differences(), 1u);
  EXPECT_EQ(replay.granted(), 2u);
}

TEST_F(ReplayTest, NoticesEachWrongDecision) {
  const auto wrong = [&](const AuditRecord& r) {
    const size_t before = differences();
    replay.take(r);
    return differences() > before;
  };
  EXPECT_TRUE(wrong(record(AuditKind::Granted, e.parser, e.send, {53, 10})))
      << "granted against a condition";
  EXPECT_TRUE(
      wrong(record(AuditKind::Refused, e.parser, e.send, {443, 10}, AuditReason::Condition)));
  EXPECT_TRUE(wrong(record(AuditKind::Refused, e.parser, e.send, {443, 10}, AuditReason::PeerGone)))
      << "nobody has gone";
  EXPECT_TRUE(wrong(record(AuditKind::Granted, e.parser, e.sign, {1, 32}))) << "before unlock";
  EXPECT_TRUE(wrong(record(AuditKind::Granted, e.network, e.append, {1}))) << "no such channel";
  EXPECT_TRUE(wrong(record(AuditKind::Reply, e.keystore, e.append, {}))) << "a reply to no call";
  EXPECT_TRUE(wrong(record(AuditKind::Shutdown, e.parser, e.send, {})));
  AuditRecord elsewhere = record(AuditKind::Granted, e.parser, e.send, {443, 10});
  elsewhere.receiver = 3;
  EXPECT_TRUE(wrong(elsewhere));
  AuditRecord nobody = record(AuditKind::Granted, e.parser, e.send, {443, 10});
  nobody.subject = 99;
  EXPECT_TRUE(wrong(nobody));
  ++next;
  EXPECT_TRUE(wrong(record(AuditKind::Refused, e.parser, e.send, {53, 10}, AuditReason::Condition)))
      << "a record is missing";
}

TEST_F(ReplayTest, ChecksResults) {
  replay.take(record(AuditKind::Granted, e.parser, e.unlock, {8}));
  replay.take(record(AuditKind::Reply, e.parser, e.unlock, {}));
  replay.take(record(AuditKind::Granted, e.parser, e.sign, {1, 32}));
  replay.take(record(AuditKind::Reply, e.parser, e.sign, {63}));
  EXPECT_EQ(differences(), 1u) << "a signature of 63 bytes was let through";
  replay.take(record(AuditKind::Granted, e.parser, e.sign, {1, 32}));
  replay.take(record(AuditKind::BadReply, e.parser, e.sign, {64}));
  EXPECT_EQ(differences(), 2u) << "a sound signature was dropped";
}

}  // namespace
}  // namespace bh
