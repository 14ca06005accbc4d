// A kernel that decides otherwise than the policy is found out by its own records.
#include <gtest/gtest.h>

#include "driver/pipeline/replay.h"
#include "lang/compile.h"
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

// The session ends by itself after 5 s from the moment at which its reply came.
TEST_F(ReplayTest, GoesByTheTimeOfTheRecords) {
  const auto differences_at = [&](uint64_t microseconds_later, bool granted) {
    Model impatient = e.model;
    impatient.protocols[e.session].states[1].timeout = Timeout{5000, 0, {}};
    const CheckedModel checked = sealed(impatient);
    const DecisionTable lowered = *lower(checked, sink);
    Replay follower(checked, lowered);
    BootLine boot;
    boot.ticks_per_ms = 62'500;
    boot.start = 1000;
    follower.start(boot);
    next = 0;
    const auto at = [&](AuditRecord r, uint64_t microseconds) {
      r.time = 1000 + microseconds * 125 / 2;
      follower.take(r);
    };
    at(record(AuditKind::Granted, e.parser, e.unlock, {8}), 70);
    at(record(AuditKind::Reply, e.parser, e.unlock, {}), 90);
    AuditRecord sign =
        granted ? record(AuditKind::Granted, e.parser, e.sign, {1, 32})
                : record(AuditKind::Refused, e.parser, e.sign, {1, 32}, AuditReason::Protocol);
    if (!granted) sign.rule = 0;
    at(sign, microseconds_later);
    return follower.differences().size();
  };
  EXPECT_EQ(differences_at(5'000'088, true), 0u);
  EXPECT_EQ(differences_at(5'000'088, false), 1u);
  EXPECT_EQ(differences_at(5'000'090, false), 0u);
  EXPECT_EQ(differences_at(5'000'090, true), 1u);
  EXPECT_EQ(differences_at(80, true), 1u) << "time goes back";
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

// The lines keep what the policy's audit lets them: here of signatures, of the pin, and of
// refusals.
TEST_F(ReplayTest, ShowsWhatTheAuditLeavesOfARecord) {
  Model audited = e.model;
  Audit signing;
  signing.of = AuditOf::Rule;
  signing.rule = audited.find_rule("signing");
  signing.who = {AuditClass::Hashed, 0};
  signing.listed = {{"slot", {AuditClass::Bucket, 4}, {}}, {"digest", {AuditClass::Omit, 0}, {}}};
  audited.audits.add(signing);
  Audit denied;
  denied.what = {AuditClass::Hashed, 0};
  denied.why = {AuditClass::Omit, 0};
  denied.arguments = AuditField{AuditClass::Hashed, 0};
  audited.audits.add(denied);
  audited.methods[audited.operations[e.unlock].method].parameters[0].privacy = Privacy::Secret;
  const CheckedModel checked = sealed(audited);
  const DecisionTable lowered = *lower(checked, sink);
  Replay shown(checked, lowered, AuditKey{7});
  const std::string unlock = print(shown.take(record(AuditKind::Granted, e.parser, e.unlock, {8})));
  EXPECT_NE(unlock.find("Parser -> KeyStore.keys.unlock(pin: -)"), std::string::npos) << unlock;
  shown.take(record(AuditKind::Reply, e.parser, e.unlock, {}));
  const std::string sign = print(shown.take(record(AuditKind::Granted, e.parser, e.sign, {2, 32})));
  EXPECT_EQ(sign.find("Parser"), std::string::npos) << sign;
  EXPECT_NE(sign.find(" -> KeyStore.keys.sign(slot: 0.., digest: -)"), std::string::npos) << sign;
  shown.take(record(AuditKind::Reply, e.parser, e.sign, {64}));
  const auto refuse = [&](Replay& by, uint64_t slot) {
    return print(
        by.take(record(AuditKind::Refused, e.parser, e.sign, {slot, 32}, AuditReason::Condition)));
  };
  const std::string third = refuse(shown, 3);
  EXPECT_NE(third.find("Parser -> #"), std::string::npos) << third;
  EXPECT_EQ(third.find("slot: 3"), std::string::npos) << third;
  EXPECT_EQ(third.find("default"), std::string::npos) << third;
  EXPECT_EQ(refuse(shown, 3), third) << "equal things look equal";
  EXPECT_NE(refuse(shown, 4), third);
  EXPECT_EQ(shown.differences(), std::vector<std::string>{});
  Replay other_key(checked, lowered, AuditKey{8});
  next = 0;
  EXPECT_NE(refuse(other_key, 3), third) << "under another key they cannot be compared";
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

constexpr std::string_view Supervised = R"(policy supervised 1.0
import std.machine
interface Work { call work() -> done: bool }
component Boss   { handles crashes: Life }
component Worker { provides work: Work }
component Client {}
object Machine: System {}
allow told:   Worker -> Boss.crashes.crashed
allow revive: Boss   -> Worker.life.restart
allow ask:    Client -> Worker.work.work
allow end:    Boss   -> Machine.shutdown
protocol Budget on Worker.life shared { Up* -restart-> Up at most 1 }
)";

// What the kernel does of its own accord, it does because somebody whom the policy lets has asked.
class SupervisedReplay : public testing::Test {
 protected:
  SupervisedReplay()
      : model(*compile(sources, {sources.add("supervised.bh", std::string(Supervised))}, sink)),
        table(*lower(model, sink)),
        replay(model, table) {}
  AuditRecord of(AuditKind kind, const char* caller, const char* operation,
                 AuditReason reason = AuditReason::None) {
    AuditRecord r;
    r.kind = kind;
    r.reason = reason;
    r.sequence = next++;
    r.subject = model->find_component(caller).value;
    if (operation == nullptr) return r;
    const OperationId id = model->find_operation(operation);
    const EndpointId endpoint = model->operations[id].endpoint;
    const std::vector<Channel>& channels = table.channels[ComponentId(r.subject)];
    for (r.channel = 0; channels[r.channel].endpoint != endpoint;) ++r.channel;
    r.endpoint = endpoint.value;
    r.receiver = model->owner_of(id).value;
    const std::vector<OperationId>& all = model->endpoints[endpoint].operations;
    r.method = static_cast<uint32_t>(std::find(all.begin(), all.end(), id) - all.begin());
    return r;
  }
  // How many differences more.
  size_t take(const AuditRecord& record) {
    const size_t before = replay.differences().size();
    replay.take(record);
    return replay.differences().size() - before;
  }

  SourceMap sources;
  DiagnosticSink sink;
  CheckedModel model;
  DecisionTable table;
  Replay replay;
  uint64_t next = 0;
};

TEST_F(SupervisedReplay, FollowsACrashAndARestart) {
  EXPECT_EQ(take(of(AuditKind::Granted, "Client", "Worker.work.work")), 0u);
  AuditRecord gone = of(AuditKind::Reply, "Client", "Worker.work.work");
  gone.status = AuditStatus::PeerGone;
  AuditRecord fault = of(AuditKind::Fault, "Worker", nullptr, AuditReason::Memory);
  std::swap(fault.sequence, gone.sequence);
  EXPECT_EQ(take(fault), 0u);
  EXPECT_EQ(take(gone), 0u);
  EXPECT_EQ(take(of(AuditKind::Granted, "Worker", "Boss.crashes.crashed")), 0u);
  EXPECT_EQ(take(of(AuditKind::Reply, "Worker", "Boss.crashes.crashed")), 0u);
  EXPECT_EQ(take(of(AuditKind::Granted, "Boss", "Worker.life.restart")), 0u);
  EXPECT_EQ(take(of(AuditKind::Started, "Worker", nullptr)), 0u);
  EXPECT_EQ(take(of(AuditKind::Reply, "Boss", "Worker.life.restart")), 0u);
  AuditRecord spent = of(AuditKind::Refused, "Boss", "Worker.life.restart", AuditReason::Protocol);
  spent.rule = 0;
  EXPECT_EQ(take(spent), 0u);
  EXPECT_EQ(take(of(AuditKind::Granted, "Client", "Worker.work.work")), 0u);
  AuditRecord late = of(AuditKind::Reply, "Client", "Worker.work.work", AuditReason::TimedOut);
  late.status = AuditStatus::TimedOut;
  EXPECT_EQ(take(late), 0u);
  EXPECT_EQ(take(of(AuditKind::Refused, "Worker", nullptr, AuditReason::Stale)), 0u);
  EXPECT_EQ(take(of(AuditKind::Refused, "Client", "Worker.work.work", AuditReason::TimedOut)), 0u);
  EXPECT_EQ(take(of(AuditKind::Granted, "Boss", "Machine.shutdown")), 0u);
  EXPECT_EQ(take(of(AuditKind::Shutdown, "Boss", nullptr)), 0u);
}

TEST_F(SupervisedReplay, NoticesWhatNobodyAskedFor) {
  EXPECT_EQ(take(of(AuditKind::Stopped, "Worker", nullptr)), 1u);
  EXPECT_EQ(take(of(AuditKind::Started, "Worker", nullptr)), 1u);
  EXPECT_EQ(take(of(AuditKind::Shutdown, "Boss", nullptr)), 1u);
  take(of(AuditKind::Granted, "Boss", "Worker.life.restart"));
  EXPECT_EQ(take(of(AuditKind::Stopped, "Client", nullptr)), 1u)
      << "another than the one asked for";
  EXPECT_EQ(take(of(AuditKind::Stopped, "Worker", nullptr)), 0u);
  EXPECT_EQ(take(of(AuditKind::Started, "Worker", nullptr)), 0u);
  EXPECT_EQ(take(of(AuditKind::Started, "Worker", nullptr)), 1u) << "it runs already";
  EXPECT_EQ(take(of(AuditKind::Granted, "Client", "Worker.work.work")), 1u)
      << "who has ended asks nothing";
}

constexpr std::string_view Reloaded = R"(policy door VERSION
import std.machine
interface Door { call open() call pass() }
component Admin {}
component Guest {}
component Porter { provides door: Door }
object Machine: System {}
allow use:    Guest -> Porter.door
allow change: Admin -> Machine.{stage, reload}
protocol Visit on Porter.door per caller {
    STATES
}
)";

