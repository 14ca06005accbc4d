// Each kind of mutation: a policy whose tests notice it, and one whose tests do not. And what is
// made of the survivors: a test that can be written into the policy and notices them.
#include <gtest/gtest.h>

#include "core/model/print.h"
#include "solver/mutation/coverage.h"
#include "solver/mutation/run.h"
#include "solver/reference/policy_tests.h"
#include "tests/solver/policy.h"

namespace bh {
namespace {

constexpr const char* Vocabulary = R"(policy door 1.0
interface Lock {
    call unlock(pin: u16)
    call open(door: u8 in 0..7)
    call shut()
}
component Guard   { }
component Visitor { }
component House   { provides lock: Lock }
)";

CheckedModel compiled(const std::string& text) {
  SourceMap sources;
  DiagnosticSink sink;
  const FileId file = sources.add("door.bh", text);
  std::optional<CheckedModel> model = compile(sources, {file}, sink);
  for (const Diagnostic& d : sink.diagnostics()) {
    ADD_FAILURE() << sources.print(d.span) << ": " << d.message << "\n" << text;
  }
  BH_CHECK(model);
  return std::move(*model);
}

std::vector<MutantResult> run_all(const CheckedModel& model) {
  MutationRun run(model, MutationOptions{});
  std::vector<MutantResult> results;
  while (std::optional<MutantResult> result = run.next()) results.push_back(std::move(*result));
  return results;
}

std::string name_of(const MutantResult& result) {
  return "'" + result.mutation.subject + "' " + result.mutation.text;
}

// The mutant of this text; a failure when there is none.
MutantResult find(const CheckedModel& model, const std::string& text) {
  std::string all;
  for (const MutantResult& result : run_all(model)) {
    if (name_of(result) == text) return result;
    all += name_of(result) + "\n";
  }
  ADD_FAILURE() << "no mutant " << text << " among\n" << all;
  return {};
}

std::string named_test(const std::string& steps) { return "test \"t\" {\n" + steps + "\n}\n"; }

struct Row {
  MutationKind kind;
  std::string mutant;
  std::string statements;
  std::string weak;    // steps of a test that does not notice the mutant
  std::string strong;  // of one that does
};

const std::string Session =
    "allow v: {Guard, Visitor} -> House.lock.{unlock, open, shut}\n"
    "protocol S on House.lock per caller {\n"
    "    Shut* -unlock ok-> Ready\n"
    "    Ready -open-> Ready at most 2\n"
    "    Ready -shut-> Shut\n"
    "}\n";
const std::string FourEyes =
    "allow v: {Guard, Visitor} -> House.lock.{unlock, open, shut}\n"
    "protocol S on House.lock shared {\n"
    "    Shut* -unlock-> Ready\n"
    "    Ready -open by other-> Shut\n"
    "    Ready -shut by Guard-> Shut\n"
    "}\n";
const std::string Timed =
    "allow v: Visitor -> House.lock.{unlock, open}\n"
    "protocol S on House.lock per caller {\n"
    "    Shut* -unlock-> Ready\n"
    "    Ready -open-> Ready\n"
    "    Ready -after 4s-> Shut\n"
    "}\n";
const std::string Open = "allow Visitor -> House.lock.unlock(pin: 1)\n";

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {MutationKind::RemoveRule, "'v' is gone", "allow v: Visitor -> House.lock.open\n",
       "deny Guard -> House.lock.open(door: 1)", "allow Visitor -> House.lock.open(door: 1)"},
      {MutationKind::RemoveRule, "'d' is gone",
       "allow v: Visitor -> House.lock.open\ndeny d: any -> House.lock.open when door = 7\n",
       "allow Visitor -> House.lock.open(door: 1)", "deny Visitor -> House.lock.open(door: 7)"},
      {MutationKind::DropCondition, "'v' without its condition",
       "allow v: Visitor -> House.lock.open when door = 1\n",
       "allow Visitor -> House.lock.open(door: 1)", "deny Visitor -> House.lock.open(door: 7)"},
      {MutationKind::WidenCondition, "'v' also where door = 2",
       "allow v: Visitor -> House.lock.open when door <= 1\n",
       "deny Visitor -> House.lock.open(door: 3)", "deny Visitor -> House.lock.open(door: 2)"},
      {MutationKind::NarrowCondition, "'v' no longer where door = 2",
       "allow v: Visitor -> House.lock.open when door in {1, 2, 3}\n",
       "allow Visitor -> House.lock.open(door: 1)", "allow Visitor -> House.lock.open(door: 2)"},
      {MutationKind::AddMethod, "'v' also for House.lock.shut",
       "allow v: Visitor -> House.lock.open\n", "allow Visitor -> House.lock.open(door: 1)",
       "deny Visitor -> House.lock.shut()"},
      {MutationKind::DropMethod, "'v' no longer for House.lock.shut",
       "allow v: Visitor -> House.lock.{open, shut}\n", "allow Visitor -> House.lock.open(door: 1)",
       "allow Visitor -> House.lock.shut()"},
      {MutationKind::AddSubject, "'v' also from Guard", "allow v: Visitor -> House.lock.shut\n",
       "allow Visitor -> House.lock.shut()", "deny Guard -> House.lock.shut()"},
      {MutationKind::DropSubject, "'v' no longer from Guard",
       "allow v: {Guard, Visitor} -> House.lock.shut\n", "allow Visitor -> House.lock.shut()",
       "allow Guard -> House.lock.shut()"},
      {MutationKind::ForgetWhose, "'v' no matter whose it is",
       "component Box[2] { provides lock: Lock }\nallow v: Box -> self.lock.shut\n",
       "allow Box[0] -> Box[0].lock.shut()", "deny Box[0] -> Box[1].lock.shut()"},
      {MutationKind::DropProtocol, "'S' is gone", Session, Open,
       "deny Visitor -> House.lock.open(door: 1)"},
      {MutationKind::DropTransition, "'S' without Ready -open-> Ready at most 2", Session, Open,
       Open + "allow Visitor -> House.lock.open(door: 1)"},
      {MutationKind::AddTransition, "'S' also Ready -unlock-> Ready", Session, Open,
       Open + "deny Visitor -> House.lock.unlock(pin: 1)"},
      {MutationKind::ChangeTarget, "'S' Ready -shut-> Ready instead of Ready -shut-> Shut", Session,
       Open + "allow Visitor -> House.lock.shut()",
       Open + "allow Visitor -> House.lock.shut()\n" + Open},
      {MutationKind::ChangeOutcome, "'S' Shut -unlock-> Ready instead of Shut -unlock ok-> Ready",
       Session, Open,
       "allow Visitor -> House.lock.unlock(pin: 1) replies error\n"
       "deny Visitor -> House.lock.shut()"},
      {MutationKind::ChangeLimit,
       "'S' Ready -open-> Ready instead of Ready -open-> Ready at most 2", Session, Open,
       Open +
           "allow Visitor -> House.lock.open(door: 1)\nallow Visitor -> House.lock.open(door: 1)\n"
           "deny Visitor -> House.lock.open(door: 1)"},
      {MutationKind::ChangeLimit,
       "'S' Ready -open-> Ready at most 3 instead of Ready -open-> Ready at most 2", Session, Open,
       Open +
           "allow Visitor -> House.lock.open(door: 1)\nallow Visitor -> House.lock.open(door: 1)\n"
           "deny Visitor -> House.lock.open(door: 1)"},
      {MutationKind::ChangeLimit,
       "'S' Ready -open-> Ready at most 1 instead of Ready -open-> Ready at most 2", Session,
       Open + "allow Visitor -> House.lock.open(door: 1)",
       Open +
           "allow Visitor -> House.lock.open(door: 1)\nallow Visitor -> House.lock.open(door: 1)"},
      {MutationKind::ForgetMover, "'S' Ready -open-> Shut instead of Ready -open by other-> Shut",
       FourEyes, Open + "allow Guard -> House.lock.open(door: 1)",
       Open + "deny Visitor -> House.lock.open(door: 1)"},
      {MutationKind::ForgetMover, "'S' Ready -shut-> Shut instead of Ready -shut by Guard-> Shut",
       FourEyes, Open + "allow Guard -> House.lock.shut()",
       Open + "deny Visitor -> House.lock.shut()"},
      {MutationKind::DropTimeout, "'S' without Ready -after 4s-> Shut", Timed, Open,
       Open + "wait 4s\ndeny Visitor -> House.lock.open(door: 1)"},
      {MutationKind::ChangeTimeout, "'S' Ready -after 8s-> Shut instead of Ready -after 4s-> Shut",
       Timed, Open + "wait 8s\ndeny Visitor -> House.lock.open(door: 1)",
       Open + "wait 4s\ndeny Visitor -> House.lock.open(door: 1)"},
      {MutationKind::ChangeTimeout, "'S' Ready -after 2s-> Shut instead of Ready -after 4s-> Shut",
       Timed, Open + "wait 1s\nallow Visitor -> House.lock.open(door: 1)",
       Open + "wait 3s\nallow Visitor -> House.lock.open(door: 1)"},
      {MutationKind::ChangeTimeout, "'S' Ready -after 4s-> Ready instead of Ready -after 4s-> Shut",
       Timed, Open, Open + "wait 4s\ndeny Visitor -> House.lock.open(door: 1)"},
      {MutationKind::ChangeInstances, "'S' is shared, not per caller", Session, Open,
       Open + "deny Guard -> House.lock.shut()"},
      {MutationKind::ChangeInitial, "'S' starts in Ready", Session,
       "deny House -> House.lock.shut()", "deny Visitor -> House.lock.shut()"},
  };
  return table;
}

