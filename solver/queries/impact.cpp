#include "solver/queries/impact.h"

#include <algorithm>
#include <map>
#include <set>

#include "solver/queries/consistency.h"
#include "solver/queries/region.h"

namespace bh {

// ---- regions

ConditionId export_region(const smt::Exprs& exprs, smt::ExprId id, Conditions& out) {
  return to_condition(exprs, id, out, [&](uint32_t word, const IntervalSet& set) {
    return out.in(word, set);
  });
}

std::string print_region(const Model& model, OperationId operation, smt::Exprs& exprs,
                         smt::ExprId region) {
  if (region == smt::Exprs::True) return "";
  if (const auto boxes = region_of(exprs, region)) return print(model, operation, *boxes);
  Conditions conditions;  // too many boxes: as the rules say it
  const ConditionId id = export_region(exprs, region, conditions);
  return print(model, conditions, operation, id);
}

// ---- one break-in

namespace {

bool reached(const FlowArrival& arrival) { return arrival.steps != FlowArrival::Never; }

class ImpactSearch {
 public:
  ImpactSearch(Engine& engine, const ImpactGraph& graph,
               const std::vector<ComponentId>& compromised)
      : engine_(engine),
        model_(engine.model),
        graph_(graph),
        evaluator_(engine.checked),
        releases_(FlowCuts::of_kind(model_, ReleaseKind::Release, compromised)),
        endorsements_(FlowCuts::of_kind(model_, ReleaseKind::Endorse, compromised)) {
    impact_.compromised = compromised;
  }

  Impact run() {
    requests();
    influenced_ = graph_.spread(impact_.compromised, FlowDirection::Forward, endorsements_);
    read_ = graph_.spread(impact_.compromised, FlowDirection::Backward, releases_);
    told_ = graph_.spread(impact_.compromised, FlowDirection::Forward, releases_);
    impact_.influenced = reaches(influenced_, FlowDirection::Forward, endorsements_);
    impact_.read = reaches(read_, FlowDirection::Backward, releases_);
    impact_.told = reaches(told_, FlowDirection::Forward, releases_);
    levels_told();
    asked();
    guards();
    properties();
    trusted();
    return std::move(impact_);
  }

 private:
  std::string region(const MatrixCell& cell) {
    return print_region(model_, cell.operation, engine_.questions.exprs(cell.signature),
                        cell.granted);
  }

  // The rules of the cell that grant some of it.
  std::vector<RuleId> granting(const MatrixCell& cell) {
    smt::Exprs& exprs = engine_.questions.exprs(cell.signature);
    std::vector<RuleId> rules;
    for (const Match& allow : cell.allows) {
      const smt::ExprId some = exprs.without(allow.when, cell.denied);
      if (engine_.questions.never(cell.signature, some) != smt::AnswerKind::Holds)
        rules.push_back(allow.rule);
    }
    return rules;
  }

  void requests() {
    for (const MatrixCell& cell : engine_.matrix.cells()) {
      if (!releases_.compromised(cell.subject) || graph_.can(engine_, cell) == Can::No) continue;
      const Reachability reach = confirmed(cell);
      if (reach.can == Can::No) continue;
      impact_.undecided = impact_.undecided || reach.can == Can::Unknown;
      impact_.requests.push_back({cell.subject, cell.operation, region(cell), granting(cell),
                                  reach.trace, reach.can == Can::Yes});
    }
    std::sort(impact_.requests.begin(), impact_.requests.end(),
              [](const ImpactRequest& a, const ImpactRequest& b) {
                return std::pair(a.subject, a.operation) < std::pair(b.subject, b.operation);
              });
  }

  // How the cell comes to be granted, as the reference evaluator agrees.
  Reachability confirmed(const MatrixCell& cell) {
    Reachability reach = engine_.reach(cell.subject, {{cell.operation, smt::Exprs::True}});
    if (reach.can == Can::Yes && !replays(cell, reach.trace)) impact_.internal_error = true;
    return reach;
  }

  bool replays(const MatrixCell& cell, const Trace& trace) {
    evaluator_.reset();
    for (const TraceStep& step : trace) {
      if (!evaluator_.step(step).granted()) return false;
    }
    const Request& last = trace.back().request;
    return last.caller == cell.subject && last.operation == cell.operation;
  }

  FlowStep step_of(ComponentId from, ComponentId to, const ImpactGraph::Passage& passage) {
    return {from, to, passage.item, granting_rule(engine_, *passage.cell)};
  }

