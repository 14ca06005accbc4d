// Which rule to take away first. Whatever is lost without a rule, an edge of the tree of shortest
// ways needs that rule: so the rules that some edge of the tree needs are tried, and no others.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "solver/queries/impact.h"

namespace bh {

namespace {

class RuleTrial {
 public:
  RuleTrial(Engine& engine, const ImpactGraph& graph, Impact& impact)
      : engine_(engine),
        model_(engine.model),
        graph_(graph),
        impact_(impact),
        releases_(FlowCuts::of_kind(model_, ReleaseKind::Release, impact.compromised)),
        endorsements_(FlowCuts::of_kind(model_, ReleaseKind::Endorse, impact.compromised)),
        ways_{{FlowDirection::Forward, &endorsements_, {}, {}},
              {FlowDirection::Backward, &releases_, {}, {}},
              {FlowDirection::Forward, &releases_, {}, {}}} {
    for (Way& way : ways_) {
      way.arrivals = graph_.spread(impact.compromised, way.direction, *way.cuts);
    }
  }

  void run(const ImpactOptions& options) {
    std::map<RuleId, ImpactRule> results;
    for (const ImpactRequest& request : impact_.requests) {
      const MatrixCell& cell = *engine_.matrix.find(request.subject, request.operation);
      for (RuleId rule : candidates(cell)) {
        if (!cell_survives(cell, rule)) ++results[rule].requests;
      }
    }
    for (Way& way : ways_) {
      find_needs(way);
      for (const auto& [rule, edges] : way.needs) results[rule];
    }
    std::vector<ImpactRule> best;
    for (auto& [rule, result] : results) {
      result.rule = rule;
      if (best.size() == options.rules_tried) break;
      result.influenced = lost(ways_[0], rule).size();
      result.read = lost(ways_[1], rule).size();
      result.told = lost(ways_[2], rule).size();
      best.push_back(std::move(result));
    }
    impact_.rules_untried = results.size() - best.size();
    std::sort(best.begin(), best.end(),
              better);
    const auto useless = std::find_if(best.begin(), best.end(), [](const ImpactRule& result) {
      return result.components() + result.requests == 0;
    });
    best.resize(std::min(static_cast<size_t>(useless - best.begin()), options.rules_shown));
    for (ImpactRule& result : best) result.properties = hold_again(result.rule);
    impact_.rules = std::move(best);
  }

 private:
  // One of the ways in which a break-in spreads.
  struct Way {
    FlowDirection direction;
    const FlowCuts* cuts;
    FlowArrivals arrivals;
    // By rule: the components whose edge in the tree of shortest ways needs it.
    std::map<RuleId, std::vector<ComponentId>> needs;
  };

  static bool is_further(const FlowArrival& arrival) {
    return arrival.steps != FlowArrival::Never && arrival.steps > 0;
  }

  static std::pair<ComponentId, ComponentId> last_step(const Way& way, ComponentId id) {
    const ComponentId neighbour = way.arrivals[id.value].neighbour;
    return way.direction == FlowDirection::Forward ? std::pair(neighbour, id)
                                                   : std::pair(id, neighbour);
  }

  // Rules without which the cell may grant nothing: those that allow it, and, where there are
  // protocols, those that allow what moves them.
  std::set<RuleId> candidates(const MatrixCell& cell) {
    std::set<RuleId> result;
    for (const Match& allow : cell.allows) result.insert(allow.rule);
    const EndpointId endpoint = model_.operations[cell.operation].endpoint;
    if (engine_.protocols[endpoint.value].empty()) return result;
    for (OperationId operation : model_.endpoints[endpoint].operations) {
      const MatrixCell* end = engine_.matrix.end_of(operation);
      for (const MatrixCell* c = engine_.matrix.begin_of(operation); c != end; ++c) {
        if (c->subject != cell.subject && !is_shared(endpoint)) continue;
        for (const Match& allow : c->allows) result.insert(allow.rule);
      }
    }
    return result;
  }

  void find_needs(Way& way) {
    for (ComponentId id : model_.components.ids()) {
      if (!is_further(way.arrivals[id.value])) continue;
      const auto [from, to] = last_step(way, id);
      const auto all = graph_.passages(engine_, from, to, *way.cuts);
      BH_CHECK(!all.empty());
      for (RuleId rule : candidates(*all[0].cell)) {
        if (!survives(all, rule)) way.needs[rule].push_back(id);
      }
    }
  }

  bool is_shared(EndpointId endpoint) const {
    const std::vector<ProtocolId>& list = engine_.protocols[endpoint.value];
    return std::any_of(list.begin(), list.end(), [&](ProtocolId id) {
      return model_.protocols[id].instances == InstanceKind::Shared;
    });
  }

  // ---- one rule less

  // Components that are reached no more: those behind an edge of the tree that needs the rule,
  // unless another edge leads there from one that is still reached.
  std::set<ComponentId> lost(const Way& way, RuleId rule) {
    std::set<ComponentId> suspects;
    const auto needing = way.needs.find(rule);
    if (needing == way.needs.end()) return suspects;
    std::vector<ComponentId> open = needing->second;
    std::vector<std::vector<ComponentId>> behind(model_.components.size());
    for (ComponentId id : model_.components.ids()) {
      if (is_further(way.arrivals[id.value]))
        behind[way.arrivals[id.value].neighbour.value].push_back(id);
    }
    while (!open.empty()) {
      const ComponentId at = open.back();
      open.pop_back();
      if (!suspects.insert(at).second) continue;
      open.insert(open.end(), behind[at.value].begin(), behind[at.value].end());
    }
    open.assign(suspects.begin(), suspects.end());
    while (!open.empty()) {
      const ComponentId at = open.back();
      open.pop_back();
      if (!suspects.contains(at) || !still_reached(way, at, suspects, rule)) continue;
      suspects.erase(at);
      const bool forward = way.direction == FlowDirection::Forward;
      for (const ImpactLink& link : forward ? graph_.from(at) : graph_.to(at)) {
        const ComponentId next = forward ? link.to : link.from;
        if (suspects.contains(next)) open.push_back(next);
      }
    }
    return suspects;
  }

