#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>

#include "analyzer/compile_db.h"
#include "analyzer/glob.h"
#include "analyzer/privileged.h"
#include "analyzer/program.h"
#include "analyzer/prune.h"
#include "analyzer/reach.h"
#include "analyzer/shards.h"
#include "analyzer/unit_start.h"
#include "analyzer/workers.h"

namespace bh {
namespace {

TEST(Glob, StarsStayInAFolderUnlessDoubled) {
  EXPECT_TRUE(glob_matches("src/*.c", "src/a.c"));
  EXPECT_FALSE(glob_matches("src/*.c", "src/sub/a.c"));
  EXPECT_TRUE(glob_matches("src/**", "src/sub/a.c"));
  EXPECT_TRUE(glob_matches("src/**.c", "src/sub/a.c"));
  EXPECT_TRUE(glob_matches("a?c.c", "abc.c"));
  EXPECT_FALSE(glob_matches("a?c", "a/c"));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_TRUE(glob_matches("", ""));
  EXPECT_TRUE(glob_matches("exec*", "execve"));
  EXPECT_FALSE(glob_matches("exec", "execve"));
  std::string stars(2000, '*'), text(2000, 'a');
  EXPECT_FALSE(glob_matches(stars + "b", text)) << "and in bounded time";
}

TEST(UnitStart, IsTheFirstInclusionBehindComments) {
  auto head = [](std::string_view text) -> int {
    std::optional<UnitStart> start = unit_start(text);
    if (start && start->inclusion != "#include \"a.h\"\n") return -2;
    return start ? static_cast<int>(start->head) : -1;
  };
  const std::string inclusion = "#include \"a.h\"\n";
  EXPECT_EQ(head(inclusion), 0);
  EXPECT_EQ(head("\n" + inclusion + "int a;"), 1);
  EXPECT_EQ(head("/* a\n // b */ // c /*\n\n" + inclusion), 23);
  EXPECT_EQ(head("/* a */ " + inclusion), -1) << "its column would move";
  EXPECT_EQ(head("/*/ */\n" + inclusion), 7);
  EXPECT_EQ(head("int a;\n" + inclusion), -1);
  EXPECT_EQ(head("#define A\n" + inclusion), -1);
  EXPECT_EQ(head("// a \\\n" + inclusion), -1) << "the comment goes on";
  EXPECT_EQ(head("// a ?\?/\n" + inclusion), -1) << "and so it does here";
  EXPECT_EQ(head("/* a"), -1);
  EXPECT_EQ(head("/* a */"), -1);
  EXPECT_EQ(head(""), -1);
  EXPECT_EQ(head("#include \"a.h\""), -1);
  EXPECT_EQ(head("#include NAME\n"), -1);
  EXPECT_EQ(head("#include \"a.h\" // b\n"), -1);
  EXPECT_EQ(unit_start("#include <sys/a.h>  \nint b;")->inclusion, "#include <sys/a.h>  \n");
}

TEST(HalfWay, CopiesGoOnFromWhereItStopped) {
  const pid_t self = ::getpid();
  int common = 0;
  HalfWay process([&](const HalfWay::Next& next) {
    ++common;
    const size_t job = next();
    ++common;
    return std::to_string(job) + " " + std::to_string(common) + (::getpid() == self ? "!" : "");
  });
  for (size_t job : {3u, 1u, 3u}) EXPECT_EQ(process.run(job), std::to_string(job) + " 2");
  EXPECT_EQ(common, 0);
}

TEST(HalfWay, NothingInCommonIsNoAnswer) {
  HalfWay process([](const HalfWay::Next&) { return std::string("never seen"); });
  EXPECT_EQ(process.run(1), std::nullopt);
  EXPECT_EQ(process.run(1), std::nullopt);
}

TEST(HalfWay, ACopyThatDiesIsToldOfItsWorker) {
  std::vector<std::string> died(3);
  auto job = [](size_t i) {
    HalfWay process([](const HalfWay::Next& next) {
      const size_t copy = next();
      if (copy == 1) ::kill(::getpid(), SIGSEGV);
      if (copy == 2) ::_exit(7);
      return std::string("fine");
    });
    return *process.run(i);
  };
  run_workers(3, {1, 60, 0}, job, [&](size_t i, const std::string& answer, const std::string& why) {
    died[i] = answer + why;
    return true;
  });
  EXPECT_EQ(died[0], "fine");
  EXPECT_EQ(died[1], "killed by signal 11");
  EXPECT_EQ(died[2], "ended with status 7");
}

TEST(PlainName, IsWhatAPersonWrites) {
  EXPECT_EQ(plain_name("fatal"), "fatal");
  EXPECT_EQ(plain_name("helper@src/log.c"), "helper");
  EXPECT_EQ(plain_name("ns::f(int, void (*)(int))"), "ns::f");
  EXPECT_EQ(plain_name("(anonymous namespace)::f(int)@a.cpp"), "(anonymous namespace)::f");
  EXPECT_EQ(plain_name("A::operator()(int) const"), "A::operator()");
  EXPECT_EQ(plain_name("f()::(anonymous class)::operator()(int) const#0@a.cpp"),
            "f()::(anonymous class)::operator()");
  EXPECT_EQ(plain_name(")("), ")(");
  EXPECT_EQ(plain_name(""), "");
}

// ---- what functions of the system can do
// --------------------------------------------------------------------------------------------

TEST(Privileged, EveryFunctionHasOnePrivilege) {
  std::set<std::string_view> seen;
  for (Privilege privilege : all_privileges()) {
    EXPECT_FALSE(print(privilege).empty());
    EXPECT_FALSE(functions_with(privilege).empty()) << print(privilege);
    for (std::string_view function : functions_with(privilege)) {
      EXPECT_TRUE(seen.insert(function).second) << function;
      EXPECT_EQ(privilege_of(function), privilege) << function;
    }
  }
  EXPECT_EQ(privilege_of("setresuid"), Privilege::Identity);
  EXPECT_EQ(privilege_of("execveat"), Privilege::Process);
  EXPECT_EQ(privilege_of("clock_adjtime"), Privilege::Clock);
  EXPECT_EQ(privilege_of("strlen"), std::nullopt);
  EXPECT_EQ(privilege_of(""), std::nullopt);
  EXPECT_EQ(input_of("recvmsg"), Input::Socket);
  EXPECT_EQ(input_of("read"), Input::Descriptor);
  EXPECT_EQ(input_of("write"), std::nullopt);
}

TEST(Names, TemplateArgumentsAreTakenOff) {
  EXPECT_EQ(last_name("ns::Box<ns::T>"), "Box");
  EXPECT_EQ(last_name("Box"), "Box");
  EXPECT_EQ(last_name("a::b"), "b");
  EXPECT_EQ(without_arguments("std::sort<a::b<int>>"), "std::sort");
  EXPECT_EQ(without_arguments("a::operator>"), "a::operator>");
  EXPECT_EQ(without_arguments("a>"), "a>");
}

TEST(CompileDatabase, CommandsAreSplitAsAShellDoes) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(split_command("cc -DX=\\\"a\\ b\\\" 'c d'e \"f\\\"g\""),
            (Words{"cc", "-DX=\"a b\"", "c de", "f\"g"}));
  EXPECT_EQ(split_command("  "), Words{});
  EXPECT_EQ(split_command("a ''"), (Words{"a", ""}));
  EXPECT_EQ(split_command("a \\"), (Words{"a", "\\"}));
}

TEST(CompileDatabase, RepetitionsAreMerged) {
  Result<CompileDatabase> read = read_compile_database(
      R"([{"directory": "b", "file": "a.c", "command": "cc -c a.c -o a.o"},
          {"directory": "/r/b", "file": "/r/b/a.c", "arguments": ["cc", "-fPIC", "-DPIC", "-c", "a.c", "-o", "a.lo"]},
          {"directory": "/r/b", "file": "a.c", "command": "cc -DX -c a.c"}])",
      "/r");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->commands.size(), 2u);
  EXPECT_EQ(read->merged, 1u);
  EXPECT_EQ(read->commands[0].file, "/r/b/a.c");
  EXPECT_EQ(read->commands[0].directory, "/r/b");
}

