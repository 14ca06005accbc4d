// `check` against trying everything: on tiny policies each request is tried in each state that the
// reference evaluator can be brought into, and what is seen must be what `check` says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "solver/check.h"
#include "solver/reference/evaluator.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

using Cell = std::pair<ComponentId, OperationId>;

// Every state and every move between them, found with the evaluator alone.
class Explorer {
 public:
  static constexpr size_t MostNodes = 4000;
  struct Edge {
    Cell cell;
    ReplyStatus reply;
    size_t to;
  };
  struct Node {
    Evaluator::Moment moment;
    std::vector<Edge> edges;
    size_t later;  // the node a millisecond later
  };

  explicit Explorer(const CheckedModel& checked) : model(*checked), evaluator(checked) {
    for (ComponentId caller : model.components.ids()) {
      for (OperationId operation : model.operations.ids()) find_words({caller, operation});
    }
    explore();
  }

  const Model& model;
  Evaluator evaluator;
  std::map<Cell, std::vector<std::vector<uint64_t>>>
      words;  // that rules grant, where there are any
  std::vector<Node> nodes;
  std::set<Cell> granted;  // in some state
  bool complete = true;

 private:
  void find_words(Cell cell) {
    for_all_words(model, cell.second, [&](const std::vector<uint64_t>& values) {
      const Reason reason = evaluator.decide({cell.first, cell.second, values}).reason;
      if (reason == Reason::Allowed || reason == Reason::Protocol) words[cell].push_back(values);
    });
  }

  void explore() {
    std::map<std::vector<uint32_t>, size_t> index;
    const auto place = [&] {
      const auto [it, is_new] = index.try_emplace(evaluator.snapshot(), nodes.size());
      if (is_new) nodes.push_back({evaluator.save(), {}, 0});
      return it->second;
    };
    evaluator.reset();
    place();
    for (size_t at = 0; at < nodes.size(); ++at) {
      if (nodes.size() > MostNodes) {
        complete = false;
        return;
      }
      const Evaluator::Moment here = nodes[at].moment;
      evaluator.restore(here);
      evaluator.wait_ms(1);
      const size_t later = place();
      nodes[at].later = later;
      for (const auto& [cell, values] : words) {
        const bool call = model.method_of(cell.second).kind == MethodKind::Call;
        for (ReplyStatus reply : {ReplyStatus::Ok, ReplyStatus::Error}) {
          if (!call && reply == ReplyStatus::Error) continue;
          evaluator.restore(here);
          if (!evaluator.step({cell.first, cell.second, values[0]}, reply).granted()) continue;
          granted.insert(cell);
          const size_t to = place();
          nodes[at].edges.push_back({cell, reply, to});
        }
      }
    }
  }

 public:
  template <class Use>
  static void for_all_words(const Model& model, OperationId operation, Use use) {
    std::vector<std::vector<uint64_t>> domains;
    for (const Parameter& p : model.method_of(operation).parameters) {
      std::vector<uint64_t>& domain = domains.emplace_back();
      for (const Interval& i : model.types[p.type].domain.intervals()) {
        for (uint64_t value = i.low; value <= i.high; ++value) domain.push_back(value);
      }
    }
    std::vector<size_t> at(domains.size(), 0);
    for (;;) {
      std::vector<uint64_t> values;
      for (size_t i = 0; i < at.size(); ++i) values.push_back(domains[i][at[i]]);
      use(values);
      size_t i = 0;
      while (i < at.size() && ++at[i] == domains[i].size()) at[i++] = 0;
      if (i == at.size()) return;
    }
  }
};

// ---- properties
// ---------------------------------------------------------------------------------------

// Whether a property holds, as far as its words say, for everything that was seen.
class Judge {
 public:
  explicit Judge(Explorer& seen) : seen_(seen), model_(seen.model) {}

  bool operator()(const NeverRequest& never) const {
    for (const ConditionalOperation& target : never.targets) {
      for (ComponentId subject : never.subjects) {
        const Cell cell{subject, target.operation};
        if (covers(model_, target, subject) && seen_.granted.contains(cell) &&
            some_words(cell, target.when)) {
          return false;
        }
      }
    }
    return true;
  }

