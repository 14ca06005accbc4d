#include "solver/queries/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>

#include "solver/queries/consistency.h"
#include "solver/queries/properties.h"
#include "solver/queries/report.h"

namespace bh {

std::vector<Transfer> transfers_of(const Model& model, ComponentId subject, OperationId operation) {
  const ComponentId owner = model.owner_of(operation);
  const Method& method = model.method_of(operation);
  std::vector<Transfer> result;
  for (uint32_t i = 0; i < method.parameters.size(); ++i) {
    result.push_back({{operation, false, i}, subject, owner});
  }
  for (uint32_t i = 0; i < method.results.size(); ++i) {
    result.push_back({{operation, true, i}, owner, subject});
  }
  return result;
}

std::string print(const Model& model, const DataItem& item) {
  const Method& method = model.method_of(item.operation);
  const Parameter& moved =
      item.is_result ? method.results[item.index] : method.parameters[item.index];
  return print(model, item.operation) + "." + moved.name;
}

std::string print(const Model& model, const FlowStep& step) {
  return fmt::format("{} -> {} ({}, by {})", model.components[step.from].name,
                     model.components[step.to].name, print(model, step.item),
                     model.rules[step.rule].name);
}

RuleId granting_rule(Engine& engine, const MatrixCell& cell) {
  smt::Exprs& exprs = engine.questions.exprs(cell.signature);
  for (const Match& allow : cell.allows) {
    const smt::ExprId granted = exprs.without(allow.when, cell.denied);
    if (engine.questions.never(cell.signature, granted) == smt::AnswerKind::Violated)
      return allow.rule;
  }
  return cell.allows[0].rule;
}

ReleaseId cut_by(const Model& model, const NeverFlow& flow, const FlowEdge& edge) {
  const Transfer& t = edge.transfer;
  for (ReleaseId id : flow.except) {
    if (covers(model, model.releases[id], t.item, t.from, t.to)) return id;
  }
  return {};
}

namespace {

Trust trust_in(const Model& model, ReleaseId release, const Transfer& transfer) {
  const bool is_release = model.releases[release].kind == ReleaseKind::Release;
  return {is_release ? transfer.from : transfer.to, release};
}

enum class Certainty : uint8_t { Sure, Possible };

// The rule without which nothing is granted in the cell; none where several rules may grant it.
RuleId only_rule(const MatrixCell& cell) {
  return cell.allows.size() == 1 ? cell.allows[0].rule : RuleId();
}

class FlowCheck {
 public:
  FlowCheck(const Model& model, const NeverFlow& flow, const FlowGraph& graph)
      : model_(model), flow_(flow), graph_(graph) {}

  // The edges of a shortest path that no excepted release cuts, and that is there without the rule.
  std::optional<std::vector<const FlowEdge*>> path(Certainty certainty, RuleId without = {}) const {
    std::vector<const FlowEdge*> arrived(model_.components.size(), nullptr);
    std::vector<bool> seen(model_.components.size(), false);
    std::deque<ComponentId> open;
    for (ComponentId from : flow_.from) {
      seen[from.value] = true;
      open.push_back(from);
    }
    const auto is_target = [&](ComponentId c) {
      return std::find(flow_.to.begin(), flow_.to.end(), c) != flow_.to.end();
    };
    while (!open.empty()) {
      const ComponentId at = open.front();
      open.pop_front();
      if (is_target(at)) return back_from(at, arrived);
      for (const FlowLink& link : graph_[at.value]) {
        if (seen[link.to.value]) continue;
        const FlowEdge* edge = first_open(link, certainty, without);
        if (edge == nullptr) continue;
        seen[link.to.value] = true;
        arrived[link.to.value] = edge;
        open.push_back(link.to);
      }
    }
    return std::nullopt;
  }

  // For each cut edge that data of `from` arrives at and that leads on to `to`, who answers for the
  // release.
  std::vector<Trust> trusted() const {
    if (flow_.except.empty()) return {};
    const std::vector<bool> reached = closure(flow_.from, false, true);
    const std::vector<bool> leading = closure(flow_.to, true, false);
    std::vector<Trust> result;
    for (ComponentId from : model_.components.ids()) {
      if (!reached[from.value]) continue;
      for (const FlowLink& link : graph_[from.value]) {
        if (!leading[link.to.value]) continue;
        for (const FlowEdge& edge : link.edges) {
          const ReleaseId release = cut_by(edge);
          if (release) result.push_back(trust_in(model_, release, edge.transfer));
        }
      }
    }
    return result;
  }

