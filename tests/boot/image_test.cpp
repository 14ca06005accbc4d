// A system image of which anything is not as its digest says is refused, each part with its own
// exit code; and what flash keeps decides which image runs.
#include <gtest/gtest.h>

#include <cstring>

#include "targets/microkernel/monitor/sha256.h"
#include "tests/boot/steps.h"

namespace bh::boot_test {
namespace {

using namespace bh::kernel::testing;

constexpr size_t FlashBlock = 0x40000;
const MethodSpec Plain{2, 0, 1, 0, false, {}};

// One component that ends the system with the status of its version, unless it is told otherwise.
ByteVector image_of_version(uint8_t version, std::vector<Step> steps = {}) {
  SystemSpec system = pair({Plain}, {0, 1, 0, {}});
  system.policy_version = version;
  if (steps.empty()) steps = {simple(Op::Shutdown, version)};
  return build_image(
      {build_blob(system),
       build_archive(images_of(system, {scripted(steps), server()}), BH_ARCHIVE_VERBOSE, 1000),
       20});
}

// The record of a machine on which slot A runs an image of version 3.
bh_boot_record record_of(const ByteVector& a, uint8_t trial = BH_NONE8, const ByteVector& b = {}) {
  bh_boot_record record{};
  record.magic = BH_RECORD_MAGIC;
  record.sequence = 1;
  record.lowest_version = 3;
  record.trial = trial;
  record.tries = trial == BH_NONE8 ? 0 : 1;
  const ByteVector digest = digest_of(a);
  std::memcpy(record.digest[0], digest.data(), digest.size());
  if (!b.empty()) std::memcpy(record.digest[1], digest_of(b).data(), digest.size());
  return record;
}

ByteVector flash_with(bh_boot_record record) {
  const kernel::Digest digest =
      kernel::sha256(reinterpret_cast<const uint8_t*>(&record), offsetof(bh_boot_record, sha256));
  std::memcpy(record.sha256, digest.bytes, sizeof digest);
  ByteVector flash(2 * FlashBlock, 0xff);
  std::memcpy(flash.data() + record.sequence % 2 * FlashBlock, &record, sizeof record);
  return flash;
}

std::string exits(const std::vector<Outcome>& outcomes) {
  std::string text;
  for (const Outcome& outcome : outcomes) {
    if (!text.empty()) text += " ";
    const bool booted = !outcome.boot.is_null();
    text += booted ? (outcome.boot["slot"] == 0 ? "A:" : "B:") : "-:";
    text += std::to_string(outcome.exit);
  }
  return text;
}

std::string exits(Machine& machine) { return exits(run(machine)); }

TEST(SystemImage, OneChangedByteOfAnyPartStopsTheBootWithTheCodeOfThePart) {
  // All bytes are covered by the host tests of the same code; the booted kernel gets a sample.
  const ByteVector good = image_of_version(3);
  bh_system header{};
  std::memcpy(&header, good.data(), sizeof header);
  const auto refused = [&](size_t at, int lowest, int highest) {
    Machine machine{{good, {}}, {}};
    machine.slots[0][at] ^= 0x10;
    const Outcome r = run(machine).back();
    EXPECT_TRUE(r.exit >= lowest && r.exit <= highest) << "byte " << at << ": " << r.text;
    EXPECT_TRUE(r.boot.is_null()) << "byte " << at << ": it booted";
    EXPECT_EQ(r.last["exit"], r.exit);
  };
  refused(3, BH_EXIT_NO_IMAGE, BH_EXIT_NO_IMAGE);
  for (size_t at = 8; at < BH_BLOCK_BYTES; at += 401) refused(at, BH_EXIT_HEADER, BH_EXIT_HEADER);
  for (size_t at = BH_BLOCK_BYTES; at < header.store_offset; at += 509) {
    refused(at, BH_EXIT_TREE, BH_EXIT_TREE);
  }
  for (size_t at = header.store_offset; at < header.table_offset; at += 4001) {
    refused(at, BH_EXIT_BLOCK, BH_EXIT_BLOCK);
  }
  refused(header.table_offset + offsetof(bh_header, sha256), BH_EXIT_SHA256, BH_EXIT_SHA256);
  refused(header.table_offset + sizeof(bh_header), BH_EXIT_SHA256, BH_EXIT_SHA256);
  refused(header.total_bytes - 1, BH_EXIT_TABLE_HASH, BH_EXIT_TABLE_HASH);
}

TEST(SystemImage, AnEmptySlotIsNoImage) {
  Machine machine;
  EXPECT_EQ(exits(machine), "-:" + std::to_string(BH_EXIT_NO_IMAGE));
}

TEST(Record, TheTrustedImageRunsAndTheBootLineSaysSo) {
  const ByteVector a = image_of_version(3);
  Machine machine{{a, {}}, flash_with(record_of(a))};
  const ByteVector before = machine.flash;
  const Outcome r = run(machine).back();
  EXPECT_EQ(r.exit, 3) << r.text;
  EXPECT_EQ(r.boot["trusted"], true);
  EXPECT_EQ(r.boot["trial"], false);
  EXPECT_EQ(machine.flash, before) << "nothing is written without need";
  Machine without{{a, {}}, {}};
  EXPECT_EQ(run(without).back().boot["trusted"], false);
}

TEST(Record, AnotherAndAnOlderImageAreRefused) {
  const ByteVector a = image_of_version(3);
  Machine other{{image_of_version(5), {}}, flash_with(record_of(a))};
  EXPECT_EQ(exits(other), "-:" + std::to_string(BH_EXIT_UNTRUSTED));
  Machine older{{image_of_version(2), {}}, flash_with(record_of(a))};
  EXPECT_EQ(exits(older), "-:" + std::to_string(BH_EXIT_ROLL_BACK));
  // Even where its digest was trusted once.
  const ByteVector old = image_of_version(2);
  Machine trusted_once{{old, {}}, flash_with(record_of(old))};
  EXPECT_EQ(exits(trusted_once), "-:" + std::to_string(BH_EXIT_ROLL_BACK));
}

TEST(Record, DamagedFlashStopsTheBoot) {
  const ByteVector a = image_of_version(3);
  for (size_t at : {size_t{0}, size_t{8}, offsetof(bh_boot_record, lowest_version),
                    offsetof(bh_boot_record, digest), offsetof(bh_boot_record, sha256)}) {
    Machine machine{{a, {}}, flash_with(record_of(a))};
    machine.flash[FlashBlock + at] ^= 1;
    EXPECT_EQ(exits(machine), "-:" + std::to_string(BH_EXIT_RECORD)) << at;
  }
  Machine erased{{a, {}}, ByteVector(2 * FlashBlock, 0xff)};
  EXPECT_EQ(exits(erased), "-:" + std::to_string(BH_EXIT_RECORD));
}

// The newer record was cut off while it was written: the older one counts.
TEST(Record, ARecordThatIsCutOffIsNone) {
  const ByteVector a = image_of_version(3);
  const ByteVector b = image_of_version(4);
  Machine machine{{a, b}, flash_with(record_of(a))};
  bh_boot_record newer = record_of(a, 1, b);
  newer.sequence = 2;
  const ByteVector cut = flash_with(newer);
  std::copy_n(cut.begin(), sizeof(bh_boot_record) - 4, machine.flash.begin());
  EXPECT_EQ(exits(machine), "A:3");
}

// ---- on trial: slot B runs because the record says so, and has not reported healthy -------------

TEST(Trial, AnImageThatNeverReportsIsGivenUpInTimeAndTheOldOneServes) {
  const ByteVector a = image_of_version(3);
  const ByteVector b = image_of_version(4, {simple(Op::Spin)});
  Machine machine{{a, b}, flash_with(record_of(a, 1, b))};
  const std::vector<Outcome> outcomes = run(machine);
  EXPECT_EQ(exits(outcomes), "B:" + std::to_string(BH_EXIT_UNHEALTHY) + " A:3");
  EXPECT_EQ(outcomes[0].boot["trial"], true);
  EXPECT_EQ(outcomes[1].boot["trial"], false);
  const std::string told = "\"crash\":" + std::to_string(BH_EXIT_UNHEALTHY);
  EXPECT_NE(outcomes[1].text.find(told), std::string::npos) << outcomes[1].text;
  EXPECT_EQ(exits(machine), "A:3") << "and at every later boot";
}

TEST(Trial, HoweverItEndsTheOldOneServes) {
  const ByteVector a = image_of_version(3);
  const auto after = [&](const std::vector<Step>& steps) {
    const ByteVector b = image_of_version(4, steps);
    Machine machine{{a, b}, flash_with(record_of(a, 1, b))};
    return exits(machine);
  };
  EXPECT_EQ(after({simple(Op::Shutdown, 0)}), "B:0 A:3");
  EXPECT_EQ(after({attack(Attack::ReadNull)}), "B:" + std::to_string(BH_EXIT_QUIET) + " A:3");
  EXPECT_EQ(after({wait_until(1'000'000)}), "B:" + std::to_string(BH_EXIT_UNHEALTHY) + " A:3");
}

TEST(Trial, AnImageThatIsDamagedMissingOrAnotherIsGivenUpBeforeItRuns) {
  const ByteVector a = image_of_version(3);
  const ByteVector b = image_of_version(4);
  const auto after = [&](const ByteVector& found) {
    Machine machine{{a, found}, flash_with(record_of(a, 1, b))};
    return exits(machine);
  };
  ByteVector damaged = b;
  bh_system header{};
  std::memcpy(&header, b.data(), sizeof header);
  damaged[header.store_offset + 5000] ^= 1;
  EXPECT_EQ(after(damaged), "-:" + std::to_string(BH_EXIT_BLOCK) + " A:3");
  EXPECT_EQ(after({}), "-:" + std::to_string(BH_EXIT_NO_IMAGE) + " A:3");
  EXPECT_EQ(after(image_of_version(5)), "-:" + std::to_string(BH_EXIT_UNTRUSTED) + " A:3");
}

// ---- upgrades, asked for by the component that may ----------------------------------------------

Step machine(bh_machine_method method, bh_status status = BH_OK) {
  return call(0, method, {}, status);
}

Step upgrade_to(const ByteVector& image, bh_status status = BH_OK) {
  Step step = machine(BH_MACHINE_UPGRADE, status);
  step.op = Op::CallWithDigest;
  std::memcpy(step.words + 2, digest_of(image).data(), 32);
  return step;
}

// Component 0 may ask the machine what `allow` has bits for.
ByteVector image_with_machine(uint8_t version, std::vector<Step> steps, uint32_t allow = 0x3f) {
  SystemSpec system = pair({}, {0, allow, 0, {}});
  system.policy_version = version;
  system.endpoints[0].methods = {{1, 0, 0, 0, false, {}}, {1, 0, 0, 0, false, {}},
                                 {2, 2, 0, 0, false, {}}, {0, 0, 0, 0, false, {}},
                                 {1, 1, 0, 0, false, {}}, {0, 0, 0, 0, false, {}}};
  system.endpoints[0].service = BH_SERVICE_MACHINE;
  steps.push_back(simple(Op::Shutdown, version));
  return build_image(
      {build_blob(system),
       build_archive(images_of(system, {scripted(steps), server()}), BH_ARCHIVE_VERBOSE, 1000),
       20});
}

const std::string Upgrade = std::to_string(BH_EXIT_UPGRADE);

TEST(Upgrade, TheNamedNewerImageRunsAndStaysOnceItIsHealthy) {
  const ByteVector b = image_with_machine(4, {machine(BH_MACHINE_HEALTHY)});
  const ByteVector a = image_with_machine(3, {machine(BH_MACHINE_HEALTHY), upgrade_to(b)});
  Machine machine{{a, b}, flash_with(record_of(a))};
  const std::vector<Outcome> outcomes = run(machine);
  EXPECT_EQ(exits(outcomes), "A:" + Upgrade + " B:4");
  const uint64_t before = outcomes[0].boot["start"];
  const uint64_t after = outcomes.back().boot["start"];
  EXPECT_GT(after, before);
  EXPECT_LT(after - before, 1000 * outcomes[0].boot["ticks_per_ms"].get<uint64_t>())
      << "the clock skips nothing over the restart";
  ASSERT_EQ(outcomes[0].of("upgrade").size(), 1u) << outcomes[0].text;
  EXPECT_EQ(outcomes[0].of("upgrade")[0]["status"], BH_OK);
  EXPECT_EQ(exits(machine), "B:4") << "and at every later boot";
  // The old one is not trusted again, wherever it lies.
  machine.slots[1] = a;
  EXPECT_EQ(exits(machine), "-:" + std::to_string(BH_EXIT_ROLL_BACK));
}

TEST(Upgrade, WhatIsNotTheNamedNewerSoundImageIsRefusedAndAServes) {
  const ByteVector b = image_with_machine(4, {machine(BH_MACHINE_HEALTHY)});
  const auto refused = [](const ByteVector& named, const ByteVector& found) {
    const ByteVector a = image_with_machine(3, {upgrade_to(named, BH_ERROR)});
    Machine machine{{a, found}, flash_with(record_of(a))};
    const std::vector<Outcome> outcomes = run(machine);
    EXPECT_EQ(exits(outcomes), "A:3") << outcomes[0].text;
    const auto records = outcomes[0].of("upgrade");
    return records.size() == 1 ? records[0]["words"][0].get<int>() : -1;
  };
  bh_system header{};
  std::memcpy(&header, b.data(), sizeof header);
  const auto changed = [&](size_t at) {
    ByteVector image = b;
    image[at] ^= 4;
    return image;
  };
  EXPECT_EQ(refused(image_of_version(4), b), BH_EXIT_UNTRUSTED);
  EXPECT_EQ(refused(b, {}), BH_EXIT_NO_IMAGE);
  EXPECT_EQ(refused(b, changed(200)), BH_EXIT_HEADER);
  EXPECT_EQ(refused(b, changed(BH_BLOCK_BYTES + 9)), BH_EXIT_TREE);
  EXPECT_EQ(refused(b, changed(header.store_offset + 6000)), BH_EXIT_BLOCK);
  EXPECT_EQ(refused(b, changed(header.table_offset + 300)), BH_EXIT_SHA256);
  for (uint8_t version : {uint8_t{3}, uint8_t{2}}) {
    const ByteVector old = image_of_version(version);
    EXPECT_EQ(refused(old, old), BH_EXIT_ROLL_BACK);
  }
}

TEST(Upgrade, WithoutTheRightOrFlashThereIsNone) {
  const ByteVector b = image_with_machine(4, {});
  const ByteVector may_not = image_with_machine(3, {upgrade_to(b, BH_REFUSED)}, 0x2f);
  Machine machine{{may_not, b}, flash_with(record_of(may_not))};
  EXPECT_EQ(exits(machine), "A:3");
  Machine without{{image_with_machine(3, {upgrade_to(b, BH_ERROR)}), b}, {}};
  EXPECT_EQ(exits(without), "A:3");
}

}  // namespace
}  // namespace bh::boot_test
