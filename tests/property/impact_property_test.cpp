// What a break-in reaches, against a naive closure over what the reference evaluator grants, on
// random policies with random labels and releases.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include "solver/queries/impact.h"
#include "solver/reference/evaluator.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

using Bits = std::vector<bool>;

CheckedModel sealed(Model model) {
  std::optional<CheckedModel> checked = seal(std::move(model), DiagnosticSink());
  BH_CHECK(checked.has_value());
  return *checked;
}

// Two chains of three levels, one a kind; labels, releases and flow properties at random.
Model labelled_model(uint64_t seed) {
  GenerateOptions options;
  options.movers = true;
  options.whose = true;
  Model model = random_model(seed, options);
  Random random(seed + 7);
  for (LatticeKind kind : {LatticeKind::Secrecy, LatticeKind::Integrity}) {
    Lattice lattice;
    lattice.name = kind == LatticeKind::Secrecy ? "secrecy" : "integrity";
    lattice.kind = kind;
    lattice.levels = {{"low", {}}, {"middle", {}}, {"high", {}}};
    lattice.below = {{true, true, true}, {false, true, true}, {false, false, true}};
    model.lattices.add(std::move(lattice));
  }
  for (Component& component : model.components) {
    component.labels = {static_cast<uint32_t>(random.below(3)),
                        static_cast<uint32_t>(random.below(3))};
  }
  for (uint64_t i = 0, n = random.below(4); i < n && !model.operations.empty(); ++i) {
    Release release;
    const bool endorses = random.one_in(2);
    release.kind = endorses ? ReleaseKind::Endorse : ReleaseKind::Release;
    release.name = "release" + std::to_string(i);
    release.lattice = LatticeId(endorses ? 1 : 0);
    release.from = static_cast<uint32_t>(endorses ? random.below(2) : 1 + random.below(2));
    release.to = endorses ? 2 : 0;
    for (uint64_t k = 0; k < 3; ++k) {
      const OperationId operation(static_cast<uint32_t>(random.below(model.operations.size())));
      const Method& method = model.method_of(operation);
      for (uint32_t p = 0; p < method.parameters.size(); ++p)
        release.items.push_back({operation, false, p});
      for (uint32_t r = 0; r < method.results.size(); ++r)
        release.items.push_back({operation, true, r});
    }
    model.releases.add(std::move(release));
  }
  for (uint64_t i = 0; i < 3; ++i) {
    NeverFlow flow;
    for (ComponentId id : model.components.ids()) {
      if (random.one_in(3)) flow.from.push_back(id);
      if (random.one_in(3)) flow.to.push_back(id);
    }
    for (ReleaseId id : model.releases.ids()) {
      if (!random.one_in(3)) flow.except.push_back(id);
    }
    model.properties.add({"flow" + std::to_string(i), flow, {}});
  }
  return model;
}

std::vector<ComponentId> some_components(const Model& model, uint64_t seed) {
  Random random(seed);
  std::set<ComponentId> result;
  for (uint64_t i = 0, n = 1 + random.below(2); i < n; ++i)
    result.insert(ComponentId(static_cast<uint32_t>(random.below(model.components.size()))));
  return {result.begin(), result.end()};
}

// ---- the naive side

// Which (subject, operation) are granted in some state that can be reached, by trying everything.
class Naive {
 public:
  using Cells = std::set<std::pair<ComponentId, OperationId>>;
  static constexpr size_t StateLimit = 800;

  // Nothing when there are too many states.
  static std::optional<Cells> granted(const CheckedModel& model, Engine& engine) {
    std::vector<TraceStep> moves;
    for (const MatrixCell& cell : engine.matrix.cells()) {
      const smt::Answer& least = engine.questions.least(cell.signature, cell.granted);
      if (least.kind != smt::AnswerKind::Violated) continue;
      for (ReplyStatus reply : {ReplyStatus::Ok, ReplyStatus::Error}) {
        const bool call = model->method_of(cell.operation).kind == MethodKind::Call;
        if (call || reply == ReplyStatus::Ok)
          moves.push_back({{cell.subject, cell.operation, least.words}, reply});
      }
    }
    Cells cells;
    std::vector<Evaluator> open = {Evaluator(model)};
    std::set<std::vector<uint32_t>> seen = {open[0].snapshot()};
    while (!open.empty()) {
      const Evaluator at = open.back();
      open.pop_back();
      for (const TraceStep& move : moves) {
        Evaluator next = at;
        if (!next.step(move).granted()) continue;
        cells.emplace(move.request.caller, move.request.operation);
        if (seen.insert(next.snapshot()).second) open.push_back(std::move(next));
      }
      if (seen.size() > StateLimit) return std::nullopt;
    }
    return cells;
  }