  // Both were tried only for different components.
  bool operator()(const NeverFlow& flow) const {
    std::set<ComponentId> reached(flow.from.begin(), flow.from.end());
    for (size_t before = 0; before != reached.size();) {
      before = reached.size();
      for (const auto& [caller, operation] : seen_.granted) {
        const Method& method = model_.method_of(operation);
        const ComponentId owner = model_.owner_of(operation);
        if (!method.parameters.empty() && reached.contains(caller)) reached.insert(owner);
        if (!method.results.empty() && reached.contains(owner)) reached.insert(caller);
      }
    }
    return std::none_of(flow.to.begin(), flow.to.end(),
                        [&](ComponentId to) { return reached.contains(to); });
  }

  bool operator()(const NeverBefore& before) const {
    for (ComponentId caller : model_.components.ids()) {
      if (!always_after(caller, before)) return false;
    }
    return true;
  }

  bool operator()(const Require& require) const {
    for (const ConditionalOperation& step : require.steps) {
      if (!covers(model_, step, require.subject) ||
          !some_words({require.subject, step.operation}, step.when)) {
        return false;
      }
    }
    bool found = false;
    walk([&](size_t phase, const Explorer::Edge& edge) {
      if (phase == require.steps.size()) return phase;
      const bool next = edge.cell == Cell{require.subject, require.steps[phase].operation};
      found = found || (next && phase + 1 == require.steps.size());
      return phase + next;
    });
    return found;
  }

  bool operator()(const Holds& holds) const {
    return std::all_of(seen_.granted.begin(), seen_.granted.end(), [&](const Cell& cell) {
      return std::count(holds.subjects.begin(), holds.subjects.end(), cell.first) == 0 ||
             std::count(holds.within.begin(), holds.within.end(), cell.second) > 0;
    });
  }

  bool operator()(const Separate& separate) const {
    for (ComponentId component : model_.components.ids()) {
      size_t held = 0;
      for (const Separate::Duty& duty : separate.duties) {
        held += std::any_of(duty.operations.begin(), duty.operations.end(),
                            [&](OperationId o) { return seen_.granted.contains({component, o}); });
      }
      if (held > 1) return false;
    }
    return true;
  }

  bool operator()(const NeverState& never) const {
    std::set<ComponentId> observers;
    for (const NeverState::Part& part : never.parts) {
      for (ProtocolId id : part.protocols) {
        if (model_.protocols[id].instances == InstanceKind::Shared) continue;
        for (const auto& [cell, words] : seen_.words) {
          if (model_.operations[cell.second].endpoint == model_.protocols[id].endpoint)
            observers.insert(cell.first);
        }
      }
    }
    if (observers.empty()) observers.insert(ComponentId(0));
    for (const Explorer::Node& node : seen_.nodes) {
      seen_.evaluator.restore(node.moment);
      for (ComponentId observer : observers) {
        if (std::all_of(never.parts.begin(), never.parts.end(),
                        [&](const NeverState::Part& part) { return shows(part, observer); })) {
          return false;
        }
      }
    }
    return true;
  }

  bool operator()(const TrustedBase&) const { return true; }

 private:
  bool shows(const NeverState::Part& part, ComponentId observer) const {
    return std::any_of(part.protocols.begin(), part.protocols.end(), [&](ProtocolId id) {
      const uint32_t state = seen_.evaluator.state(id, observer);
      return std::count(part.states.begin(), part.states.end(), state) > 0;
    });
  }

  bool some_words(Cell cell, ConditionId when) const {
    const auto at = seen_.words.find(cell);
    return at != seen_.words.end() &&
           std::any_of(at->second.begin(), at->second.end(), [&](const std::vector<uint64_t>& w) {
             return holds(model_.conditions, when, w);
           });
  }

  bool always_after(ComponentId caller, const NeverBefore& before) const {
    bool holds = true;
    walk([&](size_t happened, const Explorer::Edge& edge) -> size_t {
      const auto& [who, what] = edge.cell;
      const bool is_late = std::count(before.operations.begin(), before.operations.end(), what) > 0;
      if (who == caller && is_late && happened == 0) holds = false;
      const bool counts =
          what == before.first && (before.by_anyone || who == caller) &&
          (before.first_outcome == Outcome::Granted ||
           (before.first_outcome == Outcome::Ok) == (edge.reply == ReplyStatus::Ok));
      return happened == 1 || counts;
    });
    return holds;
  }