TEST(Mutation, IsNoticedByAStrongTestAndSurvivesAWeakOne) {
  for (const Row& row : rows()) {
    const std::string policy = Vocabulary + row.statements;
    const MutantResult killed = find(compiled(policy + named_test(row.strong)), row.mutant);
    EXPECT_EQ(killed.mutation.kind, row.kind) << row.mutant;
    EXPECT_EQ(killed.fate, Fate::KilledByTest) << row.mutant << "\n" << row.statements;
    EXPECT_EQ(killed.killer, "t") << row.mutant;
    const MutantResult survived = find(compiled(policy + named_test(row.weak)), row.mutant);
    EXPECT_EQ(survived.fate, Fate::Survived)
        << row.mutant << "\n"
        << row.statements << print(survived.fate) << " " << survived.killer << survived.reason;
  }
}

TEST(Mutation, OfAReleaseIsNoticedByCheck) {
  const std::string policy = R"(policy box 1.0
lattice secrecy { public < secret }
interface Box { call read() -> data: u8 }
component Reader { label public }
component Safe   { label secret  provides box: Box }
release out: Safe.box.read.data secret => public because "it is old"
allow r: Reader -> Safe.box.read
)";
  const MutantResult result =
      find(compiled(policy + named_test("allow Reader -> Safe.box.read()")), "'out' is gone");
  EXPECT_EQ(result.mutation.kind, MutationKind::DropRelease);
  EXPECT_EQ(result.fate, Fate::KilledByCheck);
  EXPECT_EQ(result.killer, "BH3005");
}

