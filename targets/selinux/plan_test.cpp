// Starts, roles, files, groups and variants: what is planned and written for them.
#include "targets/selinux/plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "targets/selinux/emit.h"
#include "targets/selinux/paths.h"
#include "targets/selinux/test_model.h"

namespace bh {
namespace {

// A supervisor and two workers with programs, a group of both, a journal.
struct HouseModel : TestModel {
  ComponentId boss, one, two, journal;

  HouseModel() {
    model.name = "House";
    const InterfaceId life = interface("Life", {"start", "stop", "restart"}, 0);
    const InterfaceId told = interface("Crashes", {"crashed"}, 0);
    const InterfaceId file = interface("File", {"open", "append"});
    model.selinux->classes = {{file, "file", {}}};
    boss = process("Boss", "boss_t", life);
    one = process("One", "one_t", life);
    two = process("Two", "two_t", life);
    provides(boss, "told", told);
    journal = component("Journal", ComponentKind::Object);
    provides(journal, "", file);
    model.groups.add({"workers", {one, two}, {}});
  }

  ComponentId process(const std::string& name, const std::string& type, InterfaceId life) {
    const ComponentId id = component(name);
    provides(id, "life", life);
    model.selinux->types.push_back({id, type, {}});
    model.selinux->types.back().program = NamedText{"/bin/" + name, {}};
    return id;
  }

  SelinuxTarget::TypeName& target_of(ComponentId id) { return model.selinux->types[id.value]; }

  std::string text() const {
    DiagnosticSink sink;
    const std::optional<CilModule> module = emit_cil(sealed(), sink);
    EXPECT_TRUE(module.has_value()) << (sink.has_errors() ? sink.diagnostics()[0].message : "");
    return module ? module->text : "";
  }