  // Every edge in every phase that it can be taken in; `step` says the phase after it.
  template <class Step>
  void walk(Step step) const {
    std::set<std::pair<size_t, size_t>> known = {{0, 0}};
    std::vector<std::pair<size_t, size_t>> open = {{0, 0}};
    const auto add = [&](size_t node, size_t phase) {
      if (known.insert({node, phase}).second) open.push_back({node, phase});
    };
    while (!open.empty()) {
      const auto [node, phase] = open.back();
      open.pop_back();
      add(seen_.nodes[node].later, phase);
      for (const Explorer::Edge& edge : seen_.nodes[node].edges) add(edge.to, step(phase, edge));
    }
  }

  Explorer& seen_;
  const Model& model_;
};

template <class Id, class T>
Id pick(Random& random, const Store<Id, T>& store) {
  return Id(static_cast<uint32_t>(random.below(store.size())));
}

class Properties {
 public:
  Properties(Model& model, uint64_t seed) : model_(model), random_(seed) {}

  void add() {
    for (int i = 0; i < 3; ++i) {
      model_.properties.add({"never", NeverRequest{{component()}, {conditional()}}, {}});
      for (Outcome outcome : {Outcome::Granted, Outcome::Ok, Outcome::Error}) {
        const bool anyone = random_.one_in(2);
        model_.properties.add(
            {"before", NeverBefore{{operation(), operation()}, operation(), outcome, anyone}, {}});
      }
      Require require{component(), {conditional()}};
      while (!random_.one_in(2)) require.steps.push_back(conditional());
      model_.properties.add({"require", require, {}});
      model_.properties.add({"holds", Holds{{component()}, {operation(), operation()}}, {}});
      model_.properties.add(
          {"separate", Separate{{{"a", {operation()}}, {"b", {operation()}}}}, {}});
      const ComponentId from = component();
      const ComponentId to = component();
      if (from != to) model_.properties.add({"flow", NeverFlow{{from}, {to}, {}, "a", "b"}, {}});
      state();
    }
  }

 private:
  OperationId operation() { return pick(random_, model_.operations); }
  ComponentId component() { return pick(random_, model_.components); }

  ConditionalOperation conditional() {
    const OperationId o = operation();
    const std::vector<Parameter>& parameters = model_.method_of(o).parameters;
    if (parameters.empty() || random_.one_in(2)) return {o, Conditions::True};
    const uint64_t value = random_.below(7);
    return {o, model_.conditions.in(0, IntervalSet::range(value / 2, value))};
  }

  void state() {
    NeverState never;
    for (ProtocolId id : model_.protocols.ids()) {
      if (random_.one_in(2)) continue;
      const uint64_t states = model_.protocols[id].states.size();
      never.parts.push_back({{id}, {static_cast<uint32_t>(random_.below(states))}});
    }
    if (!never.parts.empty()) model_.properties.add({"state", never, {}});
  }

  Model& model_;
  Random random_;
};

// ---- what is checked unasked
// --------------------------------------------------------------------------

// By rule: which finding it deserves, 0 for none.
class RuleJudge {
 public:
  explicit RuleJudge(const Explorer& seen) : seen_(seen), model_(seen.model) {}

  std::map<uint32_t, uint16_t> run() {
    std::map<uint32_t, uint16_t> codes;
    for (RuleId id : model_.rules.ids()) codes[id.value] = first_look(id);
    for (uint32_t i = static_cast<uint32_t>(model_.rules.size()); i-- > 0;) {
      if (model_.rules[RuleId(i)].kind != RuleKind::Allow || codes[i] != 0) continue;
      const bool adds = exists(RuleId(i), [&](const Request& r) {
        if (denied(r) || !seen_.granted.contains({r.caller, r.operation})) return false;
        for (RuleId other : model_.rules.ids()) {
          if (other.value != i && model_.rules[other].kind == RuleKind::Allow &&
              codes[other.value] != 3002 && seen_.evaluator.matches(other, r)) {
            return false;
          }
        }
        return true;
      });
      if (!adds) codes[i] = 3002;
    }
    return codes;
  }

 private:
  uint16_t first_look(RuleId id) const {
    if (!exists(id, [](const Request&) { return true; })) return 3001;
    if (model_.rules[id].kind == RuleKind::Deny) return 0;
    if (!exists(id, [&](const Request& r) { return !denied(r); })) return 3003;
    const bool enabled = exists(id, [&](const Request& r) {
      return !denied(r) && seen_.granted.contains({r.caller, r.operation});
    });
    return enabled ? 0 : 3007;
  }

  bool denied(const Request& request) const {
    for (RuleId id : model_.rules.ids()) {
      if (model_.rules[id].kind == RuleKind::Deny && seen_.evaluator.matches(id, request))
        return true;
    }
    return false;
  }

