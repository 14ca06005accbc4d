#include <gtest/gtest.h>

#include <cstring>

#include "targets/microkernel/abi/bh_table.h"
#include "targets/monitor/decode.h"
#include "targets/monitor/emit.h"
#include "targets/monitor/names.h"
#include "targets/monitor/stubs.h"
#include "targets/monitor/validate.h"
#include "targets/table/example_model.h"
#include "targets/table/lower.h"

namespace bh {
namespace {

constexpr EmitOptions Options{500, {}};

std::vector<std::byte> blob_of(const CheckedModel& model, const EmitOptions& options = Options) {
  DiagnosticSink sink;
  const auto table = lower(model, sink);
  auto blob = emit_blob(*model, *table, options, sink);
  BH_CHECK(blob.has_value());
  return *blob;
}

// The codes that emitting reports.
std::vector<uint16_t> codes_of(Model model) {
  DiagnosticSink sink;
  const CheckedModel checked = sealed(std::move(model));
  const auto table = lower(checked, sink);
  EXPECT_FALSE(emit_blob(*checked, *table, Options, sink).has_value());
  std::vector<uint16_t> codes;
  for (const Diagnostic& d : sink.diagnostics()) codes.push_back(d.code);
  return codes;
}

TEST(Emit, IsReadBackAsThePolicy) {
  const CheckedModel model = sealed(example_model().model);
  const auto blob = blob_of(model);
  EXPECT_EQ(blob, blob_of(model)) << "same policy, same bytes";
  const auto decoded = decode_blob(blob);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(decoded->policy_version, uint64_t{2} << 48 | uint64_t{1} << 32);
  EXPECT_EQ(decoded->components[1].name, "Parser");
  EXPECT_EQ(decoded->components[1].channels.size(), 2u);
  const Validation validation = validate(model, *decoded, {500, {}});
  EXPECT_EQ(validation.differences, std::vector<std::string>{});
  EXPECT_EQ(validation.decisions, 4u * 7u) << "every component times every operation";
  EXPECT_EQ(validation.protocol_rows, 2u * 4u);
  EXPECT_EQ(validation.cells.size(), 6u);
}

TEST(Emit, HasTheTimeoutOfThePolicyOrElseTheOneItIsTold) {
  ExampleModel e = example_model();
  const auto timeout_of = [](const CheckedModel& model) {
    return decode_blob(blob_of(model, {500, {}, 7}))->call_ms;
  };
  EXPECT_EQ(timeout_of(sealed(e.model)), 7u);
  e.model.monitor = MonitorTarget{{}, 250, {}};
  const CheckedModel model = sealed(e.model);
  EXPECT_EQ(timeout_of(model), 250u);
  DecodedPolicy decoded = *decode_blob(blob_of(model, {500, {}, 7}));
  EXPECT_TRUE(validate(model, decoded, {500, {}, 7}).differences.empty());
  decoded.call_ms = 7;
  EXPECT_EQ(validate(model, decoded, {500, {}, 7}).differences.size(), 1u);
}

TEST(Emit, BindsImagesAndTellsOtherOnesApart) {
  const CheckedModel model = sealed(example_model().model);
  const std::vector<Sha256> images = {sha256("a"), sha256("b"), sha256("c"), sha256("d")};
  const auto decoded = decode_blob(blob_of(model, {500, images}));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(validate(model, *decoded, {500, images}).differences.empty());
  EXPECT_EQ(validate(model, *decoded, {500, {}}).differences.size(), 4u);
  EXPECT_EQ(validate(model, *decoded, {501, images}).differences.size(), 1u);
}

TEST(Validate, NoticesAnotherPolicy) {
  ExampleModel e = example_model();
  const auto decoded = decode_blob(blob_of(sealed(e.model)));
  const auto differences = [&](const Model& model) {
    return validate(sealed(model), *decoded, {500, {}}).differences.size();
  };
  EXPECT_EQ(differences(e.model), 0u);
  ExampleModel other_results = e;
  const TypeId key = e.model.method_of(e.sign).results[0].type;
  other_results.model.types[key].domain = IntervalSet::range(64, 65);
  EXPECT_EQ(differences(other_results.model), 1u);
  ExampleModel longer = e;
  longer.model.protocols[e.session].transitions[1].at_most = 4;
  EXPECT_EQ(differences(longer.model), 1u);
  ExampleModel shared = e;
  shared.model.protocols[e.session].instances = InstanceKind::Shared;
  EXPECT_EQ(differences(shared.model), 1u);
  ExampleModel impatient = e;
  impatient.model.protocols[e.session].states[1].timeout = Timeout{5000, 0, {}};
  EXPECT_EQ(differences(impatient.model), 1u);
  ExampleModel audited = e;
  Audit granted;
  granted.of = AuditOf::Granted;
  audited.model.audits.add(granted);
  EXPECT_EQ(differences(audited.model), 4u) << "each of the four channels leaves other records";
  ExampleModel newer = e;
  newer.model.version = "2.2";
  EXPECT_EQ(differences(newer.model), 1u);
}

TEST(Validate, ComparesTimeoutsMoversAndCallers) {
  ExampleModel e = example_model();
  Protocol& session = e.model.protocols[e.session];
  session.instances = InstanceKind::Shared;
  session.states[1].timeout = Timeout{5000, 0, {}};
  for (Transition& t : session.transitions) {
    t.mover = Mover::Other;
    t.by = {e.parser};
  }
  const auto decoded = decode_blob(blob_of(sealed(e.model)));
  ASSERT_TRUE(decoded.has_value());
  const auto differences = [&](const Model& model) {
    return validate(sealed(model), *decoded, {500, {}}).differences.size();
  };
  EXPECT_EQ(differences(e.model), 0u);
  ExampleModel later = e;
  later.model.protocols[e.session].states[1].timeout->milliseconds = 5001;
  EXPECT_EQ(differences(later.model), 1u);
  ExampleModel elsewhere = e;
  elsewhere.model.protocols[e.session].states[1].timeout->to = 1;
  EXPECT_EQ(differences(elsewhere.model), 1u);
  ExampleModel same = e;
  same.model.protocols[e.session].transitions[0].mover = Mover::Same;
  EXPECT_EQ(differences(same.model), 1u);
  ExampleModel others = e;
  others.model.protocols[e.session].transitions[0].by = {e.network};
  EXPECT_EQ(differences(others.model), 1u);
}

// A rule's own statement marks what it grants, `audit granted` everything.
TEST(Emit, MarksTheGrantsThatLeaveARecord) {
  ExampleModel e = example_model();
  const auto audited = [](const Model& model) {
    std::vector<uint32_t> masks;
    const CheckedModel checked = sealed(model);
    const auto decoded = decode_blob(blob_of(checked));
    EXPECT_TRUE(validate(checked, *decoded, {500, {}}).differences.empty());
    for (const auto& component : decoded->components) {
      for (const auto& channel : component.channels) {
        const auto& records = decoded->rights[channel.right].records;
        uint32_t mask = 0;
        for (size_t m = 0; m < records.size(); ++m) {
          mask |= uint32_t{records[m].granted.has_value()} << m;
        }
        masks.push_back(mask);
      }
    }
    return masks;
  };
  EXPECT_EQ(audited(e.model), (std::vector<uint32_t>{0, 0, 0, 0}));
  Audit signing;
  signing.of = AuditOf::Rule;
  signing.rule = e.model.find_rule("signing");
  e.model.audits.add(signing);
  EXPECT_EQ(audited(e.model), (std::vector<uint32_t>{0, 0, 2, 0}));
  Audit granted;
  granted.of = AuditOf::Granted;
  e.model.audits.add(granted);
  EXPECT_EQ(audited(e.model), (std::vector<uint32_t>{1, 1, 7, 1}));
}

// A blob whose records keep something else, are left 1 in another number of times, or counted
// together with others, is told apart.
TEST(Validate, ComparesWhatRecordsKeep) {
  ExampleModel e = example_model();
  Audit signing;
  signing.of = AuditOf::Rule;
  signing.rule = e.signing;
  signing.one_in = 100;
  signing.listed = {{"slot", {AuditClass::Bucket, 4}, {}}};
  e.model.audits.add(signing);
  Audit granted;
  granted.of = AuditOf::Granted;
  granted.one_in = 100;
  granted.why = {AuditClass::Hashed, 0};
  e.model.audits.add(granted);
  Audit denied;
  denied.who = {AuditClass::Omit, 0};
  denied.arguments = AuditField{AuditClass::Hashed, 0};
  e.model.audits.add(denied);
  const auto decoded = decode_blob(blob_of(sealed(e.model)));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  const auto differences = [&](const auto& change) {
    Model other = e.model;
    change(other.audits[AuditId(0)], other.audits[AuditId(1)], other.audits[AuditId(2)]);
    return validate(sealed(other), *decoded, {500, {}}).differences.size();
  };
  EXPECT_EQ(differences([](Audit&, Audit&, Audit&) {}), 0u);
  EXPECT_EQ(differences([](Audit& s, Audit&, Audit&) { s.listed[0].field.bucket = 8; }), 1u);
  EXPECT_EQ(differences([](Audit& s, Audit&, Audit&) { s.one_in = 99; }), 1u);
  EXPECT_EQ(differences([](Audit& s, Audit&, Audit&) { s.what.keep = AuditClass::Omit; }), 1u);
  EXPECT_EQ(differences([](Audit&, Audit& g, Audit&) { g.why.keep = AuditClass::Exact; }), 4u);
  EXPECT_EQ(differences([](Audit&, Audit&, Audit& d) { d.arguments.reset(); }), 4u);
  EXPECT_EQ(differences([](Audit&, Audit&, Audit& d) { d.who.keep = AuditClass::Hashed; }), 1u)
      << "what has no name; nothing else is compared then";
  Model secret = e.model;
  secret.methods[secret.operations[e.sign].method].results[0].privacy = Privacy::Secret;
  EXPECT_EQ(validate(sealed(secret), *decoded, {500, {}}).differences.size(), 1u);

  ASSERT_EQ(decoded->rights.size(), 4u);
  DecodedPolicy together = *decoded;
  for (auto& profile : together.profiles) {
    if (profile.sample) profile.sample = 0;
  }
  EXPECT_NE(validate(sealed(e.model), together, {500, {}}).differences.size(), 0u);
}

TEST(PolicyVersion, OrdersReleases) {
  EXPECT_LT(policy_version("2.1"), policy_version("2.10"));
  EXPECT_LT(policy_version("2.10"), policy_version("3"));
  EXPECT_EQ(policy_version("1.2.3.4"), uint64_t{1} << 48 | uint64_t{2} << 32 | 3 << 16 | 4);
  for (const char* bad : {"", "0", "0.0", "1.", ".1", "1.2.3.4.5", "70000", "1.02", "1-2", "x"}) {
    EXPECT_FALSE(policy_version(bad).has_value()) << bad;
  }
}

TEST(Emit, ReportsWhatTheMonitorCannotHold) {
  ExampleModel e = example_model();
  Model many = e.model;
  for (uint32_t i = 0; i < BH_MAX_COMPONENTS - 3; ++i) add_component(many, "More");
  EXPECT_EQ(codes_of(many), std::vector<uint16_t>{6003});
  Model wide = e.model;
  Method& send = wide.methods[wide.operations[e.send].method];
  while (send.parameters.size() < 7) send.parameters.push_back({"n", e.slot, Privacy::Plain, {}});
  EXPECT_EQ(codes_of(wide), std::vector<uint16_t>{6003});
  Model tight = e.model;
  tight.monitor = MonitorTarget{100, {}, {}};
  EXPECT_EQ(codes_of(tight), std::vector<uint16_t>{6004});
  Model long_message = e.model;
  long_message.types[e.frame].domain = IntervalSet::range(0, 5000);
  EXPECT_EQ(codes_of(long_message), (std::vector<uint16_t>{6005, 6005, 6005}));
  Model unnumbered = e.model;
  unnumbered.version = "spring";
  EXPECT_EQ(codes_of(unnumbered), std::vector<uint16_t>{6006});
}

TEST(Stubs, NameOnlyWhatIsGranted) {
  DiagnosticSink sink;
  const CheckedModel model = sealed(example_model().model);
  const std::vector<StubHeader> stubs = make_stubs(*model, *lower(model, sink));
  ASSERT_EQ(stubs.size(), 8u);
  EXPECT_EQ(stubs[1].file, "parser.h");
  const auto has = [](const StubHeader& stub, std::string_view text) {
    return stub.text.find(text) != std::string::npos;
  };
  EXPECT_TRUE(has(stubs[1],
                  "inline bh_status sign(Slot slot, const Digest& digest, "
                  "std::array<uint8_t, 64>& signature)"));
  EXPECT_TRUE(has(stubs[1], "// signing when slot in {1"));
  EXPECT_FALSE(has(stubs[1], "export"));
  EXPECT_FALSE(has(stubs[1], "Journal::"));
  EXPECT_TRUE(has(stubs[2], "bh_handler.export_(bh_caller, slot, key)"))
      << "a keyword gets an underscore";
  EXPECT_TRUE(has(stubs[3], "bh_handler.append(bh_caller, data)"));
  EXPECT_EQ(stubs[5].file, "parser_c.h");
  EXPECT_TRUE(has(stubs[5], "KeyStore_keys_sign = "));
  EXPECT_FALSE(has(stubs[5], "export"));
  EXPECT_TRUE(has(stubs[6], "KeyStore_keys_endpoint = "));
}

TEST(Names, TellTheRuleOfEachGrant) {
  DiagnosticSink sink;
  const CheckedModel model = sealed(example_model().model);
  const std::string names = names_json(*model, *lower(model, sink), SourceMap());
  EXPECT_NE(names.find("\"rule\": \"signing\""), std::string::npos);
  EXPECT_NE(names.find("\"endpoint\": \"KeyStore.keys\""), std::string::npos);
}

TEST(Decode, RefusesEveryTruncationAndEveryFlippedBit) {
  std::vector<std::byte> blob = blob_of(sealed(example_model().model));
  for (size_t size = 0; size < blob.size(); ++size) {
    EXPECT_FALSE(decode_blob(std::span(blob).first(size)).has_value());
  }
  for (size_t bit = 0; bit < 8 * blob.size(); ++bit) {
    blob[bit / 8] ^= std::byte{1} << bit % 8;
    EXPECT_FALSE(decode_blob(blob).has_value()) << "bit " << bit;
    blob[bit / 8] ^= std::byte{1} << bit % 8;
  }
  EXPECT_TRUE(decode_blob(blob).has_value());
}

}  // namespace
}  // namespace bh