TEST(Mutation, IsNoticedByAProperty) {
  const std::string policy = std::string(Vocabulary) +
                             "allow v: Visitor -> House.lock.open when door <= 1\n"
                             "never n: Visitor -> House.lock.open when door = 2\n"
                             "require r: Visitor can House.lock.open with door = 1\n" +
                             named_test("deny Guard -> House.lock.shut()");
  const CheckedModel model = compiled(policy);
  EXPECT_EQ(find(model, "'v' also where door = 2").killer, "n");
  EXPECT_EQ(find(model, "'v' no longer where door = 1").killer, "r");
  EXPECT_EQ(find(model, "'v' no longer where door = 0").fate, Fate::Survived);
}

// A rule that is taken away is not noticed because check says that an empty rule never fires.
TEST(Mutation, ThatRemovesAConditionalRuleIsNotNoticedByItself) {
  const std::string policy = std::string(Vocabulary) +
                             "allow v: Visitor -> House.lock.open when door <= 1\n" +
                             named_test("deny Guard -> House.lock.shut()");
  EXPECT_EQ(find(compiled(policy), "'v' is gone").fate, Fate::Survived);
}

TEST(Mutation, OfAGuardRailIsEquivalentUnlessATestNamesIt) {
  const std::string policy = std::string(Vocabulary) +
                             "allow v: Visitor -> House.lock.open\n"
                             "deny d: any -> House.lock.shut\n";
  const CheckedModel silent = compiled(policy + named_test("deny Guard -> House.lock.shut()"));
  EXPECT_EQ(find(silent, "'d' is gone").fate, Fate::Equivalent);
  const CheckedModel named = compiled(policy + named_test("deny Guard -> House.lock.shut() by d"));
  EXPECT_EQ(find(named, "'d' is gone").fate, Fate::KilledByTest);
}