  template <class Predicate>
  bool exists(RuleId id, Predicate predicate) const {
    bool found = false;
    for (const ConditionalOperation& target : model_.rules[id].targets) {
      for (ComponentId caller : model_.rules[id].subjects) {
        Explorer::for_all_words(model_, target.operation, [&](const std::vector<uint64_t>& words) {
          const Request request{caller, target.operation, words};
          found = found || (seen_.evaluator.matches(id, request) && predicate(request));
        });
      }
    }
    return found;
  }

  const Explorer& seen_;
  const Model& model_;
};

class ProtocolJudge {
 public:
  explicit ProtocolJudge(Explorer& seen) : seen_(seen), model_(seen.model) {}

  bool anybody_calls(EndpointId endpoint) const {
    return std::any_of(seen_.words.begin(), seen_.words.end(), [&](const auto& entry) {
      return model_.operations[entry.first.second].endpoint == endpoint;
    });
  }

  bool is_reached(ProtocolId id, uint32_t state) {
    for (const Explorer::Node& node : seen_.nodes) {
      seen_.evaluator.restore(node.moment);
      for (ComponentId caller : model_.components.ids()) {
        if (seen_.evaluator.state(id, caller) == state) return true;
      }
    }
    return false;
  }

  // Where no protocol is shared, everyone is on his own.
  bool locks_up(EndpointId endpoint) const {
    bool shared = false;
    for (const Protocol& p : model_.protocols)
      shared = shared || (p.endpoint == endpoint && p.instances == InstanceKind::Shared);
    if (shared) return locks_up(endpoint, ComponentId());
    for (ComponentId caller : model_.components.ids()) {
      if (locks_up(endpoint, caller)) return true;
    }
    return false;
  }

 private:
  bool locks_up(EndpointId endpoint, ComponentId caller) const {
    if (!lives(endpoint, caller, 0)) return false;
    for (size_t node = 0; node < seen_.nodes.size(); ++node) {
      if (!lives(endpoint, caller, node)) return true;
    }
    return false;
  }

  // Something is granted, now or later.
  bool lives(EndpointId endpoint, ComponentId caller, size_t node) const {
    for (std::set<size_t> passed; passed.insert(node).second; node = seen_.nodes[node].later) {
      for (const Explorer::Edge& edge : seen_.nodes[node].edges) {
        if (model_.operations[edge.cell.second].endpoint == endpoint &&
            (!caller.valid() || edge.cell.first == caller)) {
          return true;
        }
      }
    }
    return false;
  }

  Explorer& seen_;
  const Model& model_;
};

struct Tally {
  size_t policies = 0;
  size_t too_large = 0;
  std::map<std::string, size_t> verdicts;  // "never violated"
};

// Where every rule, protocol and state is, so that a finding tells what it is about.
void place(Model& model) {
  uint32_t at = 0;
  const auto next = [&] { return Span{FileId(0), at, ++at}; };
  for (RuleId id : model.rules.ids()) model.rules[id].span = next();
  for (ProtocolId id : model.protocols.ids()) {
    model.protocols[id].span = next();
    for (State& state : model.protocols[id].states) state.span = next();
  }
}

std::set<uint32_t> places(const DiagnosticSink& sink, uint16_t code) {
  std::set<uint32_t> result;
  for (const Diagnostic& d : sink.diagnostics()) {
    if (d.code == code) result.insert(d.span.begin);
  }
  return result;
}

void compare_rules(const Explorer& seen, const DiagnosticSink& sink, Tally& tally,
                   const std::string& where) {
  std::set<uint32_t> undecided = places(sink, 4090);
  for (const auto& [rule, expected] : RuleJudge(seen).run()) {
    const Span span = seen.model.rules[RuleId(rule)].span;
    if (undecided.contains(span.begin)) return;  // what is shadowed depends on it
    uint16_t said = 0;
    for (const Diagnostic& d : sink.diagnostics()) {
      if (d.span == span && d.code >= 3001 && d.code <= 3007) said = d.code;
    }
    // A deny that says exactly the same is a cancelling with a name of its own.
    EXPECT_EQ(said == 3004 ? 3003 : said, expected) << where << " rule " << rule;
    ++tally.verdicts[fmt::format("rule {}", expected)];
  }
}

