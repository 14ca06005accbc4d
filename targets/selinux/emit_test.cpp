#include "targets/selinux/emit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "targets/selinux/facts.h"
#include "targets/selinux/grouping.h"
#include "targets/selinux/kernel_classes.h"
#include "targets/selinux/test_model.h"

namespace bh {
namespace {

std::vector<int> codes_of(const TestModel& model) {
  DiagnosticSink sink;
  const bool emitted = emit_cil(model.sealed(), sink).has_value();
  EXPECT_EQ(emitted, !sink.has_errors());
  return codes(sink);
}

TEST(EmitCil, WritesTheWholeModule) {
  DiagnosticSink sink;
  const std::optional<CilModule> module = emit_cil(GateModel().sealed(), sink);
  ASSERT_TRUE(module.has_value());
  EXPECT_TRUE(sink.diagnostics().empty());
  EXPECT_EQ(module->text, R"(; Gate 1.0: type enforcement
; approximated: signing, because "the monitor checks slots"
;   Parser -> KeyStore.keys.sign
; approximated: Session, because "the monitor keeps the session"
;   Parser -> KeyStore.keys.unlock
;   Parser -> KeyStore.keys.sign
;   Parser -> KeyStore.keys.lock

; components and objects
(type gw_parser_t)  ; Parser
(roletype system_r gw_parser_t)
(type gw_keys_t)  ; KeyStore
(roletype system_r gw_keys_t)
(type gate_journal_t)  ; Journal

; interfaces
(class gate_signer (unlock sign lock export))  ; Signer
; File is the kernel's class file
(classorder (unordered gate_signer))

; granted
(allow gw_parser_t gw_keys_t (gate_signer (unlock sign lock)))  ; session, signing
(allow gw_keys_t gate_journal_t (file (open append)))  ; journal

; denied, and never to be granted
(neverallow gw_parser_t gw_keys_t (gate_signer (export)))  ; no_export
(neverallow gw_keys_t gw_keys_t (gate_signer (export)))  ; no_export
)");
  EXPECT_EQ(module->allow_rules, 2u);
  EXPECT_EQ(module->neverallow_rules, 2u);
  ASSERT_EQ(module->plan.approximations.size(), 2u);
  EXPECT_EQ(module->plan.approximations[1].cells.size(), 3u);
}

TEST(EmitCil, AReasonWithALineBreakStaysAComment) {
  GateModel gate;
  gate.model.selinux->approximations[0].because =
      "x\n(allow gw_parser_t gw_keys_t (gate_signer (export)))\r";
  DiagnosticSink sink;
  const std::string text = emit_cil(gate.sealed(), sink)->text;
  EXPECT_EQ(text.find("\n(allow gw_parser_t gw_keys_t (gate_signer (export)))"), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST(EmitCil, ADenyCancelsAnAllow) {
  GateModel gate;
  gate.rule(RuleKind::Allow, "careless", {gate.parser}, {gate.target("KeyStore.keys.export")});
  DiagnosticSink sink;
  const std::optional<CilModule> module = emit_cil(gate.sealed(), sink);
  ASSERT_TRUE(module.has_value());
  EXPECT_EQ(module->text.find("careless"), std::string::npos);
}

TEST(EmitCil, NamesTheRuleWhoseConditionItCannotExpress) {
  GateModel gate;
  gate.model.selinux->approximations.erase(gate.model.selinux->approximations.begin());
  EXPECT_EQ(codes_of(gate), std::vector<int>{6050});
  DiagnosticSink sink;
  (void)emit_cil(gate.sealed(), sink);
  EXPECT_EQ(sink.diagnostics()[0].message,
            "type enforcement cannot express the condition of rule 'signing'");
}

TEST(EmitCil, NamesTheDenyWhoseConditionItCannotExpress) {
  GateModel gate;
  gate.rule(RuleKind::Deny, "no_zero", {gate.keys},
            {gate.target("Journal.append", gate.in(0, 0, 0))});
  DiagnosticSink sink;
  EXPECT_FALSE(emit_cil(gate.sealed(), sink).has_value());
  ASSERT_EQ(codes(sink), std::vector<int>{6050});
  EXPECT_EQ(sink.diagnostics()[0].message,
            "type enforcement cannot express the condition of rule 'no_zero'");
}

TEST(EmitCil, NamesTheProtocolThatItCannotExpress) {
  GateModel gate;
  gate.model.selinux->approximations.pop_back();
  EXPECT_EQ(codes_of(gate), std::vector<int>{6051});
}

TEST(EmitCil, WithoutATargetBlockNothingIsApproximatedAndNamesAreDerived) {
  GateModel gate;
  gate.model.selinux.reset();
  EXPECT_EQ(codes_of(gate), (std::vector<int>{6050, 6051}));
}

TEST(EmitCil, WarnsOfAnApproximationThatIsNotNeeded) {
  GateModel gate;
  gate.approximate(gate.session, {}, "just in case");
  EXPECT_EQ(codes_of(gate), (std::vector<int>{6052}));
}

TEST(EmitCil, RefusesAnUnknownClass) {
  GateModel gate;
  gate.model.selinux->classes[0].name = "fiel";
  EXPECT_EQ(codes_of(gate), std::vector<int>{6053});
}

TEST(EmitCil, RefusesAPermissionThatTheClassDoesNotHave) {
  GateModel gate;
  gate.model.methods[gate.model.operations[gate.model.find_operation("Journal.read")].method].name =
      "peruse";
  EXPECT_EQ(codes_of(gate), std::vector<int>{6054});
}

TEST(EmitCil, RefusesOneTypeForTwoComponents) {
  GateModel gate;
  gate.model.selinux->types[1].type = "gate_journal_t";  // also what Journal's derived name is
  EXPECT_EQ(codes_of(gate), std::vector<int>{6056});
}

TEST(EmitCil, RefusesADerivedClassThatIsAKernelClass) {
  TestModel m;
  m.model.name = "tcp";
  const ComponentId a = m.component("A");
  m.provides(a, "x", m.interface("Socket", {"poke"}));
  EXPECT_EQ(codes_of(m), std::vector<int>{6056});
}

TEST(EmitCil, RefusesInterfacesWhoseNamesDifferInCaseOnly) {
  TestModel m;
  const ComponentId a = m.component("A");
  m.provides(a, "x", m.interface("Door", {"open"}));
  m.provides(a, "y", m.interface("door", {"open"}));
  EXPECT_EQ(codes_of(m), std::vector<int>{6056});
}

TEST(EmitCil, RefusesNamesThatCilDoesNotTake) {
  for (const char* name :
       {"", "9lives_t", "a-b", "a.b", "all", "self", "range", "neq", "a b", "é", "a\n"}) {
    GateModel gate;
    gate.model.selinux->types[0].type = name;
    EXPECT_EQ(codes_of(gate), std::vector<int>{6057}) << name;
  }
  TestModel m;
  m.provides(m.component("A"), "x", m.interface("Logic", {"not", "nand"}));
  EXPECT_EQ(codes_of(m), std::vector<int>{6057});
}

TEST(EmitCil, RefusesAnInterfaceWithMoreMethodsThanAnAccessVectorHasBits) {
  std::vector<std::string> methods;
  for (int i = 0; i < 33; ++i) methods.push_back(fmt::format("m{}", i));
  TestModel m;
  m.provides(m.component("A"), "x", m.interface("Wide", methods));
  EXPECT_EQ(codes_of(m), std::vector<int>{6058});
}

TEST(EmitCil, RefusesEndpointsThatItCannotTellApart) {
  TestModel m;
  const InterfaceId door = m.interface("Door", {"open"});
  const ComponentId a = m.component("A");
  const ComponentId b = m.component("B");
  m.provides(b, "front", door);
  m.provides(b, "back", door);
  m.rule(RuleKind::Allow, "r", {a}, {m.target("B.front.open")});
  EXPECT_EQ(codes_of(m), std::vector<int>{6059});
  m.rule(RuleKind::Allow, "s", {a}, {m.target("B.back.open")});
  EXPECT_TRUE(codes_of(m).empty()) << "both are granted";
}

TEST(EmitCil, RefusesToGrantWhatANeverForbids) {
  GateModel gate;
  NeverRequest never{{gate.keys}, {gate.target("Journal.append")}};
  gate.model.properties.add({"no_log", never, {}});
  EXPECT_EQ(codes_of(gate), std::vector<int>{6060});
}

TEST(EmitCil, AnUnconditionalNeverIsANeverallow) {
  GateModel gate;
  gate.model.properties.add(
      {"no_read", NeverRequest{{gate.parser}, {gate.target("Journal.read")}}, {}});
  gate.model.properties.add(
      {"some", NeverRequest{{gate.parser}, {gate.target("Journal.open", gate.in(0, 7, 7))}}, {}});
  DiagnosticSink sink;
  const std::string text = emit_cil(gate.sealed(), sink)->text;
  EXPECT_NE(text.find("(neverallow gw_parser_t gate_journal_t (file (read)))  ; no_read\n"),
            std::string::npos);
  EXPECT_EQ(text.find("; some"), std::string::npos);
}

std::vector<std::string> printed(const JoinedRules& joined) {
  std::vector<std::string> lines;
  for (const TypeGroup& set : joined.sets)
    lines.push_back(fmt::format("{} = {}", set.attribute, fmt::join(set.types, " ")));
  for (const GroupedRule& rule : joined.rules) {
    lines.push_back(fmt::format("{} {} {} {} {}", rule.source, rule.target, rule.object_class,
                                fmt::join(rule.permissions, ","), fmt::join(rule.reasons, ",")));
  }
  return lines;
}

std::vector<GroupedRule> between(const std::vector<std::string>& sources,
                                 const std::vector<std::string>& targets,
                                 const std::string& reason) {
  std::vector<GroupedRule> rules;
  for (const std::string& source : sources) {
    for (const std::string& target : targets)
      rules.push_back({source, target, "door", {"open"}, {}, {reason}});
  }
  return rules;
}

std::string set_name(size_t n) { return fmt::format("set{}", n); }

TEST(Joined, RulesBetweenSetsOfTypesAreOne) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(printed(joined(between({"b", "a", "c"}, {"c", "a", "b"}, "r"), set_name)),
            (Lines{"set0 = a b c", "set0 set0 door open r"}));
  EXPECT_EQ(printed(joined(between({"a", "b", "c"}, {"x", "y", "z"}, "r"), set_name)),
            (Lines{"set0 = a b c", "set1 = x y z", "set0 set1 door open r"}));
  EXPECT_EQ(printed(joined(between({"a", "b", "c", "d", "e"}, {"x"}, "r"), set_name)),
            (Lines{"set0 = a b c d e", "set0 x door open r"}));
}

TEST(Joined, ASetIsNamedOnlyWhereThatTakesFewerStatements) {
  EXPECT_EQ(printed(joined(between({"a", "b"}, {"x", "y"}, "r"), set_name)),
            (std::vector<std::string>{"a x door open r", "a y door open r", "b x door open r",
                                      "b y door open r"}));
}

TEST(Joined, RulesOfDifferentStatementsStayApart) {
  std::vector<GroupedRule> rules = between({"a", "b", "c", "d"}, {"x", "y"}, "r");
  rules[0].reasons = {"s"};
  EXPECT_EQ(printed(joined(rules, set_name)),
            (std::vector<std::string>{"a x door open s", "a y door open r", "b x door open r",
                                      "b y door open r", "c x door open r", "c y door open r",
                                      "d x door open r", "d y door open r"}));
  rules = between({"a", "b", "c", "d", "e", "f"}, {"x"}, "r");
  rules[0].reasons = {"s"};
  EXPECT_EQ(
      printed(joined(rules, set_name)),
      (std::vector<std::string>{"set0 = b c d e f", "a x door open s", "set0 x door open r"}));
}

// Whatever they are: the same pairs, each once.
TEST(Joined, IsTheSamePairs) {
  rc::check([] {
    using Pair = std::pair<std::string, std::string>;
    std::set<Pair> pairs;
    const size_t count = *rc::gen::inRange<size_t>(0, 40);
    for (size_t i = 0; i < count; ++i) {
      pairs.emplace(fmt::format("t{}", *rc::gen::inRange(0, 6)),
                    fmt::format("t{}", *rc::gen::inRange(0, 6)));
    }
    std::vector<GroupedRule> rules;
    for (const auto& [source, target] : pairs)
      rules.push_back({source, target, "door", {"open"}, {}, {"r"}});
    const JoinedRules result = joined(rules, set_name);
    RC_ASSERT(result.rules.size() + 3 * result.sets.size() <= rules.size());
    const auto types_of = [&](const std::string& name) {
      const auto at = std::ranges::find(result.sets, name, &TypeGroup::attribute);
      return at == result.sets.end() ? std::vector<std::string>{name} : at->types;
    };
    std::multiset<Pair> found;
    for (const GroupedRule& rule : result.rules) {
      for (const std::string& source : types_of(rule.source)) {
        for (const std::string& target : types_of(rule.target)) found.emplace(source, target);
      }
    }
    RC_ASSERT(found == std::multiset<Pair>(pairs.begin(), pairs.end()));
  });
}

TEST(EmitCil, WhatANeverForbidsEverybodyIsOneNeverallow) {
  TestModel m;
  const InterfaceId door = m.interface("Door", {"open"});
  NeverRequest never;
  for (int i = 0; i < 5; ++i) never.subjects.push_back(m.component(fmt::format("C{}", i)));
  for (int i = 0; i < 5; ++i) {
    m.provides(never.subjects[static_cast<size_t>(i)], "x", door);
    never.targets.push_back(m.target(fmt::format("C{}.x.open", i)));
  }
  m.model.properties.add({"shut", never, {}});
  DiagnosticSink sink;
  const std::optional<CilModule> module = emit_cil(m.sealed(), sink);
  ASSERT_TRUE(module.has_value());
  EXPECT_EQ(module->neverallow_rules, 1u);
  EXPECT_NE(module->text.find(R"((typeattribute gate_never_1)  ; of the rules below alone
(typeattributeset gate_never_1 (gate_c0_t gate_c1_t gate_c2_t gate_c3_t gate_c4_t))
(expandtypeattribute gate_never_1 true)
(neverallow gate_never_1 gate_never_1 (gate_door (open)))  ; shut
)"),
            std::string::npos)
      << module->text;
}

TEST(Cells, RulesThatTogetherCoverTheTypeAreNoCondition) {
  TestModel m;
  m.provides(m.component("A"), "x", m.interface("Door", {"open"}));
  const ComponentId b = m.component("B");
  m.rule(RuleKind::Allow, "low", {b}, {m.target("A.x.open", m.in(0, 0, 99))});
  EXPECT_EQ(codes_of(m), std::vector<int>{6050});
  m.rule(RuleKind::Allow, "high", {b}, {m.target("A.x.open", m.in(0, 100, 255))});
  EXPECT_TRUE(codes_of(m).empty());
}

TEST(Cells, AProtocolThatNeverRefusesIsNoRestriction) {
  TestModel m;
  const EndpointId x = m.provides(m.component("A"), "x", m.interface("Door", {"open", "shut"}));
  const ComponentId b = m.component("B");
  m.rule(RuleKind::Allow, "r", {b}, {m.target("A.x.open"), m.target("A.x.shut")});
  const MethodId open = m.model.operations[m.model.find_operation("A.x.open")].method;
  m.model.protocols.add(
      {"P", x, InstanceKind::Shared, {{"S", {}}}, 0, {{0, open, Outcome::Granted, 0, {}, {}}}, {}});
  DiagnosticSink sink;
  const std::optional<CilModule> module = emit_cil(m.sealed(), sink);
  ASSERT_TRUE(module.has_value());
  EXPECT_NE(module->text.find("(gate_door (open)))"), std::string::npos)
      << "shut has no transition at all";
}

// "All `words` parameters differ", though they have one value too few for that: never true, and the
// more words, the harder to see.
TestModel pigeons(uint32_t words) {
  TestModel m;
  m.model.types[m.byte].domain = IntervalSet::range(0, words - 2);
  m.provides(m.component("A"), "x", m.interface("Door", {"open"}, static_cast<int>(words)));
  std::vector<ConditionId> differ;
  for (uint32_t i = 0; i < words; ++i) {
    for (uint32_t j = i + 1; j < words; ++j) {
      for (uint64_t value = 0; value + 1 < words; ++value) {
        const IntervalSet other = IntervalSet::single(value).complement();
        differ.push_back(m.model.conditions.any_of({m.model.conditions.in(i, other),  //
                                                    m.model.conditions.in(j, other)}));
      }
    }
  }
  const ConditionId all_differ = m.model.conditions.all_of(differ);
  m.rule(RuleKind::Allow, "distinct", {m.component("B")}, {m.target("A.x.open", all_differ)});
  return m;
}

TEST(Cells, WhatTakesTooLongToDecideNeedsAnApproximation) {
  EXPECT_TRUE(codes_of(pigeons(3)).empty()) << "decided: never granted";
  EXPECT_EQ(codes_of(pigeons(12)), std::vector<int>{6050}) << "not decided: not taken for granted";
}

// ---- every cell against the meaning of allow and deny, argument by argument
// --------------------------------

bool holds(const Conditions& conditions, ConditionId id, const std::vector<uint64_t>& words) {
  const Condition& c = conditions[id];
  const auto of = [&](ConditionId operand) { return holds(conditions, operand, words); };
  switch (c.kind) {
    case ConditionKind::True:
      return true;
    case ConditionKind::False:
      return false;
    case ConditionKind::In:
      return c.set.contains(words[c.word]);
    case ConditionKind::And:
      return std::all_of(c.operands.begin(), c.operands.end(), of);
    case ConditionKind::Or:
      return std::any_of(c.operands.begin(), c.operands.end(), of);
  }
  return false;
}

ConditionId arbitrary(Conditions& conditions, int depth) {
  const int pick = *rc::gen::inRange(0, depth == 0 ? 3 : 6);
  if (pick == 0) return Conditions::True;
  if (pick <= 2) {
    const auto low = *rc::gen::inRange<uint64_t>(0, 4);
    return conditions.in(*rc::gen::inRange<uint32_t>(0, 2), IntervalSet::range(low, low + pick));
  }
  std::vector<ConditionId> operands;
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
    operands.push_back(arbitrary(conditions, depth - 1));
  return pick < 5 ? conditions.all_of(operands) : conditions.any_of(operands);
}

enum class Truth { Never, Sometimes, Always };

Truth truth(const Model& model, ComponentId subject, OperationId operation) {
  int granted = 0;
  int refused = 0;
  for (uint64_t a = 0; a < 4; ++a) {
    for (uint64_t b = 0; b < 4; ++b) {
      bool allowed = false;
      bool denied = false;
      for (const Rule& rule : model.rules) {
        if (std::find(rule.subjects.begin(), rule.subjects.end(), subject) == rule.subjects.end())
          continue;
        for (const ConditionalOperation& target : rule.targets) {
          if (target.operation != operation || !holds(model.conditions, target.when, {a, b}))
            continue;
          (rule.kind == RuleKind::Allow ? allowed : denied) = true;
        }
      }
      ++(allowed && !denied ? granted : refused);
    }
  }
  return granted == 0 ? Truth::Never : refused == 0 ? Truth::Always : Truth::Sometimes;
}

TEST(Cells, EqualTheMeaningOfTheRules) {
  EXPECT_TRUE(rc::check([] {
    TestModel m;
    m.model.types[m.byte].domain = IntervalSet::range(0, 3);
    std::vector<ComponentId> all{m.component("A"), m.component("B")};
    m.provides(all[0], "x", m.interface("Door", {"open", "shut"}, 2));
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      const RuleKind kind = *rc::gen::inRange(0, 3) == 0 ? RuleKind::Deny : RuleKind::Allow;
      const char* path = *rc::gen::inRange(0, 2) == 0 ? "A.x.open" : "A.x.shut";
      m.rule(kind, fmt::format("r{}", i), {all[*rc::gen::inRange<size_t>(0, 2)]},
             {m.target(path, arbitrary(m.model.conditions, 2))});
    }
    const std::vector<Cell> cells = grantable_cells(m.sealed());
    for (ComponentId subject : all) {
      for (OperationId operation : m.model.operations.ids()) {
        const auto at = std::find_if(cells.begin(), cells.end(), [&](const Cell& c) {
          return c.subject == subject && c.operation == operation;
        });
        const Truth found = at == cells.end() ? Truth::Never
                            : at->exact()     ? Truth::Always
                                              : Truth::Sometimes;
        RC_ASSERT(found == truth(m.model, subject, operation));
      }
    }
  }));
}

// ---- facts
// -------------------------------------------------------------------------------------------------

TEST(Facts, OnePerGrantedCell) {
  GateModel gate;
  DiagnosticSink sink;
  const std::optional<CilModule> module = emit_cil(gate.sealed(), sink);
  ASSERT_TRUE(module.has_value());
  const SettingSet always = {true};
  const std::map<TeFact, SettingSet> expected = {
      {{"gw_parser_t", "gw_keys_t", "gate_signer", "unlock"}, always},
      {{"gw_parser_t", "gw_keys_t", "gate_signer", "sign"}, always},
      {{"gw_parser_t", "gw_keys_t", "gate_signer", "lock"}, always},
      {{"gw_keys_t", "gate_journal_t", "file", "open"}, always},
      {{"gw_keys_t", "gate_journal_t", "file", "append"}, always},
  };
  EXPECT_EQ(module->facts.grants, expected);
}

// Two settings of one boolean; sets of settings are written as their bits.
struct Compared {
  SelinuxSettings settings{{"b"}, {{false}, {true}}};
  SelinuxFacts planned;
  BinaryFacts binary;
  TeFact fact{"a_t", "b_t", "c", "p"};