TEST(Mutation, ThatNoReachableStateShowsIsEquivalent) {
  const std::string policy = std::string(Vocabulary) +
                             "allow v: Visitor -> House.lock.{unlock, shut}\n"
                             "protocol S on House.lock per caller {\n"
                             "    Shut* -unlock-> Ready\n    Ready -shut-> Shut\n}\n" +
                             named_test("deny Guard -> House.lock.shut()");
  const CheckedModel model = compiled(policy);
  EXPECT_EQ(find(model, "'v' also for House.lock.open").fate, Fate::Equivalent);
  EXPECT_EQ(find(model, "'S' is shared, not per caller").fate, Fate::Equivalent);
  EXPECT_EQ(find(model, "'S' also Ready -open-> Ready").fate, Fate::Equivalent);
}

TEST(Mutation, ThatCannotBeComparedIsUndecidedAndNotKilled) {
  const std::string policy = std::string(Vocabulary) +
                             "allow v: Visitor -> House.lock.open\n"
                             "protocol S on House.lock per caller {\n"
                             "    Shut* -open-> Shut at most 4000000000\n}\n" +
                             named_test("deny Guard -> House.lock.shut()");
  const MutantResult result = find(
      compiled(policy), "'S' Shut -open-> Shut instead of Shut -open-> Shut at most 4000000000");
  EXPECT_EQ(result.fate, Fate::Undecided);
  EXPECT_FALSE(result.reason.empty());
}

TEST(Mutation, OnAnInterfaceChangesAllOfTheProtocols) {
  const std::string policy =
      std::string(Vocabulary) +
      "component Shed { provides lock: Lock }\n"
      "allow v: Visitor -> {House.lock.{unlock, open}, Shed.lock.{unlock, open}}\n"
      "protocol S on Lock per caller {\n"
      "    Shut* -unlock-> Ready\n    Ready -open-> Ready\n}\n" +
      named_test("deny Guard -> House.lock.shut()");
  const CheckedModel model = compiled(policy);
  ASSERT_EQ(model->protocols.size(), 2u);
  size_t found = 0;
  for (const Mutation& mutation : list_mutations(*model, 1000).mutations) {
    if (mutation.kind != MutationKind::ChangeInitial) continue;
    ++found;
    const CheckedModel other = mutant(model, mutation);
    for (const Protocol& protocol : other->protocols) EXPECT_EQ(protocol.initial, 1u);
  }
  EXPECT_EQ(found, 1u);
}

TEST(MutationBudget, IsSpentEvenlyAndTellsWhatThereIs) {
  const CheckedModel model = compiled(Vocabulary + Session + named_test(Open));
  const MutationList all = list_mutations(*model, 1000);
  const MutationList some = list_mutations(*model, 7);
  EXPECT_EQ(all.mutations.size(), all.possible);
  EXPECT_EQ(some.possible, all.possible);
  ASSERT_EQ(some.mutations.size(), 7u);
  EXPECT_EQ(some.mutations.back().subject, all.mutations.back().subject);
  EXPECT_EQ(some.mutations.back().text, all.mutations.back().text);
}

// ---- generated tests
// --------------------------------------------------------------------------------

// Written into the policy, the tests that were generated leave no survivor.
void expect_generated_tests_kill(const std::string& policy) {
  std::string more = policy;
  size_t survivors = 0;
  const CheckedModel model = compiled(policy);
  for (const MutantResult& result : run_all(model)) {
    if (result.fate != Fate::Survived) continue;
    ++survivors;
    const std::string text = print(*model, result.test);
    if (more.find(text) == std::string::npos) more += text;
  }
  EXPECT_GT(survivors, 0u);
  const CheckedModel better = compiled(more);
  DiagnosticSink sink;
  EXPECT_EQ(run_tests(better, sink).failed, 0u) << more;
  for (const MutantResult& result : run_all(better)) {
    EXPECT_NE(result.fate, Fate::Survived) << name_of(result) << "\n" << more;
    EXPECT_NE(result.fate, Fate::Undecided) << name_of(result) << "\n" << result.reason;
  }
}