// ---- pruning
// --------------------------------------------------------------------------------------------

FlowBlock block(uint32_t id, std::vector<uint32_t> next, std::string condition = "") {
  return {id, std::move(next), std::move(condition), {}, {}, {}};
}

bool reached(const std::string& condition, bool side, std::vector<Assumption> assumptions) {
  std::vector<FlowFact> flows = {
      {"f", {block(3, {2, 1}, condition), block(2, {0}), block(1, {0})}, 3}};
  Pruner pruner(flows, assumptions, nullptr);
  return pruner.live("o", side ? "f:2" : "f:1");
}

TEST(Prune, ConditionsAreDecidedInThreeValues) {
  std::vector<Assumption> on = {{"x", 1}, {"R.f", 2}, {"p()", 0}};
  EXPECT_TRUE(reached("global:x@a.c", true, on));
  EXPECT_FALSE(reached("global:x@a.c", false, on));
  EXPECT_FALSE(reached("! global:x", true, on));
  EXPECT_FALSE(reached("== field:R.f/local:r #1", true, on));
  EXPECT_FALSE(reached("!= field:R.f #2", true, on));
  EXPECT_FALSE(reached(">= field:R.f #3", true, on));
  EXPECT_FALSE(reached("& ? call:p", true, on));
  EXPECT_TRUE(reached("& ? call:p", false, on));
  EXPECT_FALSE(reached("| ? global:x", false, on));
  EXPECT_TRUE(reached("| ? call:p", true, on));
  EXPECT_TRUE(reached("| ? call:p", false, on));
}