  const FlowEdge* first_open(const FlowLink& link, Certainty certainty, RuleId without = {}) const {
    const auto edge = std::find_if(link.edges.begin(), link.edges.end(), [&](const FlowEdge& e) {
      return (certainty == Certainty::Possible || e.can == Can::Yes) && !cut_by(e) &&
             !(without && only_rule(*e.cell) == without);
    });
    return edge == link.edges.end() ? nullptr : &*edge;
  }

  ReleaseId cut_by(const FlowEdge& edge) const { return bh::cut_by(model_, flow_, edge); }

 private:
  static std::vector<const FlowEdge*> back_from(ComponentId at,
                                                const std::vector<const FlowEdge*>& arrived) {
    std::vector<const FlowEdge*> result;
    for (const FlowEdge* edge = arrived[at.value]; edge;
         edge = arrived[edge->transfer.from.value]) {
      result.push_back(edge);
    }
    std::reverse(result.begin(), result.end());
    return result;
  }

  // Components that data of `start` reaches, or (backwards) whose data reaches `start`.
  std::vector<bool> closure(const std::vector<ComponentId>& start, bool backwards,
                            bool with_cuts) const {
    std::vector<std::vector<ComponentId>> next(model_.components.size());
    for (ComponentId from : model_.components.ids()) {
      for (const FlowLink& link : graph_[from.value]) {
        if (with_cuts && !first_open(link, Certainty::Possible)) continue;
        next[(backwards ? link.to : from).value].push_back(backwards ? from : link.to);
      }
    }
    std::vector<bool> seen(model_.components.size(), false);
    std::vector<ComponentId> open = start;
    while (!open.empty()) {
      const ComponentId at = open.back();
      open.pop_back();
      if (seen[at.value]) continue;
      seen[at.value] = true;
      open.insert(open.end(), next[at.value].begin(), next[at.value].end());
    }
    return seen;
  }

  const Model& model_;
  const NeverFlow& flow_;
  const FlowGraph& graph_;
};

void report_path(const Model& model, const Property& property, const NeverFlow& flow,
                 const PropertyVerdict& verdict, const std::vector<RuleId>& chokes,
                 DiagnosticSink& sink) {
  if (verdict.path.empty()) {
    sink.report(property.span, diag::FlowViolated, property.name, flow.from_text, flow.to_text)
        .note("the two sides share a component");
    return;
  }
  const std::string& first = model.components[verdict.path.front().from].name;
  const std::string& last = model.components[verdict.path.back().to].name;
  auto finding = sink.report(property.span, diag::FlowViolated, property.name, first, last);
  std::string path = first;
  for (size_t i = 0; i < verdict.path.size(); ++i) {
    const FlowStep& step = verdict.path[i];
    finding.label(model.rules[step.rule].span,
                  fmt::format("step {}: {}", i + 1, print(model, step)));
    path += " -> " + model.components[step.to].name;
    for (const Release& release : model.releases) {
      if (!covers(model, release, step.item, step.from, step.to)) continue;
      finding.label(release.span, fmt::format("lets step {} pass, and '{}' does not except it",
                                              i + 1, property.name));
    }
  }
  finding.note("path: " + path);
  finding.note("breaks: " + property.name);
  if (!chokes.empty()) {
    finding.help(fmt::format(
        fmt::runtime(chokes.size() == 1 ? "removing rule {} closes every path"
                                        : "removing any one of the rules {} closes every path"),
        print_rules(model, chokes)));
  }
}

// The rules of the path without any one of which there is none.
std::vector<RuleId> choke_points(const FlowCheck& check, const std::vector<FlowStep>& path) {
  std::vector<RuleId> result;
  for (const FlowStep& step : path) {
    const bool known = std::find(result.begin(), result.end(), step.rule) != result.end();
    if (!known && !check.path(Certainty::Possible, step.rule)) result.push_back(step.rule);
  }
  return result;
}

}  // namespace

namespace {

class GraphBuilder {
 public:
  explicit GraphBuilder(const Model& model) : graph_(model.components.size()) {
    for (const Release& release : model.releases) {
      released_.insert(release.items.begin(), release.items.end());
    }
  }

  void add(const FlowEdge& edge) {
    FlowLink& link = link_of(edge.transfer.from, edge.transfer.to);
    if (released_.contains(edge.transfer.item) || !is_outdone(edge, link))
      link.edges.push_back(edge);
  }

  FlowGraph take() { return std::move(graph_); }