TEST(GeneratedTest, CanBeWrittenIntoThePolicyAndKills) {
  const std::string weak = named_test("deny House -> House.lock.shut()");
  expect_generated_tests_kill(Vocabulary + Session + weak);
  expect_generated_tests_kill(Vocabulary + FourEyes + weak);
  expect_generated_tests_kill(Vocabulary + Timed + weak);
  expect_generated_tests_kill(
      std::string(Vocabulary) +
      "enum Room { hall, attic, cellar }\n"
      "interface Lamp { call on(room: Room, level: u8, dim: bool) }\n"
      "component Hall { provides lamp: Lamp }\n"
      "allow a: Visitor -> Hall.lamp.on when room != cellar and (level < 9 or dim)\n" +
      weak);
}

// ---- coverage
// ---------------------------------------------------------------------------------------

std::vector<std::string> uncovered(const std::string& policy) {
  std::vector<std::string> texts;
  for (const CoverageItem& item : measure_coverage(compiled(policy), CoverageOptions{}).items) {
    if (!item.covered()) texts.push_back(item.text);
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Coverage, OfRulesTransitionsLimitsAndRefusals) {
  EXPECT_EQ(uncovered(Vocabulary + Session + named_test("deny House -> House.lock.shut()")),
            (Texts{"allow 'v'", "'S': Shut -unlock ok-> Ready",
                   "'S': Ready -open-> Ready at most 2", "'S': Ready -shut-> Shut",
                   "'S': Ready -open-> Ready at most 2", "'Guard' is refused something by default",
                   "'Visitor' is refused something by default"}));
  const std::string steps = Open +
                            "allow Visitor -> House.lock.open(door: 1)\n"
                            "allow Visitor -> House.lock.open(door: 1)\n"
                            "deny Visitor -> House.lock.open(door: 1)\n"
                            "allow Visitor -> House.lock.shut()";
  EXPECT_EQ(uncovered(Vocabulary + Session + named_test(steps)),
            (Texts{"'Guard' is refused something by default",
                   "'Visitor' is refused something by default"}));
}

TEST(Coverage, OfADenyIsARefusalByIt) {
  const std::string policy = std::string(Vocabulary) +
                             "allow v: Visitor -> House.lock.open\n"
                             "deny d: any -> House.lock.open when door = 7\n";
  EXPECT_EQ(uncovered(policy + named_test("allow Visitor -> House.lock.open(door: 1)"))[0],
            "deny 'd'");
  EXPECT_EQ(uncovered(policy + named_test("allow Visitor -> House.lock.open(door: 1)\n"
                                          "deny Visitor -> House.lock.open(door: 7)\n"
                                          "deny Visitor -> House.lock.shut()")),
            Texts{});
}

TEST(Coverage, OfATimeoutIsARequestAfterIt) {
  const std::string rest = "deny Visitor -> House.lock.shut()\n";
  const std::string asked = Open + "allow Visitor -> House.lock.open(door: 1)\n";
  EXPECT_EQ(uncovered(Vocabulary + Timed + named_test(rest + asked + "wait 3s\n" + rest)),
            Texts{"'S': Ready -after 4s-> Shut"});
  EXPECT_EQ(uncovered(Vocabulary + Timed + named_test(rest + asked + "wait 4s\n" + rest)), Texts{});
}

TEST(Coverage, ByAPropertyThatDependsOnTheRule) {
  const std::string policy = std::string(Vocabulary) +
                             "allow v: Visitor -> House.lock.open\n"
                             "allow g: Guard -> House.lock.open\n"
                             "require r: Guard can House.lock.open\n"
                             "holds h: {Guard, Visitor} within { House.lock.open }\n" +
                             named_test("deny House -> House.lock.shut()");
  EXPECT_EQ(uncovered(policy), Texts{"allow 'v'"});
}

TEST(Coverage, SaysHowManyItemsTheBudgetLeftOut) {
  CoverageOptions options;
  options.most_questions = 1;
  const std::string property = "require r: Visitor can House.lock.unlock\n";
  const CheckedModel model =
      compiled(Vocabulary + Session + property + named_test("deny House -> House.lock.shut()"));
  EXPECT_EQ(measure_coverage(model, options).unasked, 4u);
}

}  // namespace
}  // namespace bh