  std::vector<ImpactReach> reaches(const FlowArrivals& arrivals, FlowDirection direction,
                                   const FlowCuts& cuts) {
    std::vector<ImpactReach> result;
    for (ComponentId id : model_.components.ids()) {
      const FlowArrival& arrival = arrivals[id.value];
      if (!reached(arrival) || arrival.steps == 0) continue;
      const bool forward = direction == FlowDirection::Forward;
      const ComponentId from = forward ? arrival.neighbour : id;
      const ComponentId to = forward ? id : arrival.neighbour;
      const auto passage = graph_.passage(engine_, from, to, cuts);
      BH_CHECK(passage);
      const bool sure = arrival.sure && confirmed(*passage->cell).can == Can::Yes;
      impact_.undecided = impact_.undecided || !sure;
      result.push_back(
          {id, arrival.steps, step_of(from, to, *passage), region(*passage->cell), "", sure});
    }
    std::sort(result.begin(), result.end(), [](const ImpactReach& a, const ImpactReach& b) {
      return std::pair(a.steps, a.component) < std::pair(b.steps, b.component);
    });
    return result;
  }

  // Of what the attacker holds and obtains, what is above the label of the component that it
  // comes to.
  void levels_told() {
    for (ImpactReach& reach : impact_.told) {
      for (LatticeId id : model_.lattices.ids()) {
        const Lattice& lattice = model_.lattices[id];
        if (lattice.kind != LatticeKind::Secrecy) continue;
        const uint32_t sink = model_.components[reach.component].labels[id.value];
        std::optional<uint32_t> worst;
        for (ComponentId source : model_.components.ids()) {
          if (!reached(read_[source.value])) continue;
          const uint32_t level = model_.components[source].labels[id.value];
          if (lattice.may_flow(level, sink)) continue;
          if (!worst || (lattice.at_most(*worst, level) && *worst != level)) worst = level;
        }
        if (!worst) continue;
        reach.above += (reach.above.empty() ? "" : ", ") + lattice.levels[*worst].name;
      }
    }
  }

  void asked() {
    std::vector<const AskLink*> first(model_.components.size(), nullptr);
    for (ComponentId by : model_.components.ids()) {
      if (!reached(influenced_[by.value])) continue;
      for (const AskLink& link : graph_.asked_by(by)) {
        if (reached(influenced_[link.to.value])) continue;
        const AskLink*& known = first[link.to.value];
        const auto better = [&] {
          const FlowArrival& now = influenced_[by.value];
          const FlowArrival& then = influenced_[known->from.value];
          return now.steps < then.steps;
        };
        if (known == nullptr || better()) known = &link;
      }
    }
    for (const AskLink* link : first) {
      if (link == nullptr) continue;
      const FlowArrival& by = influenced_[link->from.value];
      const bool sure = by.sure && link->can == Can::Yes;
      impact_.undecided = impact_.undecided || !sure;
      impact_.asked.push_back({link->to, link->from, operation_asked(*link), by.steps + 1, sure});
    }
    std::sort(impact_.asked.begin(), impact_.asked.end(),
              [](const ImpactAsked& a, const ImpactAsked& b) {
                return std::pair(a.steps, a.component) < std::pair(b.steps, b.component);
              });
  }

  OperationId operation_asked(const AskLink& link) {
    OperationId perhaps;
    for (EndpointId endpoint : model_.components[link.to].endpoints) {
      for (OperationId operation : model_.endpoints[endpoint].operations) {
        const MatrixCell* cell = engine_.matrix.find(link.from, operation);
        if (cell == nullptr) continue;
        const Can can = graph_.can(engine_, *cell);
        if (can == Can::Yes) return operation;
        if (can == Can::Unknown && !perhaps.valid()) perhaps = operation;
      }
    }
    return perhaps;
  }

  // Each release or endorsement that stands between what is reached and what is not, and those
  // that the compromised components no longer apply.
  void guards() {
    for (ComponentId from : model_.components.ids()) {
      for (const ImpactLink& link : graph_.from(from)) {
        for (const CoveredItems& items : link.covered) {
          for (ReleaseId release : items.releases) guard(link, release);
        }
      }
    }
  }

  void guard(const ImpactLink& link, ReleaseId release) {
    if (!changes_level(model_, release, link.from, link.to)) return;
    const bool is_release = model_.releases[release].kind == ReleaseKind::Release;
    const ComponentId by = releases_.applied_by(release, link.from, link.to);
    const bool from_reached = reached(influenced_[link.from.value]);
    const bool keeps_taint = !is_release && from_reached && !reached(influenced_[link.to.value]);
    const bool keeps_read =
        is_release && !reached(read_[link.from.value]) && reached(read_[link.to.value]);
    const bool keeps_told =
        is_release && reached(told_[link.from.value]) && !reached(told_[link.to.value]);
    const bool lost = releases_.compromised(by);
    if (!lost && !keeps_taint && !keeps_read && !keeps_told) return;
    std::vector<ImpactGuard>& list = lost ? impact_.voided : impact_.stopped;
    if (std::any_of(list.begin(), list.end(), [&](const ImpactGuard& g) {
          return g.release == release && g.component == by;
        })) {
      return;
    }
    const FlowCuts none(model_, {});
    for (const ImpactGraph::Passage& passage : graph_.passages(engine_, link.from, link.to, none)) {
      const auto covering = graph_.covering(model_, passage.item, link.from, link.to);
      if (std::find(covering.begin(), covering.end(), release) == covering.end()) continue;
      list.push_back({release, by, step_of(link.from, link.to, passage)});
      return;
    }
  }