  bool still_reached(const Way& way, ComponentId at, const std::set<ComponentId>& suspects,
                     RuleId rule) {
    const bool forward = way.direction == FlowDirection::Forward;
    for (const ImpactLink& link : forward ? graph_.to(at) : graph_.from(at)) {
      const ComponentId before = forward ? link.from : link.to;
      if (way.arrivals[before.value].steps == FlowArrival::Never || suspects.contains(before))
        continue;
      if (ImpactGraph::open(link, *way.cuts) == Can::No) continue;
      if (link_survives(link.from, link.to, *way.cuts, rule)) return true;
    }
    return false;
  }

  bool link_survives(ComponentId from, ComponentId to, const FlowCuts& cuts, RuleId rule) {
    return survives(graph_.passages(engine_, from, to, cuts), rule);
  }

  bool survives(const std::vector<ImpactGraph::Passage>& passages, RuleId rule) {
    return std::any_of(passages.begin(), passages.end(), [&](const ImpactGraph::Passage& passage) {
      return cell_survives(*passage.cell, rule);
    });
  }

  bool cell_survives(const MatrixCell& cell, RuleId rule) {
    const auto [at, is_new] = survives_.try_emplace({&cell, rule}, true);
    if (is_new) at->second = granted_by_rules(cell, rule) && permitted(cell, rule);
    return at->second;
  }

  bool granted_by_rules(const MatrixCell& cell, RuleId rule) {
    smt::Exprs& exprs = engine_.questions.exprs(cell.signature);
    std::vector<smt::ExprId> others;
    for (const Match& allow : cell.allows) {
      if (allow.rule != rule) others.push_back(allow.when);
    }
    if (others.size() == cell.allows.size()) return engine_.rules_grant(cell) != Can::No;
    const smt::ExprId granted = exprs.without(exprs.any_of(std::move(others)), cell.denied);
    return engine_.questions.never(cell.signature, granted) != smt::AnswerKind::Holds;
  }

  // Whether the protocols can come to permit the cell's operation, moved by what is granted
  // without the rule.
  bool permitted(const MatrixCell& cell, RuleId rule) {
    const EndpointId endpoint = model_.operations[cell.operation].endpoint;
    if (engine_.protocols[endpoint.value].empty()) return true;
    std::vector<Move> moves;
    bool touched = false;
    for (OperationId operation : model_.endpoints[endpoint].operations) {
      const MatrixCell* end = engine_.matrix.end_of(operation);
      for (const MatrixCell* c = engine_.matrix.begin_of(operation); c != end; ++c) {
        if (c->subject != cell.subject && !is_shared(endpoint)) continue;
        touched = touched || std::any_of(c->allows.begin(), c->allows.end(),
                                         [&](const Match& m) { return m.rule == rule; });
        if (!granted_by_rules(*c, rule)) continue;
        for (ReplyStatus reply : replies_of(model_, engine_.protocols[endpoint.value], operation))
          moves.push_back({{c->subject, operation, {}}, reply, {}});
      }
    }
    if (!touched) return true;
    const Request goal{cell.subject, cell.operation, {}};
    for (const Limits limits : {Limits::Ignored, Limits::Counted}) {
      const Space space(model_, engine_.protocols[endpoint.value], cell.subject, moves, limits,
                        StateLimit);
      if (space.search(std::vector<Request>{goal}).kind == SearchKind::Impossible) return false;
    }
    return true;
  }

  std::vector<PropertyId> hold_again(RuleId rule) {
    std::vector<PropertyId> result;
    for (const ImpactProperty& property : impact_.properties) {
      if (property.after != Verdict::Violated) continue;
      const auto& flow = std::get<NeverFlow>(model_.properties[property.property].body);
      FlowCuts cuts(model_, impact_.compromised);
      for (ReleaseId release : flow.except) cuts.count(release);
      Way way{FlowDirection::Forward, &cuts, {}, {}};
      way.arrivals = graph_.spread(flow.from, way.direction, cuts);
      find_needs(way);
      const std::set<ComponentId> gone = lost(way, rule);
      if (std::all_of(flow.to.begin(), flow.to.end(), [&](ComponentId to) {
            return way.arrivals[to.value].steps == FlowArrival::Never || gone.contains(to);
          })) {
        result.push_back(property.property);
      }
    }
    return result;
  }

  static constexpr size_t StateLimit = 20'000;

  Engine& engine_;
  const Model& model_;
  const ImpactGraph& graph_;
  Impact& impact_;
  FlowCuts releases_;
  FlowCuts endorsements_;
  std::vector<Way> ways_;  // influenced, read, told
  std::map<std::pair<const MatrixCell*, RuleId>, bool> survives_;
};

}  // namespace

bool better(const ImpactRule& a, const ImpactRule& b) {
  return std::tuple(b.components(), b.requests, a.rule) <
         std::tuple(a.components(), a.requests, b.rule);
}

void find_rules(Engine& engine, const ImpactGraph& graph, const ImpactOptions& options,
                Impact& impact) {
  RuleTrial(engine, graph, impact).run(options);
}

}  // namespace bh
