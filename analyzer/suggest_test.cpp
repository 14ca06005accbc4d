#include "analyzer/suggest.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "analyzer/loops.h"
#include "analyzer/min_cut.h"

namespace bh {
namespace {

// ---- loops
// --------------------------------------------------------------------------------------------

FlowBlock to(uint32_t id, std::vector<uint32_t> next) {
  return {id, std::move(next), "", {}, {}, {}};
}

TEST(Loops, AreCountedByNesting) {
  // 6 -> 5 { 4 { 3 3 } 2 } 1
  const FlowFact flow{
      "f", {to(6, {5}), to(5, {4, 1}), to(4, {3, 2}), to(3, {3, 4}), to(2, {5}), to(1, {})}, 6};
  const std::map<uint32_t, uint32_t> depths = loop_depths(flow, 4);
  EXPECT_EQ(depths.at(6), 0u);
  EXPECT_EQ(depths.at(5), 1u);
  EXPECT_EQ(depths.at(4), 2u);
  EXPECT_EQ(depths.at(3), 3u);
  EXPECT_EQ(depths.at(2), 1u);
  EXPECT_EQ(depths.at(1), 0u);
  EXPECT_EQ(loop_depths(flow, 1).at(3), 1u);
}

TEST(Loops, EdgesThatLeadNowhereAreNone) {
  const FlowFact flow{"f", {to(2, {FlowBlock::Nowhere, 7}), to(1, {2})}, 1};
  for (const auto& [block, depth] : loop_depths(flow, 4)) EXPECT_EQ(depth, 0u) << block;
  EXPECT_TRUE(loop_depths(FlowFact{}, 4).empty());
}

TEST(Loops, ALongFunctionNeedsNoDeepStack) {
  FlowFact flow{"f", {}, 0};
  constexpr uint32_t Size = 20'000;
  for (uint32_t i = 0; i < Size; ++i) flow.blocks.push_back(to(i, {(i + 1) % Size}));
  EXPECT_EQ(loop_depths(flow, 2).at(Size / 2), 1u);
}

// ---- minimum cut
// --------------------------------------------------------------------------------------------

int64_t cost(const std::vector<CutArc>& arcs, const std::vector<bool>& side) {
  int64_t sum = 0;
  for (const CutArc& arc : arcs)
    if (side[arc.from] && !side[arc.to]) sum += arc.capacity;
  return sum;
}

TEST(MinCut, IsTheCheapestOfAll) {
  rc::check([] {
    const size_t nodes = *rc::gen::inRange<size_t>(2, 9);
    std::vector<CutArc> arcs;
    for (int i = *rc::gen::inRange(0, 20); i > 0; --i)
      arcs.push_back({*rc::gen::inRange<size_t>(0, nodes), *rc::gen::inRange<size_t>(0, nodes),
                      *rc::gen::inRange<int64_t>(0, 10)});
    const MinCut cut = min_cut(nodes, arcs, 0, 1);
    RC_ASSERT(cut.source_side[0] && !cut.source_side[1]);
    RC_ASSERT(cost(arcs, cut.source_side) == cut.value);
    size_t smallest = nodes;
    for (size_t bits = 0; bits < (size_t{1} << nodes); ++bits) {
      std::vector<bool> side(nodes);
      size_t size = 0;
      for (size_t i = 0; i < nodes; ++i) size += side[i] = (bits >> i) & 1;
      if (!side[0] || side[1]) continue;
      RC_ASSERT(cost(arcs, side) >= cut.value);
      if (cost(arcs, side) == cut.value) smallest = std::min(smallest, size);
    }
    const auto size = std::count(cut.source_side.begin(), cut.source_side.end(), true);
    RC_ASSERT(static_cast<size_t>(size) == smallest);
  });
}

// ---- programs
// --------------------------------------------------------------------------------------------

// Functions written as "f@a.c", their calls as {"f@a.c", "g"}; each call on a line of its own.
struct Sketch {
  Facts facts;
  uint32_t line = 0;