TEST(Prune, ASwitchTakesTheLabelsThatHoldTheValue) {
  FlowBlock choice = block(9, {1, 2, 3}, "global:x");
  choice.labels = {"#1,#4..#6", "#2", "default"};
  std::vector<FlowFact> flows = {{"f", {choice, block(1, {}), block(2, {}), block(3, {})}, 9}};
  auto live = [&](int64_t x) {
    std::vector<Assumption> assumptions = {{"x", x}};
    Pruner pruner(flows, assumptions, nullptr);
    std::string text;
    for (const char* at : {"f:1", "f:2", "f:3"}) text += pruner.live("o", at) ? '1' : '0';
    return text;
  };
  EXPECT_EQ(live(1), "100");
  EXPECT_EQ(live(5), "100");
  EXPECT_EQ(live(2), "010");
  EXPECT_EQ(live(3), "001");
}

TEST(Prune, MalformedConditionsDecideNothing) {
  for (const char* bad :
       {"&", "& global:x", "global:x global:x", "== #1", "!", "#", "#99999999999999999999", "<"}) {
    EXPECT_TRUE(reached(bad, true, {{"x", 0}})) << bad;
    EXPECT_TRUE(reached(bad, false, {{"x", 1}})) << bad;
  }
}

TEST(Prune, UnknownBlocksAndFlowsAreLive) {
  std::vector<FlowFact> flows = {{"f", {block(1, {7})}, 1}};
  Pruner pruner(flows, {}, nullptr);
  EXPECT_TRUE(pruner.live("o", ""));
  EXPECT_TRUE(pruner.live("o", "g:1"));
  EXPECT_TRUE(pruner.live("o", "f:x"));
  EXPECT_TRUE(pruner.live("o", "f:7")) << "an edge leads there";
}

TEST(Prune, ManyPathsGiveWayToAWalkWithoutMemory) {
  FlowFact flow{"f", {}, 100};
  for (uint32_t i = 0; i < 40; ++i) {
    std::string test = "local:x" + std::to_string(i / 2);
    flow.blocks.push_back(block(100 + i, {100 + i + 1, 100 + i + 1}, test));
  }
  std::vector<FlowFact> flows = {flow};
  Pruner pruner(flows, {}, nullptr);
  EXPECT_TRUE(pruner.live("o", "f:140"));
}

// ---- the join on facts that no extractor would write
// ------------------------------------------------------

std::string name_of() {
  return *rc::gen::element<std::string>("f", "g", "h@a.c", "x", "", "=", "param:1");
}

Value value_of() {
  Value value;
  value.alternatives[0].kind =
      *rc::gen::element(AtomKind::Unknown, AtomKind::Constant, AtomKind::Function, AtomKind::Slot,
                        AtomKind::Address, AtomKind::Result);
  value.alternatives[0].text = *rc::gen::element<std::string>(
      "f", "g", "global:x", "field:R.f", "param:0", "param:99", "return", "virtual:f");
  return value;
}