  Naive(const Model& model, const Cells& cells, const std::vector<ComponentId>& lost)
      : model_(model), lost_(lost) {
    const size_t size = model.components.size();
    influence = read = told = Rows(size, Bits(size));
    for (const auto& [subject, operation] : cells) {
      for (const Transfer& t : transfers_of(model, subject, operation)) {
        if (!endorsed(t)) influence[t.from.value][t.to.value] = true;
        if (!released(t)) {
          told[t.from.value][t.to.value] = true;
          read[t.to.value][t.from.value] = true;
        }
      }
    }
  }

  using Rows = std::vector<Bits>;
  Rows influence, read, told;  // one step

  // What the lost components lead to, themselves left out.
  std::set<ComponentId> closure(const Rows& rows) const {
    Bits reached(rows.size());
    for (ComponentId id : lost_) reached[id.value] = true;
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t a = 0; a < rows.size(); ++a) {
        for (size_t b = 0; b < rows.size(); ++b) {
          if (!reached[a] || !rows[a][b] || reached[b]) continue;
          reached[b] = changed = true;
        }
      }
    }
    std::set<ComponentId> result;
    for (uint32_t i = 0; i < rows.size(); ++i) {
      if (reached[i] && !is_lost(ComponentId(i))) result.insert(ComponentId(i));
    }
    return result;
  }

  bool is_lost(ComponentId id) const {
    return std::find(lost_.begin(), lost_.end(), id) != lost_.end();
  }

 private:
  bool mentions(const Release& release, const DataItem& item) const {
    return std::find(release.items.begin(), release.items.end(), item) != release.items.end();
  }
  uint32_t label(ComponentId id, size_t lattice) const {
    return model_.components[id].labels[lattice];
  }
  // The levels are numbers, so "at most" is <=.
  bool released(const Transfer& t) const {
    for (const Release& r : model_.releases) {
      if (r.kind != ReleaseKind::Release || is_lost(t.from) || !mentions(r, t.item)) continue;
      const uint32_t source = label(t.from, 0);
      if (source <= r.from && source > r.to && label(t.to, 0) >= r.to) return true;
    }
    return false;
  }
  bool endorsed(const Transfer& t) const {
    for (const Release& r : model_.releases) {
      if (r.kind != ReleaseKind::Endorse || is_lost(t.to) || !mentions(r, t.item)) continue;
      const uint32_t sink = label(t.to, 1);
      if (label(t.from, 1) >= r.from && sink <= r.to && sink > r.from) return true;
    }
    return false;
  }

  const Model& model_;
  std::vector<ComponentId> lost_;
};

std::set<ComponentId> components_of(const std::vector<ImpactReach>& reaches) {
  std::set<ComponentId> result;
  for (const ImpactReach& reach : reaches) result.insert(reach.component);
  return result;
}

std::set<std::pair<ComponentId, OperationId>> requests_of(const Impact& impact) {
  std::set<std::pair<ComponentId, OperationId>> result;
  for (const ImpactRequest& request : impact.requests)
    result.emplace(request.subject, request.operation);
  return result;
}

struct Answered {
  CheckedModel model;
  CheckOptions check;
  Engine engine;
  ImpactGraph graph;
  explicit Answered(Model m) : model(sealed(std::move(m))), engine(model, check), graph(engine) {}
};

constexpr ImpactOptions AllRules{1000, 1000};

// ---- what is reached

TEST(Impact, IsTheNaiveClosure) {
  size_t judged = 0;
  size_t gave_up = 0;
  size_t reached = 0;
  for (uint64_t seed = 0; seed < 600; ++seed) {
    Answered a(labelled_model(seed));
    const Model& model = *a.model;
    const std::vector<ComponentId> lost = some_components(model, seed + 1);
    const auto cells = Naive::granted(a.model, a.engine);
    if (!cells) {
      ++gave_up;
      continue;
    }
    const Impact impact = find_impact(a.engine, a.graph, lost, {});
    ASSERT_FALSE(impact.internal_error) << "seed " << seed;
    if (impact.undecided) {
      ++gave_up;
      continue;
    }
    ++judged;
    const Naive naive(model, *cells, lost);
    Naive::Cells own;
    std::set<ComponentId> asked;
    const std::set<ComponentId> influenced = naive.closure(naive.influence);
    for (const auto& [subject, operation] : *cells) {
      if (naive.is_lost(subject)) own.emplace(subject, operation);
      if (!naive.is_lost(subject) && !influenced.contains(subject)) continue;
      const ComponentId owner = model.owner_of(operation);
      if (!naive.is_lost(owner) && !influenced.contains(owner)) asked.insert(owner);
    }
    EXPECT_EQ(requests_of(impact), own) << "seed " << seed;
    EXPECT_EQ(components_of(impact.influenced), influenced) << "seed " << seed;
    EXPECT_EQ(components_of(impact.read), naive.closure(naive.read)) << "seed " << seed;
    EXPECT_EQ(components_of(impact.told), naive.closure(naive.told)) << "seed " << seed;
    std::set<ComponentId> told_asked;
    for (const ImpactAsked& each : impact.asked) told_asked.insert(each.component);
    EXPECT_EQ(told_asked, asked) << "seed " << seed;
    reached += influenced.size() + impact.read.size() + impact.asked.size();
  }
  std::cout << judged << " judged, " << gave_up << " not, " << reached << " reached\n";
  EXPECT_GT(judged, 400U);
  EXPECT_GT(reached, 400U);
}