  std::vector<int> found() const {
    DiagnosticSink sink;
    (void)emit_cil(sealed(), sink);
    return codes(sink);
  }
};

// Each line of `lines` is a line of the text, and `text` has none of `absent`.
void expect_lines(const std::string& text, const std::vector<std::string>& lines,
                  const std::vector<std::string>& absent = {}) {
  for (const std::string& line : lines)
    EXPECT_NE(text.find("\n" + line), std::string::npos) << line << " in\n" << text;
  for (const std::string& part : absent)
    EXPECT_EQ(text.find(part), std::string::npos) << part << " in\n" << text;
}

TEST(Starts, AreDomainTransitions) {
  HouseModel house;
  house.rule(RuleKind::Allow, "boot", {house.boss}, {house.target("One.life.start")});
  expect_lines(
      house.text(),
      {"(type one_exec_t)  ; its program", "(allow boss_t one_t (process (transition)))  ; boot",
       "(allow boss_t one_exec_t (file (getattr open read execute)))  ; boot",
       "(allow one_t boss_t (fd (use)))  ; boot",
       "(allow one_t one_exec_t (file (entrypoint read map execute)))  ; its program",
       "(allow two_t two_exec_t (file (entrypoint read map execute)))  ; its program",
       "(typetransition boss_t one_exec_t process one_t)  ; boot",
       "(filecon \"/bin/One\" file (system_u object_r one_exec_t ((s0) (s0))))"},
      {"house_life", "two_exec_t (file (getattr", "sigkill"});
}

TEST(Starts, ToStopIsToSendSignals) {
  HouseModel house;
  house.rule(RuleKind::Allow, "end", {house.boss}, {house.target("One.life.stop")});
  expect_lines(house.text(), {"(allow boss_t one_t (process (sigkill signal)))  ; end"},
               {"transition"});
}

TEST(Starts, WhoMayStartAndStopMayRestart) {
  HouseModel house;
  house.rule(RuleKind::Allow, "both", {house.boss},
             {house.target("One.life.start"), house.target("One.life.stop")});
  expect_lines(house.text(), {"(allow boss_t one_t (process (transition sigkill signal)))"});
}

TEST(Starts, WhoMayRestartAloneNeedsAnApproximation) {
  HouseModel house;
  const RuleId rule =
      house.rule(RuleKind::Allow, "revive", {house.boss}, {house.target("One.life.restart")});
  EXPECT_EQ(house.found(), (std::vector<int>{6059, 6059})) << "neither start nor stop is granted";
  house.approximate(rule, {}, "it may do no harm");
  EXPECT_TRUE(house.found().empty());
  expect_lines(house.text(), {";   Boss -> One.life.start\n;   Boss -> One.life.stop",
                              "(allow boss_t one_t (process (transition sigkill signal)))"});
  house.rule(RuleKind::Deny, "no_kill", {house.boss}, {house.target("One.life.stop")});
  EXPECT_EQ(house.found(), std::vector<int>{6060}) << "a restart stops";
}

TEST(Starts, WhatIsForbiddenOfARestartIsWhatIsNotGranted) {
  HouseModel house;
  house.rule(RuleKind::Allow, "boot", {house.boss}, {house.target("One.life.start")});
  house.rule(RuleKind::Deny, "once", {house.boss}, {house.target("One.life.restart")});
  expect_lines(house.text(), {"(neverallow boss_t one_t (process (sigkill signal)))  ; once"});
}

TEST(Starts, OfAComponentWithoutAProgramAreAskedOfSomebody) {
  HouseModel house;
  house.target_of(house.one).program.reset();
  house.rule(RuleKind::Allow, "boot", {house.boss}, {house.target("One.life.start")});
  expect_lines(house.text(),
               {"(class house_life (start stop restart))  ; Life",
                "(allow boss_t one_t (house_life (start)))  ; boot"},
               {"typetransition", "one_exec_t"});
}

TEST(Starts, ALifeOfItsOwnHasToFitTheKernel) {
  TestModel m;
  const ComponentId a = m.component("A");
  m.provides(a, "life", m.interface("Life", {"start", "dream"}));
  m.model.selinux->types.push_back({a, "a_t", {}});
  m.model.selinux->types.back().program = NamedText{"/bin/a", {}};
  DiagnosticSink sink;
  EXPECT_FALSE(emit_cil(m.sealed(), sink).has_value());
  EXPECT_EQ(codes(sink), std::vector<int>{6054});
}

TEST(Roles, ChangeWhereAStartLeadsIntoAnother) {
  HouseModel house;
  house.target_of(house.one).role = "work_r";
  house.target_of(house.two).role = "work_r";
  house.rule(RuleKind::Allow, "boot", {house.boss}, {house.target("One.life.start")});
  house.rule(RuleKind::Allow, "fork", {house.one}, {house.target("Two.life.start")});
  expect_lines(house.text(),
               {"(role work_r)\n(userrole system_u work_r)", "(roletype work_r one_t)",
                "(roletype work_r two_t)", "(roletype system_r boss_t)",
                "(roleallow system_r work_r)\n(roletransition system_r one_exec_t process work_r)"},
               {"(userrole system_u work_r)\n(role work_r)", "two_exec_t process work_r"});
}

TEST(Roles, ThatOfFilesIsNoneOfAProcess) {
  HouseModel house;
  house.target_of(house.one).role = "object_r";
  EXPECT_EQ(house.found(), std::vector<int>{6057});
  house.target_of(house.one).role = "system_r";
  EXPECT_TRUE(house.found().empty());
}

TEST(Groups, StandWhereAllTheirMembersDo) {
  HouseModel house;
  const ConditionalOperation append = house.target("Journal.append");
  house.rule(RuleKind::Allow, "log", {house.one, house.two}, {append});
  house.rule(RuleKind::Allow, "boot", {house.boss},
             {house.target("One.life.start"), house.target("Two.life.start")});
  house.rule(RuleKind::Allow, "some", {house.one}, {house.target("Journal.open")});
  const std::string text = house.text();
  expect_lines(text, {"(typeattribute house_workers)  ; workers",
                      "(typeattributeset house_workers (one_t two_t))",
                      "(allow boss_t house_workers (process (transition)))  ; boot",
                      "(allow house_workers boss_t (fd (use)))  ; boot",
                      "(allow one_t house_journal_t (file (open append)))  ; some, log"});
  EXPECT_EQ(text.find("(allow house_workers house_journal_t"), std::string::npos)
      << "the two rules of the journal differ";
}

TEST(Groups, OnBothSides) {
  TestModel m;
  const InterfaceId door = m.interface("Door", {"open"});
  std::vector<ComponentId> all;
  std::vector<ConditionalOperation> targets;
  for (const char* name : {"A", "B", "C"}) {
    all.push_back(m.component(name));
    m.provides(all.back(), "x", door);
    targets.push_back(m.target(std::string(name) + ".x.open"));
  }
  m.model.groups.add({"pair", {all[0], all[1]}, {}});
  m.model.groups.add({"everyone", all, {}});
  m.model.groups.add({"nobody", {}, {}});
  m.rule(RuleKind::Allow, "r", all, targets);
  DiagnosticSink sink;
  const std::optional<CilModule> module = emit_cil(m.sealed(), sink);
  ASSERT_TRUE(module.has_value());
  EXPECT_EQ(module->allow_rules, 1u);
  expect_lines(module->text,
               {"(allow gate_everyone gate_everyone (gate_door (open)))  ; r",
                "(typeattribute gate_nobody)  ; nobody\n(expandtypeattribute gate_nobody false)"});
}

TEST(Names, OfGroupsAndProgramsShareThoseOfTypes) {
  HouseModel house;
  house.target_of(house.one).type = "house_workers";
  EXPECT_EQ(house.found(), std::vector<int>{6056});
  house.target_of(house.one).type = "boss_exec_t";
  EXPECT_EQ(house.found(), std::vector<int>{6056});
}

TEST(Names, OfInstances) {
  TestModel m;
  m.component("Box[3]");
  DiagnosticSink sink;
  const std::optional<CilModule> module = emit_cil(m.sealed(), sink);
  ASSERT_TRUE(module.has_value());
  expect_lines(module->text, {"(type gate_box_3_t)  ; Box[3]"});
}

TEST(Files, HaveValidPathsOfTheirOwn) {
  HouseModel house;
  house.target_of(house.one).program->text = "bin/one";
  EXPECT_EQ(house.found(), std::vector<int>{6068});
  house.target_of(house.one).program->text = "/bin/Two";
  EXPECT_EQ(house.found(), std::vector<int>{6069});
  house.target_of(house.one).program->text = "/opt/one-1.0+b";
  house.model.selinux->types.push_back({house.journal, "journal_t", {}});
  house.model.selinux->types.back().paths = {{"/var/log/house(/.*)?", {}}, {"/srv/j[0-9]", {}}};
  expect_lines(house.text(), {"(filecon \"/opt/one-1\\.0\\+b\" file (system_u object_r one_exec_t",
                              "(roletype object_r journal_t)\n"
                              "(filecon \"/var/log/house(/.*)?\" any (system_u object_r journal_t",
                              "(filecon \"/srv/j[0-9]\" any (system_u object_r journal_t"});
  house.model.selinux->types.back().paths.push_back({"/srv/j[0-9", {}});
  EXPECT_EQ(house.found(), std::vector<int>{6068});
}

TEST(Files, PathsAreOfOneFile) {
  for (const char* good : {"/a", "/usr/libexec/gw/parser", "/a.b-c_d+e", "/..a/...", "/a)"})
    EXPECT_EQ(wrong_with_path(good), "") << good;
  for (const char* bad :
       {"", "a", "/", "/a/", "//a", "/a//b", "/./a", "/a/..", "/a b", "/a\"", "/\n", "/\xc3\xa9"})
    EXPECT_NE(wrong_with_path(bad), "") << bad;
  EXPECT_NE(wrong_with_path("/" + std::string(4095, 'a')), "");
}

TEST(Files, ExpressionsAreRegular) {
  for (const char* good :
       {"/a", "/", "/a(/.*)?", "/a/[^/]+\\.log", "/(a|b|cd)/x*", "/a[a-z0-9_.-]?", "/x(y(z)?)?",
        "/\\(a\\)\\\\", "/(ab)+", "/a:b;c,d~e%f@g=h!i#j&k'l<m>"})
    EXPECT_EQ(wrong_with_path_expression(good), "") << good;
  for (const char* bad :
       {"",       "a/b",          "/?a",    "/*",    "/a**",    "/a+?",  "/(",  "/)",  "/(a",
        "/a)",    "/()",          "/(|a)",  "/(a|)", "/(a||b)", "/a|b",  "/[",  "/[]", "/[a",
        "/[z-a]", "/[[:alpha:]]", "/[\\d]", "/\\d",  "/a\\",    "/a{2}", "/^a", "/a$", "/a]",
        "/(a*)*", "/((a+)b)+",    "/a b",   "/a\"b", "/(*a)",   "/(?:a)"})
    EXPECT_NE(wrong_with_path_expression(bad), "") << bad;
}

// ---- variants -----------------------------------------------------------------------------------

// A House in each setting of two variants: `log` and `boot`, on by default, the latter.
std::vector<CheckedModel> house_in_settings() {
  std::vector<CheckedModel> models;
  for (const auto& [log, boot] : {std::pair(0, 1), {0, 0}, {1, 0}, {1, 1}}) {
    HouseModel house;
    const TypeId type =
        house.model.types.add({"bool", TypeKind::Bool, IntervalSet::range(0, 1), {}, {}});
    house.model.variants.add({"log", type, 0, static_cast<uint64_t>(log), {}});
    house.model.variants.add({"boot", type, 1, static_cast<uint64_t>(boot), {}});
    const auto when = [](int on) { return on != 0 ? Conditions::True : Conditions::False; };
    house.rule(RuleKind::Allow, "writing", {house.one, house.two},
               {house.target("Journal.append", when(log))});
    house.rule(RuleKind::Allow, "starting", {house.boss},
               {house.target("One.life.start", when(boot)),
                house.target("Two.life.start", when(log & (1 - boot)))});
    house.rule(RuleKind::Deny, "quiet", {house.boss}, {house.target("Journal.append")});
    house.rule(RuleKind::Deny, "shut", {house.boss}, {house.target("Journal.open", when(log))});
    models.push_back(house.sealed());
  }
  return models;
}

TEST(Variants, AreBooleans) {
  const std::vector<CheckedModel> settings = house_in_settings();
  DiagnosticSink sink;
  const std::optional<CilModule> module = emit_cil(settings, sink);
  ASSERT_TRUE(module.has_value());
  expect_lines(module->text,
               {"(boolean house_log false)\n(boolean house_boot true)",
                "(booleanif house_log\n    (true\n"
                "        (allow house_workers house_journal_t (file (append)))  ; writing\n    ))",
                "(booleanif house_boot\n    (true\n"
                "        (allow boss_t one_t (process (transition)))  ; starting\n"
                "        (allow boss_t one_exec_t (file (getattr open read execute)))  ; starting\n"
                "        (allow one_t boss_t (fd (use)))  ; starting\n"
                "        (typetransition boss_t one_exec_t process one_t)  ; starting\n    ))",
                "(booleanif (and house_log (not house_boot))\n    (true\n"
                "        (allow boss_t two_t (process (transition)))  ; starting\n",
                "(neverallow boss_t house_journal_t (file (append)))  ; quiet"},
               {"; shut"});
  EXPECT_EQ(module->facts.statements.at("bool house_boot true"), every_setting(4));
  EXPECT_EQ(module->facts.statements.at("type_transition boss_t two_exec_t:process two_t"),
            (SettingSet{false, false, true, false}));
}

TEST(Variants, ThatAreFixedAreNone) {
  const std::vector<CheckedModel> settings = house_in_settings();
  DiagnosticSink sink;
  const auto two = emit_cil(std::span(settings).subspan(0, 2), sink);
  expect_lines(two->text, {"(boolean house_boot true)"}, {"house_log", "(append)))  ; writing"});
  const auto one = emit_cil(settings[3], sink);
  expect_lines(one->text, {"(allow house_workers house_journal_t (file (append)))  ; writing"},
               {"(boolean", "(booleanif"});
}

TEST(Variants, WithMoreValuesHaveToBeSet) {
  std::vector<CheckedModel> settings;
  for (uint64_t value : {0, 1, 2}) {
    TestModel m;
    m.component("A");
    m.model.variants.add({"board", m.byte, 0, value, {}});
    settings.push_back(m.sealed());
  }
  DiagnosticSink sink;
  EXPECT_FALSE(emit_cil(settings, sink).has_value());
  EXPECT_EQ(codes(sink), std::vector<int>{6067});
  EXPECT_TRUE(emit_cil(settings[1], sink).has_value());
}

TEST(Variants, AGrantInOneSettingThatANeverForbidsThereIsAnError) {
  std::vector<CheckedModel> settings;
  for (uint64_t value : {0, 1}) {
    HouseModel house;
    const TypeId type =
        house.model.types.add({"bool", TypeKind::Bool, IntervalSet::range(0, 1), {}, {}});
    house.model.variants.add({"open", type, 0, value, {}});
    house.rule(RuleKind::Allow, "r", {house.one},
               {house.target("Journal.open", value != 0 ? Conditions::True : Conditions::False)});
    house.model.properties.add(
        {"never_open", NeverRequest{{house.one}, {house.target("Journal.open")}}, {}});
    settings.push_back(house.sealed());
  }
  DiagnosticSink sink;
  EXPECT_FALSE(emit_cil(settings, sink).has_value());
  EXPECT_EQ(codes(sink), std::vector<int>{6060});
}

// ---- conditions ---------------------------------------------------------------------------------

SelinuxSettings settings_of_booleans(size_t booleans) {
  SelinuxSettings settings;
  for (size_t b = 0; b < booleans; ++b) settings.booleans.push_back(fmt::format("b{}", b));
  for (size_t s = 0; s < size_t{1} << booleans; ++s) {
    std::vector<bool>& values = settings.values.emplace_back();
    for (size_t b = 0; b < booleans; ++b) values.push_back((s >> b & 1) != 0);
  }
  return settings;
}

// A CIL expression's value.
bool evaluate(std::string_view& text, const SelinuxSettings& settings, size_t setting) {
  if (text.front() != '(') {
    const size_t end = std::min(text.find_first_of(" )"), text.size());
    const std::string name(text.substr(0, end));
    text.remove_prefix(end);
    for (size_t b = 0; b < settings.booleans.size(); ++b) {
      if (settings.booleans[b] == name) return settings.values[setting][b];
    }
    ADD_FAILURE() << name;
    return false;
  }
  const size_t end = text.find(' ');
  const std::string word(text.substr(1, end - 1));
  text.remove_prefix(end + 1);
  const bool first = evaluate(text, settings, setting);
  if (word == "not") {
    text.remove_prefix(1);
    return !first;
  }
  text.remove_prefix(1);
  const bool second = evaluate(text, settings, setting);
  text.remove_prefix(1);
  return word == "and" ? first && second : first || second;
}

TEST(Conditions, HoldInExactlyTheirSettings) {
  EXPECT_TRUE(rc::check([] {
    const SelinuxSettings settings = settings_of_booleans(*rc::gen::inRange<size_t>(1, 6));
    SettingSet where = no_setting(settings.size());
    for (size_t s = 0; s < where.size(); ++s) where[s] = *rc::gen::inRange(0, 2) != 0;
    if (is_empty(where) || is_every(where)) return;
    const std::string text = condition_of(settings, where);
    for (size_t s = 0; s < where.size(); ++s) {
      std::string_view rest = text;
      RC_ASSERT(evaluate(rest, settings, s) == where[s]);
      RC_ASSERT(rest.empty());
    }
  }));
}

TEST(Conditions, AreReadable) {
  const SelinuxSettings settings = settings_of_booleans(3);
  const auto text = [&](auto holds) {
    SettingSet where = no_setting(8);
    for (size_t s = 0; s < 8; ++s)
      where[s] = holds(settings.values[s][0], settings.values[s][1], settings.values[s][2]);
    return condition_of(settings, where);
  };
  EXPECT_EQ(text([](bool a, bool, bool) { return a; }), "b0");
  EXPECT_EQ(text([](bool, bool b, bool) { return !b; }), "(not b1)");
  EXPECT_EQ(text([](bool a, bool b, bool c) { return a && !b && c; }),
            "(and (and b0 (not b1)) b2)");
  EXPECT_EQ(text([](bool a, bool b, bool) { return a || b; }), "(or b0 b1)");
  EXPECT_EQ(text([](bool a, bool b, bool c) { return !(a && b && c); }),
            "(or (or (not b0) (not b1)) (not b2))");
}

TEST(Conditions, OfTenVariantsAreFound) {
  const SelinuxSettings settings = settings_of_booleans(10);
  SettingSet odd = no_setting(settings.size());
  for (size_t s = 0; s < odd.size(); ++s) odd[s] = __builtin_popcountll(s) % 2 != 0;
  const std::string text = condition_of(settings, odd);
  for (size_t s = 0; s < odd.size(); s += 37) {
    std::string_view rest = text;
    EXPECT_EQ(evaluate(rest, settings, s), odd[s]) << s;
  }
}

}  // namespace
}  // namespace bh