// The kernel goes on in another table; the reference evaluator finds the sessions again by name.
class ReloadReplay : public testing::Test {
 protected:
  CheckedModel policy(const std::string& version, const std::string& states) {
    std::string text(Reloaded);
    text.replace(text.find("VERSION"), 7, version);
    text.replace(text.find("STATES"), 6, states);
    return *compile(sources, {sources.add(version, text)}, sink);
  }
  size_t differences_with(const CheckedModel& next, uint64_t version, bool second_pass) {
    const CheckedModel first = policy("1.0", "Out* -open ok-> In\n In -pass-> In at most 2");
    const DecisionTable table = *lower(first, sink);
    const DecisionTable next_table = *lower(next, sink);
    Replay replay(first, table);
    replay.expect_reload(next, next_table);
    uint64_t sequence = 0;
    const auto take = [&](AuditKind kind, const char* caller, const char* operation, uint32_t epoch,
                          AuditReason reason = AuditReason::None) {
      AuditRecord r;
      r.kind = kind;
      r.reason = reason;
      r.sequence = sequence++;
      r.epoch = epoch;
      r.subject = first->find_component(caller).value;
      const OperationId id = first->find_operation(operation);
      const EndpointId endpoint = first->operations[id].endpoint;
      for (r.channel = 0; table.channels[ComponentId(r.subject)][r.channel].endpoint != endpoint;) {
        ++r.channel;
      }
      r.endpoint = endpoint.value;
      r.receiver = first->owner_of(id).value;
      const std::vector<OperationId>& all = first->endpoints[endpoint].operations;
      r.method = static_cast<uint32_t>(std::find(all.begin(), all.end(), id) - all.begin());
      if (kind == AuditKind::Reload) r.words[0] = version;
      if (reason == AuditReason::Protocol) r.rule = 0;
      replay.take(r);
    };
    const auto served = [&](const char* caller, const char* operation, uint32_t epoch) {
      take(AuditKind::Granted, caller, operation, epoch);
      take(AuditKind::Reply, caller, operation, epoch);
    };
    served("Guest", "Porter.door.open", 0);
    served("Guest", "Porter.door.pass", 0);
    take(AuditKind::Granted, "Admin", "Machine.reload", 0);
    take(AuditKind::Reload, "Admin", "Machine.reload", 1);
    take(AuditKind::Reply, "Admin", "Machine.reload", 1);
    served("Guest", "Porter.door.pass", 1);
    if (second_pass) {
      served("Guest", "Porter.door.pass", 1);
    } else {
      take(AuditKind::Refused, "Guest", "Porter.door.pass", 1, AuditReason::Protocol);
    }
    return replay.differences().size();
  }
  SourceMap sources;
  DiagnosticSink sink;
};

TEST_F(ReloadReplay, SessionsAndLimitsGoOn) {
  constexpr uint64_t Two = uint64_t{2} << 48;
  const CheckedModel same =
      policy("2.0", "In -pass-> In at most 2\n Out* -open ok-> In\n Late -pass-> Out");
  EXPECT_EQ(differences_with(same, Two, false), 0u);
  EXPECT_EQ(differences_with(same, Two, true), 1u) << "one of two was used up before";
  EXPECT_NE(differences_with(same, Two + 1, false), 0u) << "another version";
  const CheckedModel wider = policy("2.0", "Out* -open ok-> In\n In -pass-> In at most 3");
  EXPECT_EQ(differences_with(wider, Two, true), 0u);
  const CheckedModel lost =
      policy("2.0", "Out* -open ok-> Inside\n Inside -pass-> Inside at most 3");
  EXPECT_NE(differences_with(lost, Two, true), 0u) << "no such state any more";
}

}  // namespace
}  // namespace bh