TEST(Impact, TracesAreGranted) {
  size_t requests = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Answered a(labelled_model(seed));
    const Impact impact = find_impact(a.engine, a.graph, some_components(*a.model, seed + 1), {});
    for (const ImpactRequest& request : impact.requests) {
      if (!request.sure) continue;
      ++requests;
      for (const Decision& decision : replay(a.model, request.trace))
        EXPECT_TRUE(decision.granted()) << "seed " << seed;
      EXPECT_EQ(request.trace.back().request.operation, request.operation);
      EXPECT_EQ(request.trace.back().request.caller, request.subject);
      EXPECT_FALSE(request.rules.empty());
    }
  }
  EXPECT_GT(requests, 300U);
}

// Of all shortest ways, the numbers of steps are those of a breadth-first search.
TEST(Impact, CountsTheFewestSteps) {
  size_t far = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Answered a(labelled_model(seed));
    const std::vector<ComponentId> lost = some_components(*a.model, seed + 1);
    const Impact impact = find_impact(a.engine, a.graph, lost, {});
    std::map<ComponentId, uint32_t> steps;
    for (ComponentId id : lost) steps[id] = 0;
    for (const ImpactReach& reach : impact.influenced) steps[reach.component] = reach.steps;
    for (const ImpactReach& reach : impact.influenced) {
      if (!reach.sure) continue;
      EXPECT_EQ(steps.at(reach.last.from) + 1, reach.steps);
      EXPECT_EQ(reach.last.to, reach.component);
      far += reach.steps > 1 ? 1 : 0;
    }
  }
  EXPECT_GT(far, 20U);
}

RC_GTEST_PROP(Impact, NeverShrinksWithAnAllow, (uint64_t seed)) {
  Model model = labelled_model(seed);
  RC_PRE(!model.rules.empty());
  Random random(seed + 3);
  Rule more = model.rules[RuleId(static_cast<uint32_t>(random.below(model.rules.size())))];
  more.kind = RuleKind::Allow;
  more.name = "more";
  const std::vector<ComponentId> lost = some_components(model, seed + 1);
  Answered before(model);
  model.rules.add(std::move(more));
  Answered after(std::move(model));
  const Impact small = find_impact(before.engine, before.graph, lost, {});
  const Impact large = find_impact(after.engine, after.graph, lost, {});
  for (auto list : {&Impact::influenced, &Impact::read, &Impact::told}) {
    const std::set<ComponentId> less = components_of(small.*list);
    const std::set<ComponentId> greater = components_of(large.*list);
    RC_ASSERT(std::includes(greater.begin(), greater.end(), less.begin(), less.end()));
  }
}

// ---- properties

TEST(Impact, PropertiesFallAsTheClosureSays) {
  size_t fell = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Answered a(labelled_model(seed));
    const Model& model = *a.model;
    const auto cells = Naive::granted(a.model, a.engine);
    if (!cells) continue;
    const std::vector<ComponentId> lost = some_components(model, seed + 1);
    const Impact impact = find_impact(a.engine, a.graph, lost, {});
    if (impact.undecided) continue;
    ASSERT_EQ(impact.properties.size(), 3U);
    for (const ImpactProperty& property : impact.properties) {
      const auto& flow = std::get<NeverFlow>(model.properties[property.property].body);
      for (const bool after : {false, true}) {
        std::set<ComponentId> reached(flow.from.begin(), flow.from.end());
        for (size_t last = 0; last != reached.size();) {
          last = reached.size();
          for (const auto& [subject, operation] : *cells) {
            for (const Transfer& t : transfers_of(model, subject, operation)) {
              bool cut = false;
              for (ReleaseId id : flow.except) {
                const Release& r = model.releases[id];
                const bool releases = r.kind == ReleaseKind::Release;
                const ComponentId by = releases ? t.from : t.to;
                const bool is_void = after && std::find(lost.begin(), lost.end(), by) != lost.end();
                const size_t lattice = releases ? 0 : 1;
                const uint32_t source = model.components[t.from].labels[lattice];
                const uint32_t sink = model.components[t.to].labels[lattice];
                const bool fits =
                    releases ? source <= r.from && r.to <= sink : r.from <= source && sink <= r.to;
                const bool names =
                    std::find(r.items.begin(), r.items.end(), t.item) != r.items.end();
                cut = cut || (fits && names && !is_void);
              }
              if (!cut && reached.contains(t.from)) reached.insert(t.to);
            }
          }
        }
        const bool breaks = std::any_of(flow.to.begin(), flow.to.end(),
                                        [&](ComponentId to) { return reached.contains(to); });
        const Verdict verdict = after ? property.after : property.before;
        EXPECT_EQ(verdict, breaks ? Verdict::Violated : Verdict::Proved) << "seed " << seed;
      }
      const bool falls = property.before == Verdict::Proved && property.after == Verdict::Violated;
      fell += falls ? 1 : 0;
      EXPECT_TRUE(!falls || !property.relied_on.empty()) << "seed " << seed;
    }
  }
  EXPECT_GT(fell, 5U);
}

