// No change of a table goes unnoticed: every flipped bit of the gateway's blob is refused by the
// reader or proved to be another policy; also when the SHA-256 was made to fit again, which only
// someone who wants to does.
#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <sstream>

#include "core/base/sha256.h"
#include "lang/compile.h"
#include "solver/queries/equivalence.h"
#include "targets/microkernel/abi/bh_table.h"
#include "targets/microkernel/monitor/verify.h"
#include "targets/monitor/decode.h"
#include "targets/monitor/emit.h"
#include "targets/monitor/validate.h"
#include "targets/table/lower.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

constexpr uint32_t BudgetMs = 1000;

CheckedModel gateway() {
  std::ifstream file(BH_SOURCE_DIR "/examples/01_gateway/gateway.bh");
  std::ostringstream text;
  text << file.rdbuf();
  SourceMap sources;
  DiagnosticSink sink;
  const FileId id = sources.add("gateway.bh", text.str());
  std::optional<CheckedModel> model = compile(sources, {id}, sink);
  BH_CHECK(model.has_value());
  return std::move(*model);
}

std::vector<std::byte> blob_of(const CheckedModel& model) {
  DiagnosticSink sink;
  const auto table = lower(model, sink);
  BH_CHECK(table.has_value());
  auto blob = emit_blob(*model, *table, {BudgetMs, {}}, sink);
  BH_CHECK(blob.has_value());
  return *blob;
}

enum class Outcome { Refused, Different, Equal, Unknown };

Outcome judge(const CheckedModel& model, std::span<const std::byte> blob) {
  const Result<DecodedPolicy> decoded = decode_blob(blob);
  if (!decoded) return Outcome::Refused;
  const Validation validation = validate(model, *decoded, {BudgetMs, {}});
  if (!validation.differences.empty()) return Outcome::Different;
  std::vector<ForeignCell> cells;
  for (const TableCell& cell : validation.cells) {
    cells.push_back({cell.subject, cell.operation, cell.granted});
  }
  const Equivalence result = prove_equal(model, decoded->conditions, cells, {});
  switch (result.verdict) {
    case Verdict::Proved:
      return Outcome::Equal;
    case Verdict::Violated:
      return Outcome::Different;
    case Verdict::Unknown:
      return Outcome::Unknown;
  }
  BH_CHECK(false);
}

void fit_hash(std::vector<std::byte>& blob) {
  const Sha256 hash = sha256(std::span(blob).subspan(offsetof(bh_header, format_version)));
  std::memcpy(blob.data() + offsetof(bh_header, sha256), hash.data(), hash.size());
}

TEST(Tamper, TheGatewaysTableIsEqualToItsPolicy) {
  const CheckedModel model = gateway();
  EXPECT_EQ(judge(model, blob_of(model)), Outcome::Equal);
}

TEST(Tamper, EveryFlippedBitIsRefused) {
  const CheckedModel model = gateway();
  std::vector<std::byte> blob = blob_of(model);
  for (size_t bit = 0; bit < 8 * blob.size(); ++bit) {
    blob[bit / 8] ^= std::byte{1} << bit % 8;
    EXPECT_FALSE(decode_blob(blob).has_value()) << "bit " << bit;
    blob[bit / 8] ^= std::byte{1} << bit % 8;
  }
}

TEST(Tamper, EveryFlippedBitUnderAFittingHashIsRefusedOrProvedDifferent) {
  const CheckedModel model = gateway();
  const std::vector<std::byte> sound = blob_of(model);
  size_t refused = 0;
  size_t different = 0;
  size_t past_the_kernel = 0;
  for (size_t bit = 8 * offsetof(bh_header, format_version); bit < 8 * sound.size(); ++bit) {
    std::vector<std::byte> blob = sound;
    blob[bit / 8] ^= std::byte{1} << bit % 8;
    fit_hash(blob);
    const Outcome outcome = judge(model, blob);
    refused += outcome == Outcome::Refused;
    different += outcome == Outcome::Different;
    EXPECT_TRUE(outcome == Outcome::Refused || outcome == Outcome::Different)
        << "byte " << bit / 8 << " bit " << bit % 8;
    std::vector<uint64_t> aligned(blob.size() / 8);
    std::memcpy(aligned.data(), blob.data(), blob.size());
    const auto* bytes = reinterpret_cast<const uint8_t*>(aligned.data());
    past_the_kernel += kernel::verify(bytes, blob.size()).fault == BH_EXIT_OK;
  }
  fmt::print("{} bytes: {} flips refused, {} proved different; the kernel would load {} of them\n",
             sound.size(), refused, different, past_the_kernel);
  EXPECT_GT(different, 100u) << "some flips must reach the comparison";
}