  void unit(const std::string& path) { facts.units.push_back({path, "", UnitState::Ok, ""}); }
  void function(const std::string& definition) {
    const size_t at = definition.find('@');
    const uint32_t first = ++line * 10;
    facts.functions.push_back({definition,
                               definition.substr(0, at),
                               "void (void)",
                               {definition.substr(at + 1), first, 1},
                               first + 9,
                               {}});
  }
  void call(const std::string& owner, const std::string& callee, const std::string& block = "") {
    CallFact fact;
    fact.owner = owner;
    fact.at = {owner.substr(owner.find('@') + 1), 1000 + ++line, 1};
    fact.block = block;
    fact.callee = callee;
    facts.calls.push_back(fact);
  }
  Facts done() {
    facts.normalise();
    return facts;
  }
};

// serve() reads requests in a loop; each may look a user up, which is one function's work.
Sketch daemon() {
  Sketch s;
  s.unit("daemon.c");
  for (const char* f : {"main@daemon.c", "serve@daemon.c", "handle@daemon.c", "lookup@daemon.c",
                        "fetch@daemon.c", "trim@daemon.c"})
    s.function(f);
  s.facts.flows.push_back({"loop", {to(2, {2, 1}), to(1, {})}, 2});
  s.call("main@daemon.c", "serve");
  s.call("main@daemon.c", "openlog");
  s.call("serve@daemon.c", "recv", "loop:2");
  s.call("serve@daemon.c", "handle", "loop:2");
  s.call("handle@daemon.c", "lookup");
  s.call("handle@daemon.c", "trim");
  s.call("lookup@daemon.c", "fetch");
  s.call("lookup@daemon.c", "fetch");
  s.call("lookup@daemon.c", "trim");
  s.call("fetch@daemon.c", "getpwnam");
  s.call("fetch@daemon.c", "getspnam");
  return s;
}

TEST(LinkUnits, FollowWhatIsNeeded) {
  Sketch s;
  for (const char* unit : {"a/one.c", "a/two.c", "lib/log.c", "lib/unused.c", "a/log.c"})
    s.unit(unit);
  for (const char* f : {"main@a/one.c", "main@a/two.c", "fatal@a/two.c", "fatal@lib/log.c",
                        "note@lib/log.c", "note@a/log.c", "spare@lib/unused.c"})
    s.function(f);
  s.call("main@a/one.c", "fatal");
  s.call("main@a/two.c", "fatal");
  s.call("main@a/two.c", "note");
  const std::vector<LinkUnit> units = link_units(s.done(), {"**"});
  ASSERT_EQ(units.size(), 2u);
  EXPECT_EQ(units[0].main, "a/one.c");
  EXPECT_EQ(units[0].files, (std::vector<std::string>{"a/one.c", "lib/log.c"}))
      << "the other program's fatal() cannot be linked";
  EXPECT_EQ(units[1].files, (std::vector<std::string>{"a/log.c", "a/two.c"}))
      << "its own folder first";
  EXPECT_EQ(units[1].ambiguous, std::vector<std::string>{"note"});
  EXPECT_TRUE(link_units(s.done(), {"none/**"}).empty());
  ASSERT_EQ(link_units(s.done(), {"lib/*"}).size(), 1u);
  EXPECT_EQ(link_units(s.done(), {"lib/*"})[0].main, "") << "a library";
}

TEST(Suggest, MovesTheLookupAndNotTheLoop) {
  const Facts facts = daemon().done();
  const Advice advice = advise(facts, {});
  ASSERT_EQ(advice.programs.size(), 1u);
  const ProgramAdvice& program = advice.programs[0];
  EXPECT_EQ(program.name, "daemon_program");
  ASSERT_EQ(program.partitions.size(), 1u) << "openlog needs no privilege";
  const Partition& p = program.partitions[0];
  EXPECT_EQ(p.privileges, std::vector<Privilege>{Privilege::Accounts});
  EXPECT_EQ(p.gained, (std::vector<std::string>{"getpwnam", "getspnam"}));
  std::set<std::string> moved;
  for (size_t node : p.moved) moved.insert(program.graph.nodes[node].name);
  EXPECT_EQ(moved, (std::set<std::string>{"fetch", "lookup"}))
      << "what reads stays; handle would be ten lines more for no call less";
  ASSERT_EQ(p.boundary.size(), 1u);
  EXPECT_EQ(program.graph.nodes[p.boundary[0].to].name, "lookup");
  EXPECT_EQ(p.calls, 10u) << "one call in a loop";
  EXPECT_EQ(p.privileged_lines, 30u) << "trim is linked into both";
}

TEST(Suggest, AProfileMovesTheBoundary) {
  const Facts facts = daemon().done();
  SuggestOptions options;
  options.graph.profile = {{"lookup", 1'000'000}, {"fetch", 3}};
  const Advice advice = advise(facts, options);
  const Partition& p = advice.programs[0].partitions.at(0);
  EXPECT_EQ(p.calls, 3u);
  EXPECT_EQ(advice.programs[0].graph.nodes[p.boundary.at(0).to].name, "fetch");
}

TEST(Suggest, InputsCanBeNamed) {
  SuggestOptions options;
  options.graph.inputs = {"lookup"};
  const Facts facts = daemon().done();
  const Advice advice = advise(facts, options);
  const Partition& p = advice.programs[0].partitions.at(0);
  EXPECT_TRUE(p.moved.empty());
  EXPECT_EQ(p.boundary.size(), 2u) << "the calls of the system become requests";
  options.graph.inputs = {"nobody"};
  EXPECT_TRUE(advise(facts, options).programs[0].partitions.empty());
}

TEST(Suggest, WhatEndsTheProgramGivesNothingBack) {
  Sketch s = daemon();
  s.function("fatal@daemon.c");
  s.facts.functions.back().attributes = {"noreturn"};
  s.call("fetch@daemon.c", "fatal");
  s.call("fatal@daemon.c", "recv");
  const Facts facts = s.done();
  const Advice advice = advise(facts, {});
  EXPECT_EQ(advice.programs[0].partitions.at(0).moved.size(), 2u);
}

TEST(Suggest, NothingToLookAtIsNoProgram) {
  EXPECT_TRUE(advise(Facts{}, {}).programs.empty());
  SuggestOptions options;
  options.sources = {"other/**"};
  EXPECT_TRUE(advise(daemon().done(), options).programs.empty());
}

TEST(Suggest, SecretsAreKnownByTheirNames) {
  EXPECT_TRUE(sounds_secret("host_KEY"));
  EXPECT_TRUE(sounds_secret("passwd_buf"));
  EXPECT_FALSE(sounds_secret("counter"));
}

}  // namespace
}  // namespace bh