  void grant(const SettingSet& certain, const SettingSet& possible) {
    binary.certain.grant(fact, certain);
    binary.possible.grant(fact, possible);
  }
  std::vector<int> found() const {
    DiagnosticSink sink;
    const bool equal = compare(planned, binary, settings, sink);
    EXPECT_EQ(equal, !sink.has_errors());
    return codes(sink);
  }
};

TEST(Facts, CompareFindsEachKindOfDifference) {
  const SettingSet both = {true, true};
  const SettingSet second = {false, true};
  const SettingSet none = {false, false};
  Compared c;
  c.planned.grant(c.fact, both);
  EXPECT_EQ(c.found(), std::vector<int>{6061});
  c.grant(second, second);
  EXPECT_EQ(c.found(), std::vector<int>{6061}) << "in one setting it is missing";
  c.grant(both, both);
  EXPECT_TRUE(c.found().empty());
  c = {};
  c.grant(both, both);
  EXPECT_EQ(c.found(), std::vector<int>{6062});
  c.planned.grant(c.fact, second);
  EXPECT_EQ(c.found(), std::vector<int>{6062}) << "in one setting it is too much";
  c = {};
  c.grant(none, both);
  EXPECT_EQ(c.found(), std::vector<int>{6062}) << "another boolean may turn it on";
  c.planned.grant(c.fact, both);
  EXPECT_EQ(c.found(), std::vector<int>{6061}) << "another boolean may turn it off";
  c = {};
  c.planned.say("bool b false", both);
  EXPECT_EQ(c.found(), std::vector<int>{6070});
  c.binary.certain.say("bool b true", both);
  c.binary.possible.say("bool b true", both);
  EXPECT_EQ(c.found(), (std::vector<int>{6070, 6071}));
  c = {};
  c.binary.foreign = {{"init_t", "b_t", "c", "p"}};
  EXPECT_EQ(c.found(), std::vector<int>{6063});
  c = {};
  c.binary.missing = {"a_t"};
  EXPECT_EQ(c.found(), std::vector<int>{6064});
  c = {};
  c.binary.permissive = {"a_t"};
  EXPECT_EQ(c.found(), std::vector<int>{6065});
}

TEST(KernelClasses, FitAnAccessVectorAndAreDistinct) {
  for (const KernelClass& each : kernel_classes()) {
    EXPECT_LE(each.permissions.size(), 32u) << each.name;
    const std::set<std::string_view> distinct(each.permissions.begin(), each.permissions.end());
    EXPECT_EQ(distinct.size(), each.permissions.size()) << each.name;
    EXPECT_EQ(find_kernel_class(each.name), &each);
  }
}

}  // namespace
}  // namespace bh