 private:
  // Whether there are edges that nothing can cut and that no one rule could be removed to lose, or
  // not without losing this one.
  bool is_outdone(const FlowEdge& edge, const FlowLink& link) const {
    RuleId before;
    for (const FlowEdge& other : link.edges) {
      if (other.can != Can::Yes && edge.can == Can::Yes) continue;
      if (released_.contains(other.transfer.item)) continue;
      const RuleId rule = only_rule(*other.cell);
      if (!rule || rule == only_rule(*edge.cell) || (before && rule != before)) return true;
      before = rule;
    }
    return false;
  }

  FlowLink& link_of(ComponentId from, ComponentId to) {
    std::vector<FlowLink>& links = graph_[from.value];
    const uint64_t pair = uint64_t{from.value} << 32 | to.value;
    const auto [it, is_new] = places_.try_emplace(pair, links.size());
    if (is_new) links.push_back({to, {}});
    return links[it->second];
  }

  FlowGraph graph_;
  std::set<DataItem> released_;
  std::unordered_map<uint64_t, size_t> places_;  // of the link between two components
};

}  // namespace

FlowGraph make_flow_graph(Engine& engine) {
  GraphBuilder builder(engine.model);
  for (const MatrixCell& cell : engine.matrix.cells()) {
    const Method& method = engine.model.method_of(cell.operation);
    if (method.parameters.empty() && method.results.empty()) continue;
    const Can can = engine.can_be_granted(cell);
    if (can == Can::No) continue;
    for (const Transfer& transfer : transfers_of(engine.model, cell.subject, cell.operation))
      builder.add({transfer, &cell, can});
  }
  return builder.take();
}

std::vector<Trust> trusted_by(const Model& model, const NeverFlow& flow, const FlowGraph& graph) {
  const FlowCheck check(model, flow, graph);
  return check.path(Certainty::Possible) ? std::vector<Trust>() : check.trusted();
}

// The releases without which the transfer would break its labels, the first of each lattice.
static std::vector<ReleaseId> needed_releases(const Model& model, const Transfer& transfer) {
  std::vector<ReleaseId> result;
  std::set<LatticeId> done;
  for (ReleaseId id : model.releases.ids()) {
    const LatticeId lattice = model.releases[id].lattice;
    const uint32_t from = model.components[transfer.from].labels[lattice.value];
    const uint32_t to = model.components[transfer.to].labels[lattice.value];
    if (model.lattices[lattice].may_flow(from, to)) continue;
    if (!covers(model, model.releases[id], transfer.item, transfer.from, transfer.to)) continue;
    if (done.insert(lattice).second) result.push_back(id);
  }
  return result;
}

std::vector<Trust> trusted_by_labels(const Model& model, const FlowGraph& graph) {
  std::vector<Trust> result;
  for (const std::vector<FlowLink>& links : graph) {
    for (const FlowLink& link : links) {
      for (const FlowEdge& edge : link.edges) {
        for (ReleaseId release : needed_releases(model, edge.transfer))
          result.push_back(trust_in(model, release, edge.transfer));
      }
    }
  }
  return result;
}

PropertyVerdict check_flow(PropertyContext& context, PropertyId id, const NeverFlow& flow) {
  Engine& engine = context.engine;
  const Property& property = engine.model.properties[id];
  PropertyVerdict verdict;
  verdict.property = id;
  const FlowCheck check(engine.model, flow, context.flows);
  if (const auto path = check.path(Certainty::Sure)) {
    verdict.verdict = Verdict::Violated;
    for (const FlowEdge* edge : *path) {
      const Transfer& t = edge->transfer;
      verdict.path.push_back({t.from, t.to, t.item, granting_rule(engine, *edge->cell)});
    }
    report_path(engine.model, property, flow, verdict, choke_points(check, verdict.path),
                context.sink);
    return verdict;
  }
  if (const auto path = check.path(Certainty::Possible)) {
    return undecided(
        context, id,
        fmt::format("the solver gave up on whether each step from '{}' to '{}' is ever granted",
                    engine.model.components[path->front()->transfer.from].name,
                    engine.model.components[path->back()->transfer.to].name));
  }
  if (flow.from.empty() || flow.to.empty()) {
    const std::string& empty = flow.from.empty() ? flow.from_text : flow.to_text;
    return vacuous(context, id, fmt::format("'{}' names no component", empty));
  }
  verdict.verdict = Verdict::Proved;
  std::set<ComponentId> trusted;
  for (const Trust& trust : check.trusted()) trusted.insert(trust.component);
  verdict.trusted = {trusted.begin(), trusted.end()};
  return verdict;
}

}  // namespace bh