// ---- rules to take away

// Taking a rule away and asking anew finds exactly what was foretold.
TEST(Impact, ForetellsWhatARuleLessReaches) {
  size_t gains = 0;
  size_t protocols = 0;
  for (uint64_t seed = 0; seed < 250; ++seed) {
    const Model model = labelled_model(seed);
    const std::vector<ComponentId> lost = some_components(model, seed + 1);
    Answered whole(model);
    const Impact impact = find_impact(whole.engine, whole.graph, lost, AllRules);
    if (impact.undecided) continue;
    std::map<RuleId, ImpactRule> foretold;
    for (const ImpactRule& rule : impact.rules) foretold[rule.rule] = rule;
    for (RuleId id : model.rules.ids()) {
      if (model.rules[id].kind == RuleKind::Deny) continue;
      Model less = model;
      less.rules[id].subjects.clear();
      Answered rest(std::move(less));
      const Impact after = find_impact(rest.engine, rest.graph, lost, {});
      if (after.undecided) continue;
      const ImpactRule said = foretold.contains(id) ? foretold[id] : ImpactRule();
      EXPECT_EQ(impact.influenced.size() - after.influenced.size(), said.influenced)
          << "seed " << seed << " rule " << id.value;
      EXPECT_EQ(impact.read.size() - after.read.size(), said.read) << "seed " << seed;
      EXPECT_EQ(impact.told.size() - after.told.size(), said.told) << "seed " << seed;
      EXPECT_EQ(impact.requests.size() - after.requests.size(), said.requests)
          << "seed " << seed << " rule " << id.value;
      gains += said.components();
      protocols += model.protocols.empty() ? 0 : said.requests;
      for (size_t i = 0; i < impact.properties.size(); ++i) {
        if (impact.properties[i].after != Verdict::Violated || said.properties.empty()) continue;
        const bool again = std::find(said.properties.begin(), said.properties.end(),
                                     impact.properties[i].property) != said.properties.end();
        EXPECT_EQ(again, after.properties[i].after == Verdict::Proved) << "seed " << seed;
      }
    }
  }
  EXPECT_GT(gains, 100U);
  EXPECT_GT(protocols, 100U);
}

// ---- all components

TEST(Impact, RanksWithTheSameNumbers) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Answered a(labelled_model(seed));
    const std::vector<ImpactRank> ranks = rank_impacts(a.engine, a.graph, [](size_t, size_t) {});
    for (const ImpactRank& rank : ranks) {
      const Impact impact = find_impact(a.engine, a.graph, {rank.component}, {});
      EXPECT_EQ(rank.influenced, impact.influenced.size()) << "seed " << seed;
      EXPECT_EQ(rank.asked, impact.asked.size()) << "seed " << seed;
      EXPECT_EQ(rank.read, impact.read.size()) << "seed " << seed;
      EXPECT_EQ(rank.told, impact.told.size()) << "seed " << seed;
      uint32_t steps = 0;
      for (const ImpactReach& reach : impact.influenced) steps = std::max(steps, reach.steps);
      EXPECT_EQ(rank.steps, steps) << "seed " << seed;
      size_t trusted = 0;
      for (const ImpactTrusted& each : impact.trusted)
        trusted += each.how == ImpactTrusted::How::Untouched ? 0 : 1;
      EXPECT_EQ(rank.trusted, trusted) << "seed " << seed;
      std::vector<PropertyId> falls;
      for (const ImpactProperty& property : impact.properties) {
        if (property.before != Verdict::Violated && property.after == Verdict::Violated)
          falls.push_back(property.property);
      }
      EXPECT_EQ(rank.properties, falls) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace bh
