// What `diff` says of two small policies.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "solver/queries/diff.h"
#include "tests/solver/policy.h"

namespace bh {
namespace {

constexpr const char* Vocabulary = R"(policy p 1.0
enum Mode { off, slow, fast }
lattice secrecy { public < secret }
interface Box {
    call put(slot: u8 in 0..9, mode: Mode)
    call get(slot: u8 in 0..9) -> data: bytes[..64]
    call reset()
}
component Alice { label public }
component Bob   { label secret }
component Store { label secret  provides box: Box }
)";

struct Compared {
  test::Checked before;
  test::Checked after;
  PolicyDiff diff;

  // One line a change: "requests + Alice -> Store.box.put when slot = 3", then what was renamed.
  std::string text() const {
    std::string lines;
    for (const PolicyChange& c : diff.changes) {
      const char* sign = c.direction == ChangeDirection::Wider      ? "+"
                         : c.direction == ChangeDirection::Narrower ? "-"
                                                                    : "~";
      lines += fmt::format("{} {} {}{}{}\n", print(c.kind), sign, c.what,
                           c.condition.empty() ? "" : " when ", c.condition);
    }
    for (const Renamed& renamed : diff.renamed) lines += print(renamed) + "\n";
    for (const std::string& note : diff.notes) lines += "note: " + note + "\n";
    for (const std::string& unknown : diff.unknown) lines += "unknown: " + unknown + "\n";
    return lines;
  }
};

Compared compare_whole(const std::string& before, const std::string& after,
                       const DiffOptions& options = {}) {
  Compared compared;
  test::compile_into(compared.before, "before.bh", before);
  test::compile_into(compared.after, "after.bh", after);
  EXPECT_TRUE(compared.before.model) << compared.before.text();
  EXPECT_TRUE(compared.after.model) << compared.after.text();
  BH_CHECK(compared.before.model && compared.after.model);
  compared.diff = diff_policies(*compared.before.model, *compared.after.model, options);
  return compared;
}

std::string compare(const std::string& before, const std::string& after) {
  return compare_whole(Vocabulary + before, Vocabulary + after).text();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// ---- requests -----------------------------------------------------------------------------------

TEST(DiffRequests, AreRegionsInOneForm) {
  EXPECT_EQ(
      compare("allow a: Alice -> Store.box.put when slot <= 4",
              "allow a: Alice -> Store.box.put when slot <= 4 or (slot <= 6 and mode != off) "
              "or (slot = 6 and mode = off)"),
      "requests + Alice -> Store.box.put when slot = 6 or (slot in {5, 6} and mode != off)\n");
  EXPECT_EQ(compare("allow a: Alice -> Store.box.put when slot in {3, 4, 5}",
                    "allow a: Alice -> Store.box.put when mode = fast"),
            "requests + Alice -> Store.box.put when slot in {0..2, 6..9} and mode = fast\n"
            "requests - Alice -> Store.box.put when slot in {3..5} and mode != fast\n");
}

TEST(DiffRequests, OfManyCellsStandOnOneLine) {
  EXPECT_EQ(compare("allow a: Alice -> Store.box.put",
                    "allow a: Alice -> Store.box.put\nallow b: { Alice, Bob } -> Store.box.{get, "
                    "reset}"),
            "requests + { Alice, Bob } -> Store.box.{get, reset}\n"
            "flow + Store ~> { Alice, Bob }\nflow + Bob ~> { Alice, Store }\n"
            "flow + Alice ~> Bob\nlabel_flow + secret ~> Alice\n");
}

TEST(DiffRequests, NameTheRulesOnBothSides) {
  const Compared compared =
      compare_whole(std::string(Vocabulary) +
                        "allow a: Alice -> Store.box.put when slot != 3\n"
                        "deny  d: any -> Store.box.put when slot = 4",
                    std::string(Vocabulary) + "allow a: Alice -> Store.box.put");
  ASSERT_EQ(compared.diff.changes.size(), 1u) << compared.text();
  const PolicyChange& change = compared.diff.changes[0];
  EXPECT_EQ(change.condition, "slot in {3, 4}");
  ASSERT_EQ(change.causes.size(), 2u);
  EXPECT_EQ(change.causes[0].text, "condition \"slot != 3\" dropped");
  EXPECT_EQ(change.causes[1].name, "d");
  EXPECT_EQ(change.causes[1].text, "removed");
  EXPECT_EQ(change.causes[1].side, DiffSide::Before);
  EXPECT_EQ(change.witness->refused, "denied by default");
  EXPECT_EQ(change.witness->granted, "allowed by a");
}

TEST(DiffRequests, AreNoneWhereRulesAreRestatedOrSplit) {
  EXPECT_EQ(compare("allow a: { Alice, Bob } -> Store.box.put when slot <= 4\n"
                    "allow r: { Alice, Bob } -> Store.box.reset",
                    "allow x: Bob -> Store.box.put when not slot >= 5\n"
                    "allow y: { Bob, Alice } -> Store.box.reset\n"
                    "allow z: Alice -> Store.box.put when slot in {0, 2, 4}\n"
                    "allow w: Alice -> Store.box.put when slot in {1, 3}"),
            "rule 'r' is now 'y'\n");
}

TEST(DiffRequests, KeepAnApprovalOnlyAsLongAsTheyMeanTheSame) {
  const auto id = [](const std::string& after) {
    return compare_whole(std::string(Vocabulary) + "allow a: Alice -> Store.box.put when slot = 1",
                         Vocabulary + after)
        .diff.changes[0]
        .id;
  };
  const std::string first = id("allow a: Alice -> Store.box.put when slot <= 3 and slot >= 1");
  EXPECT_EQ(id("allow b: Alice -> Store.box.put when slot in {1..3}"), first);
  EXPECT_NE(id("allow a: Alice -> Store.box.put when slot in {1..4}"), first);
  EXPECT_NE(id("allow a: Bob -> Store.box.put when slot in {1..3}"), first);
}

// ---- names --------------------------------------------------------------------------------------

TEST(DiffNames, EnumeratorsGoByName) {
  const std::string rule = "allow a: Alice -> Store.box.put when mode = slow";
  const std::string after =
      replaced(Vocabulary + rule, "{ off, slow, fast }", "{ fast, turbo, off, slow }");
  EXPECT_EQ(compare_whole(Vocabulary + rule, after).text(), "");
  const std::string all = "allow a: Alice -> Store.box.put";
  EXPECT_EQ(compare_whole(Vocabulary + all, replaced(Vocabulary + all, "{ off, slow, fast }",
                                                     "{ fast, turbo, off, slow }"))
                .text(),
            "requests + Alice -> Store.box.put when mode = turbo\n");
  EXPECT_EQ(compare_whole(Vocabulary + rule, replaced(Vocabulary + rule, "slow", "gentle")).text(),
            "enumerator 'slow' is now 'gentle'\n");
}

TEST(DiffNames, ParametersGoByName) {
  const std::string rule = "allow a: Alice -> Store.box.put when slot = 3 and mode = off";
  EXPECT_EQ(compare_whole(Vocabulary + rule,
                          replaced(Vocabulary + rule, "put(slot: u8 in 0..9, mode: Mode)",
                                   "put(mode: Mode, slot: u8 in 0..9)"))
                .text(),
            "");
  EXPECT_EQ(compare_whole(Vocabulary + rule, replaced(Vocabulary + rule, "slot", "place")).text(),
            "parameter 'put.slot' is now 'put.place'\nparameter 'get.slot' is now 'get.place'\n");
}

TEST(DiffNames, OfParametersThatCannotBeComparedAllIsNew) {
  const std::string rule = "allow a: Alice -> Store.box.put when slot = 3";
  EXPECT_EQ(compare_whole(Vocabulary + rule,
                          replaced(Vocabulary + rule, "put(slot: u8 in 0..9, mode: Mode)",
                                   "put(slot: u8 in 0..9, mode: bool)"))
                .text(),
            "requests + Alice -> Store.box.put when slot = 3\n"
            "requests - Alice -> Store.box.put when slot = 3\n"
            "vocabulary ~ parameters of 'Box.put'\n");
}

TEST(DiffNames, ARenamedPolicyMeansTheSame) {
  const std::string rules =
      "allow a: Alice -> Store.box.put when slot = 3\n"
      "allow b: Bob -> Store.box.{get, reset}\n"
      "never n: Alice -> Store.box.get\n";
  std::string after = Vocabulary + rules;
  for (const auto& [was, is] :
       {std::pair{"Alice", "Carol"}, std::pair{"Store", "Vault"}, std::pair{"Box", "Chest"},
        std::pair{"box", "chest"}, std::pair{"allow a", "allow first"},
        std::pair{"never n", "never m"}, std::pair{"secrecy", "privacy: secrecy"}}) {
    after = replaced(after, was, is);
  }
  const Compared compared = compare_whole(Vocabulary + rules, after);
  EXPECT_TRUE(compared.diff.means_the_same()) << compared.text();
  EXPECT_EQ(compared.diff.renamed.size(), 7u) << compared.text();
}

TEST(DiffNames, AComponentWithOtherRulesIsNotARenamedOne) {
  const std::string text =
      compare("allow a: Alice -> Store.box.put when slot = 3", "allow b: Store -> Store.box.reset");
  EXPECT_EQ(text.find("is now"), std::string::npos) << text;
  const std::string before = Vocabulary + std::string("allow a: Alice -> Store.box.put");
  const std::string after = replaced(replaced(before, "Alice", "Mallory"), ".put", ".reset");
  EXPECT_NE(compare_whole(before, after).text().find("component 'Mallory'"), std::string::npos);
}

// ---- protocols ----------------------------------------------------------------------------------

constexpr const char* Guarded = R"(
allow all: Alice -> Store.box
protocol Turn on Store.box per caller {
    Shut* -reset ok-> Open
    Open  -put->      Open at most 2
    Open  -reset->    Shut
}
)";

TEST(DiffBehaviour, IsNoneWhereStatesAreRenamedOrSplit) {
  EXPECT_EQ(compare(Guarded, replaced(Guarded, "Open", "Ready")), "");
  EXPECT_EQ(
      compare(
          "allow a: Alice -> Store.box.reset\nprotocol P on Store.box per caller { A* -reset-> A }",
          "allow a: Alice -> Store.box.reset\nprotocol P on Store.box per caller {\n"
          "    A* -reset-> B\n    B -reset-> A\n}"),
      "");
}

TEST(DiffBehaviour, ComesWithAShortestTrace) {
  const Compared compared = compare_whole(Vocabulary + std::string(Guarded),
                                          Vocabulary + replaced(Guarded, "at most 2", "at most 3"));
  ASSERT_EQ(compared.text(), "behaviour + Alice -> Store.box.put\n");
  const ChangeWitness& witness = *compared.diff.changes[0].witness;
  EXPECT_EQ(witness.granted_by, DiffSide::After);
  EXPECT_EQ(witness.trace.size(), 4u);
  EXPECT_EQ(witness.refused, "denied by Turn");
}

TEST(DiffBehaviour, OfWhatIsNeverReachedIsNoChange) {
  // `get` has no transition, so that a rule for it changes nothing.
  const std::string text =
      compare(replaced(Guarded, "Store.box\n", "Store.box.{put, reset}\n"), Guarded);
  EXPECT_EQ(text,
            "note: Alice -> Store.box.get is newly granted by the rules alone: no protocol state "
            "that can be reached lets it happen\n");
}

TEST(DiffBehaviour, FollowsFromARequestThatOpensTheWay) {
  const std::string before = replaced(Guarded, "Store.box\n", "Store.box.put\n");
  EXPECT_EQ(compare(before, Guarded),
            "requests + Alice -> Store.box.reset\n"
            "behaviour + Alice -> Store.box.put\n"
            "flow + Alice ~> Store\n"
            "note: Alice -> Store.box.get is newly granted by the rules alone: no protocol state "
            "that can be reached lets it happen\n");
}

// ---- flows and properties -----------------------------------------------------------------------

TEST(DiffFlows, AreNewWhereDataGetsFurther) {
  const std::string before = "allow a: Alice -> Store.box.put\n";
  EXPECT_EQ(
      compare(before, before + "allow b: Bob -> Store.box.get"),
      "requests + Bob -> Store.box.get\nflow + { Alice, Store } ~> Bob\nflow + Bob ~> Store\n");
  // Another way for the same data is no new flow.
  EXPECT_EQ(compare(before, before + "allow b: Alice -> Store.box.get"),
            "requests + Alice -> Store.box.get\nflow + Store ~> Alice\n"
            "label_flow + secret ~> Alice\n");
}

TEST(DiffProperties, ChangeTheirVerdicts) {
  const std::string before =
      "allow a: Alice -> Store.box.put when slot = 1\n"
      "never n: Alice -> Store.box.put when slot = 2\n"
      "never m: Alice -> Store.box.reset\n";
  const Compared compared =
      compare_whole(Vocabulary + before, Vocabulary + replaced(before, "when slot = 1", ""));
  ASSERT_EQ(compared.diff.changes.size(), 2u) << compared.text();
  EXPECT_EQ(compared.diff.changes[1].what, "n");
  EXPECT_TRUE(compared.diff.changes[1].worse);
  EXPECT_EQ(compared.diff.changes[1].causes[0].text, "proved -> VIOLATED");
}

TEST(DiffProperties, ThatWereProvedAreMissed) {
  const std::string rule = "allow a: Alice -> Store.box.put\n";
  const Compared gone =
      compare_whole(Vocabulary + rule + "never m: Alice -> Store.box.reset", Vocabulary + rule);
  ASSERT_EQ(gone.text(), "property ~ m\n");
  EXPECT_TRUE(gone.diff.changes[0].worse);
  EXPECT_EQ(gone.diff.changes[0].causes[0].text, "removed; was proved");
}

TEST(DiffStatements, TellOfLabelsAndReleases) {
  const std::string rule = "allow a: Alice -> Store.box.get\n";
  EXPECT_EQ(compare(rule, rule + "release out: Store.box.get.data secret => public because \"x\""),
            "label_flow - secret ~> Alice\ntrust + release out: secret => public\n");
  EXPECT_EQ(compare_whole(Vocabulary + rule, replaced(Vocabulary + rule, "Alice { label public }",
                                                      "Alice { label secret }"))
                .text(),
            "label_flow - secret ~> Alice\nlabel + label of 'Alice'\n");
}

TEST(DiffLimits, GivesUpOnWhatIsTooLarge) {
  DiffOptions options;
  options.check.entry_limit = 1;
  const std::string rules = "allow a: { Alice, Bob } -> Store.box.reset";
  const Compared compared = compare_whole(Vocabulary + rules, Vocabulary + rules, options);
  EXPECT_FALSE(compared.diff.means_the_same());
  EXPECT_EQ(compared.diff.unknown.size(), 1u);
}

}  // namespace
}  // namespace bh