  void properties() {
    for (PropertyId id : model_.properties.ids()) {
      const auto* flow = std::get_if<NeverFlow>(&model_.properties[id].body);
      if (flow == nullptr) {
        const bool is_trust = std::holds_alternative<TrustedBase>(model_.properties[id].body);
        impact_.other_properties += is_trust ? 0 : 1;
        continue;
      }
      FlowCuts honest(model_, {});
      FlowCuts cuts(model_, impact_.compromised);
      for (ReleaseId release : flow->except) {
        honest.count(release);
        cuts.count(release);
      }
      ImpactProperty result{id, Verdict::Proved, Verdict::Proved, {}, {}};
      bool sure = true;
      if (breaking_path(engine_, graph_, *flow, honest, sure)) {
        result.before = sure ? Verdict::Violated : Verdict::Unknown;
      }
      if (auto path = breaking_path(engine_, graph_, *flow, cuts, sure)) {
        result.after = sure ? Verdict::Violated : Verdict::Unknown;
        result.path = std::move(*path);
      }
      impact_.undecided = impact_.undecided || result.after == Verdict::Unknown;
      std::set<ComponentId> relied_on;
      for (const Trust& trust : trusted_by(model_, *flow, graph_)) {
        if (releases_.compromised(trust.component)) relied_on.insert(trust.component);
      }
      result.relied_on = {relied_on.begin(), relied_on.end()};
      impact_.properties.push_back(std::move(result));
    }
  }

  void trusted() {
    std::map<ComponentId, std::vector<std::string>> base;
    const auto add = [&](ComponentId component, const std::string& by) {
      std::vector<std::string>& list = base[component];
      if (std::find(list.begin(), list.end(), by) == list.end()) list.push_back(by);
    };
    for (const Trust& trust : trusted_by_labels(model_, graph_)) add(trust.component, "the labels");
    for (const Property& property : model_.properties) {
      if (const auto* flow = std::get_if<NeverFlow>(&property.body)) {
        for (const Trust& trust : trusted_by(model_, *flow, graph_))
          add(trust.component, property.name);
      }
      if (const auto* tcb = std::get_if<TrustedBase>(&property.body)) {
        for (ComponentId component : tcb->components) add(component, property.name);
      }
    }
    for (auto& [component, by] : base) {
      impact_.trusted.push_back({component, std::move(by), how(component)});
    }
  }

  ImpactTrusted::How how(ComponentId component) const {
    if (releases_.compromised(component)) return ImpactTrusted::How::Compromised;
    if (reached(influenced_[component.value])) return ImpactTrusted::How::Influenced;
    const bool is_asked =
        std::any_of(impact_.asked.begin(), impact_.asked.end(),
                    [&](const ImpactAsked& asked) { return asked.component == component; });
    return is_asked ? ImpactTrusted::How::Asked : ImpactTrusted::How::Untouched;
  }

  Engine& engine_;
  const Model& model_;
  const ImpactGraph& graph_;
  Evaluator evaluator_;
  FlowCuts releases_;
  FlowCuts endorsements_;
  FlowArrivals influenced_;
  FlowArrivals read_;
  FlowArrivals told_;
  Impact impact_;
};

}  // namespace

std::optional<std::vector<FlowStep>> breaking_path(Engine& engine, const ImpactGraph& graph,
                                                   const NeverFlow& flow, const FlowCuts& cuts,
                                                   bool& sure) {
  const FlowArrivals arrivals = graph.spread(flow.from, FlowDirection::Forward, cuts);
  ComponentId end;
  for (ComponentId to : flow.to) {
    const FlowArrival& here = arrivals[to.value];
    if (!reached(here)) continue;
    const bool better =
        !end.valid() || (here.sure && !arrivals[end.value].sure) ||
        (here.sure == arrivals[end.value].sure && here.steps < arrivals[end.value].steps);
    if (better) end = to;
  }
  if (!end.valid()) return std::nullopt;
  sure = arrivals[end.value].sure;
  std::vector<FlowStep> path;
  for (ComponentId at = end; arrivals[at.value].steps > 0; at = arrivals[at.value].neighbour) {
    const ComponentId from = arrivals[at.value].neighbour;
    const auto passage = graph.passage(engine, from, at, cuts);
    BH_CHECK(passage);
    path.push_back({from, at, passage->item, granting_rule(engine, *passage->cell)});
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Impact find_impact(Engine& engine, const ImpactGraph& graph,
                   const std::vector<ComponentId>& compromised, const ImpactOptions& options) {
  Impact impact = ImpactSearch(engine, graph, compromised).run();
  find_rules(engine, graph, options, impact);
  return impact;
}

}  // namespace bh