TEST(Reach, AnyFactsAreSurvived) {
  EXPECT_TRUE(rc::check("reach ends", [] {
    Facts facts;
    facts.units.push_back({"a.c", "", UnitState::Ok, ""});
    for (const char* f : {"f", "g", "h"})
      facts.functions.push_back({std::string(f) + "@a.c", f, "void (void)", {"a.c", 1, 1}, 0, {}});
    for (int i = *rc::gen::inRange(0, 12); i > 0; --i) {
      std::string owner =
          *rc::gen::element<std::string>("f@a.c", "g@a.c", "h@a.c", "=x", "=", "nobody");
      Place at{"a.c", static_cast<uint32_t>(i), 1};
      facts.calls.push_back(
          {owner, at, "q:1", 0, name_of(), CallHow::Direct, "", {value_of(), value_of()}});
      facts.indirect_calls.push_back({owner, at, "", 0, "void (void)", value_of(), {value_of()}});
      facts.stores.push_back(
          {owner, at, "", value_of().alternatives[0].text, StoreHow::Assign, value_of()});
      facts.references.push_back({owner, at, "", UseHow::Read, value_of().alternatives[0]});
      facts.overrides.push_back({name_of(), name_of()});
    }
    facts.normalise();
    Program program(facts, {"*.c"});
    ReachOptions options;
    options.entries = program.named("f");
    options.resolutions = {{"R.f", {"g", "nowhere"}}, {"x", {"x"}}};
    Reach result = reach(program, options);
    RC_ASSERT(result.functions.size() >= 1u);
    for (const ReachedExternal& external : result.externals)
      path_to(program, result, external.from);
  }));
}

// ---- worker processes
// ---------------------------------------------------------------------------------------

TEST(Workers, ADeadOneCostsItsJobAndNoOther) {
  std::vector<std::string> answers(20);
  run_workers(
      answers.size(), {3, 5, 0},
      [](size_t i) -> std::string {
        if (i == 7) std::abort();
        if (i == 8) ::_exit(9);
        return "answer " + std::to_string(i);
      },
      [&](size_t i, const std::string& answer, const std::string& died) {
        answers[i] = answer + died;
        return true;
      });
  for (size_t i = 0; i < answers.size(); ++i) {
    std::string expected = "answer " + std::to_string(i);
    if (i == 7) expected = "killed by signal 6";
    if (i == 8) expected = "ended with status 9";
    EXPECT_EQ(answers[i], expected);
  }
}

TEST(Shards, InputsAndIndexAreReadBack) {
  ShardInputs inputs{{{"ab", "a b.c"}, {"missing", "/usr/include/x.h"}},
                     "0123ef",
                     17,
                     ShardState::Failed,
                     "a.c:1: no"};
  const std::string text = write_inputs(inputs);
  EXPECT_EQ(read_inputs(text), inputs);
  EXPECT_EQ(read_index(write_index({"b", "a", "b"})), (std::vector<std::string>{"a", "b"}));
  const std::string version = "bulkhead-facts-inputs 2\n";
  for (const std::string& bad :
       {std::string(), std::string("x"), version, version + "shard ../x 1\nok\n",
        version + "nospace\nshard ab 1\nok\n", version + "shard ab\nok\n",
        version + "shard ab -1\nok\n", version + "shard ab 1\nfine\n", version + "shard ab 1\n",
        version + "shard ab 1\nok", "bulkhead-facts-inputs 1\nshard ab 1\nok\n" + std::string()})
    EXPECT_FALSE(read_inputs(bad).has_value()) << bad;
}

TEST(Shards, PathsWithLineBreaksAreReadBack) {
  for (const char* path : {"a.c", "a\nb", "a\\nb", "\\", "\n\n\\"}) {
    EXPECT_EQ(unescape_line(escape_line(path)), path);
    EXPECT_EQ(escape_line(path).find('\n'), std::string::npos);
  }
}

TEST(Shards, AFolderIsReadWhileOthersAddButNotWhileOneRemoves) {
  const std::string folder = BH_BINARY_DIR "/lock_test";
  std::filesystem::create_directories(folder);
  auto try_in_child = [&](FactsLock::Mode mode) {
    pid_t child = ::fork();
    if (child == 0) {
      ::alarm(1);  // waiting ends it
      Result<FactsLock> lock = FactsLock::take(folder, mode);
      ::_exit(lock ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0;
  };
  {
    Result<FactsLock> lock = FactsLock::take(folder, FactsLock::Mode::Shared);
    ASSERT_TRUE(lock.has_value());
    EXPECT_TRUE(try_in_child(FactsLock::Mode::Shared));
    EXPECT_FALSE(try_in_child(FactsLock::Mode::Alone));
  }
  {
    Result<FactsLock> lock = FactsLock::take(folder, FactsLock::Mode::Alone);
    EXPECT_FALSE(try_in_child(FactsLock::Mode::Shared));
  }
  EXPECT_TRUE(try_in_child(FactsLock::Mode::Alone));
}

}  // namespace
}  // namespace bh