// Every bit of the rows that say who may move a protocol, and what it does when time passes.
TEST(Tamper, EveryFlippedBitOfStatesAndStepsIsRefusedOrProvedDifferent) {
  DiagnosticSink sink;
  size_t flips = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const CheckedModel model = *seal(random_model(seed, GenerateAll), sink);
    const std::vector<std::byte> sound = blob_of(model);
    bh_header header;
    std::memcpy(&header, sound.data(), sizeof header);
    const size_t first = header.sections[BH_SECTION_STATES].offset;
    const size_t last = header.sections[BH_SECTION_NAMES].offset;
    for (size_t bit = 8 * first; bit < 8 * last; ++bit, ++flips) {
      std::vector<std::byte> blob = sound;
      blob[bit / 8] ^= std::byte{1} << bit % 8;
      fit_hash(blob);
      const Result<DecodedPolicy> decoded = decode_blob(blob);
      if (!decoded) continue;
      EXPECT_FALSE(validate(model, *decoded, {BudgetMs, {}}).differences.empty())
          << "seed " << seed << " byte " << bit / 8 << " bit " << bit % 8;
    }
  }
  EXPECT_GT(flips, 10'000u);
}

// Every bit of the rights, and of what records keep, under a policy with statements of each kind.
TEST(Tamper, EveryFlippedBitOfRightsAndRecordsIsRefusedOrProvedDifferent) {
  Model audited = *gateway();
  Audit denied;
  denied.who = {AuditClass::Hashed, 0};
  denied.arguments = AuditField{AuditClass::Hashed, 0};
  audited.audits.add(denied);
  Audit granted;
  granted.of = AuditOf::Granted;
  granted.one_in = 10;
  audited.audits.add(granted);
  Audit signing;
  signing.of = AuditOf::Rule;
  signing.rule = audited.find_rule("signing");
  signing.one_in = 100;
  signing.listed = {{"slot", {AuditClass::Bucket, 4}, {}}};
  audited.audits.add(signing);
  DiagnosticSink sink;
  const CheckedModel model = *seal(audited, sink);
  const std::vector<std::byte> sound = blob_of(model);
  ASSERT_EQ(judge(model, sound), Outcome::Equal);
  bh_header header;
  std::memcpy(&header, sound.data(), sizeof header);
  size_t different = 0;
  const size_t first = header.sections[BH_SECTION_RIGHTS].offset;
  const size_t last = header.sections[BH_SECTION_ENDPOINTS].offset;
  for (size_t bit = 8 * first; bit < 8 * last; ++bit) {
    std::vector<std::byte> blob = sound;
    blob[bit / 8] ^= std::byte{1} << bit % 8;
    fit_hash(blob);
    const Outcome outcome = judge(model, blob);
    different += outcome == Outcome::Different;
    EXPECT_TRUE(outcome == Outcome::Refused || outcome == Outcome::Different)
        << "byte " << bit / 8 << " bit " << bit % 8;
  }
  EXPECT_GT(different, 100u);
}

TEST(Tamper, GeneratedTablesAreEqualToTheirPoliciesAndToNoOther) {
  size_t equal = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    DiagnosticSink sink;
    const CheckedModel model = *seal(random_model(seed, GenerateAll), sink);
    const std::vector<std::byte> blob = blob_of(model);
    EXPECT_EQ(judge(model, blob), Outcome::Equal) << "seed " << seed;
    const CheckedModel other = *seal(random_model(seed + 1, GenerateAll), sink);
    EXPECT_EQ(judge(other, blob), Outcome::Different) << "seed " << seed;
    ++equal;
  }
  EXPECT_EQ(equal, 60u);
}

}  // namespace
}  // namespace bh