void compare_protocols(Explorer& seen, const DiagnosticSink& sink, Tally& tally,
                       const std::string& where) {
  ProtocolJudge judge(seen);
  const Model& model = seen.model;
  const std::set<uint32_t> unreached = places(sink, 3008);
  const std::set<uint32_t> locking = places(sink, 3009);
  const std::set<uint32_t> open = places(sink, 4090);
  std::map<EndpointId, bool> said;
  std::map<EndpointId, bool> rough;  // with limits, or with both kinds of instances
  for (const Protocol& p : model.protocols) {
    said[p.endpoint] = said[p.endpoint] || locking.contains(p.span.begin);
    for (const Transition& t : p.transitions)
      rough[p.endpoint] = rough[p.endpoint] || t.at_most.has_value();
    for (const Protocol& other : model.protocols)
      rough[p.endpoint] =
          rough[p.endpoint] || (other.endpoint == p.endpoint && other.instances != p.instances);
  }
  for (const Protocol& p : model.protocols) {
    if (open.contains(p.span.begin)) said.erase(p.endpoint);
  }
  for (ProtocolId id : model.protocols.ids()) {
    const Protocol& p = model.protocols[id];
    if (!judge.anybody_calls(p.endpoint)) continue;
    for (uint32_t s = 0; s < p.states.size(); ++s) {
      const bool reported = unreached.contains(p.states[s].span.begin);
      const bool reached = judge.is_reached(id, s);
      // Limits and the instances of others are left out there: a state that only they keep from
      // being reached is not reported.
      if (reported || !rough[p.endpoint]) {
        EXPECT_TRUE(reported != reached) << where << " " << p.name << "." << p.states[s].name;
      }
      ++tally.verdicts[reached ? "state reached" : "state not reached"];
    }
  }
  for (const auto& [endpoint, reported] : said) {
    const bool expected = judge.locks_up(endpoint);
    EXPECT_EQ(reported, expected) << where << " lock-up";
    ++tally.verdicts[expected ? "locks up" : "does not lock up"];
  }
}

void compare(uint64_t seed, const GenerateOptions& options, Tally& tally) {
  Model model = random_model(seed, options);
  if (model.operations.empty()) return;
  place(model);
  Properties(model, seed + 1).add();
  const CheckedModel checked = *seal(std::move(model), DiagnosticSink());
  Explorer seen(checked);
  ++tally.policies;
  if (!seen.complete) {
    ++tally.too_large;
    return;
  }
  const std::string where = fmt::format("seed {}", seed);
  DiagnosticSink sink;
  const CheckResult result = check_policy(checked, {}, sink);
  EXPECT_FALSE(result.internal_error) << where;
  for (const PropertyVerdict& verdict : result.properties) {
    const Property& property = checked->properties[verdict.property];
    ++tally.verdicts[property.name + " " + print(verdict.verdict)];
    if (verdict.verdict == Verdict::Unknown) continue;
    EXPECT_EQ(verdict.verdict == Verdict::Proved, std::visit(Judge(seen), property.body))
        << where << " property " << verdict.property.value << " " << property.name;
  }
  compare_rules(seen, sink, tally, where);
  compare_protocols(seen, sink, tally, where);
}

void report(const Tally& tally) {
  fmt::print("{} policies, {} too large to judge\n", tally.policies, tally.too_large);
  for (const auto& [what, count] : tally.verdicts) fmt::print("  {}: {}\n", what, count);
}

TEST(ModelChecker, TimelessPoliciesAreJudgedAlike) {
  Tally tally;
  for (uint64_t seed = 1; seed <= 400; ++seed) compare(seed, {true, false, true, true}, tally);
  report(tally);
  EXPECT_LE(tally.too_large * 10, tally.policies);
  for (const char* kind : {"never", "before", "require", "holds", "separate", "flow", "state"}) {
    EXPECT_GE(tally.verdicts[std::string(kind) + " proved"], 20u) << kind;
    EXPECT_GE(tally.verdicts[std::string(kind) + " violated"], 20u) << kind;
    EXPECT_EQ(tally.verdicts[std::string(kind) + " unknown"], 0u) << kind;
  }
}

TEST(ModelChecker, TimedPoliciesAreJudgedAlike) {
  Tally tally;
  for (uint64_t seed = 1; seed <= 200; ++seed)
    compare(seed + 1000, {true, true, true, true}, tally);
  report(tally);
  EXPECT_LE(tally.too_large * 10, tally.policies);
  EXPECT_GE(tally.verdicts["locks up"], 20u);
}

}  // namespace
}  // namespace bh
