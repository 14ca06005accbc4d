#include "solver/queries/impact_graph.h"

#include <algorithm>
#include <set>

#include "solver/queries/consistency.h"

namespace bh {

// ---- which releases hold

FlowCuts::FlowCuts(const Model& model, const std::vector<ComponentId>& compromised)
    : model_(model), counts_(model.releases.size()), lost_(model.components.size()) {
  for (ComponentId component : compromised) lost_[component.value] = true;
}

FlowCuts FlowCuts::of_kind(const Model& model, ReleaseKind kind,
                           const std::vector<ComponentId>& compromised) {
  FlowCuts cuts(model, compromised);
  cuts.only_changes_ = true;
  for (ReleaseId id : model.releases.ids()) {
    if (model.releases[id].kind == kind) cuts.count(id);
  }
  return cuts;
}

ComponentId FlowCuts::applied_by(ReleaseId release, ComponentId from, ComponentId to) const {
  return model_.releases[release].kind == ReleaseKind::Release ? from : to;
}

bool FlowCuts::holds(ReleaseId release, ComponentId from, ComponentId to) const {
  return counts_[release.value] && !lost_[applied_by(release, from, to).value] &&
         (!only_changes_ || changes_level(model_, release, from, to));
}

bool changes_level(const Model& model, ReleaseId id, ComponentId from, ComponentId to) {
  const Release& release = model.releases[id];
  const Lattice& lattice = model.lattices[release.lattice];
  const uint32_t source = model.components[from].labels[release.lattice.value];
  const uint32_t sink = model.components[to].labels[release.lattice.value];
  return release.kind == ReleaseKind::Release ? !lattice.at_most(source, release.to)
                                              : !lattice.at_most(sink, release.from);
}

// ---- building

namespace {

int weight(Can can) {
  switch (can) {
    case Can::No:
      return 0;
    case Can::Unknown:
      return 1;
    case Can::Yes:
      return 2;
  }
  BH_CHECK(false);
}

void raise(Can& to, Can can) {
  if (weight(can) > weight(to)) to = can;
}

bool enough(Can can, FlowCertainty certainty) {
  return can == Can::Yes || (can == Can::Unknown && certainty == FlowCertainty::Possible);
}

void add_covered(ImpactLink& link, const std::vector<ReleaseId>& releases, Can can) {
  for (CoveredItems& known : link.covered) {
    if (known.releases == releases) {
      raise(known.can, can);
      return;
    }
  }
  link.covered.push_back({releases, can});
}

// One link for each pair, by the other end.
void merge(std::vector<ImpactLink>& links) {
  std::sort(links.begin(), links.end(),
            [](const ImpactLink& a, const ImpactLink& b) { return a.to < b.to; });
  std::vector<ImpactLink> merged;
  for (ImpactLink& link : links) {
    if (merged.empty() || merged.back().to != link.to) {
      merged.push_back(std::move(link));
      continue;
    }
    raise(merged.back().plain, link.plain);
    for (const CoveredItems& more : link.covered) {
      add_covered(merged.back(), more.releases, more.can);
    }
  }
  for (ImpactLink& link : merged) {
    std::sort(link.covered.begin(), link.covered.end(),
              [](const CoveredItems& a, const CoveredItems& b) { return a.releases < b.releases; });
  }
  links = std::move(merged);
}

}  // namespace

// What an operation moves, before anybody asks who may call it.
struct OperationItems {
  bool plain[2] = {false, false};      // arguments, results that no release mentions
  std::vector<DataItem> mentioned[2];  // the others
};

// Between the owner at hand and one other component.
struct OwnerRow {
  Can asked = Can::No;
  ImpactLink link[2];  // to the owner, from the owner
  bool used = false;
};

ImpactGraph::ImpactGraph(Engine& engine)
    : at_first_(engine.checked),
      from_(engine.model.components.size()),
      to_(engine.model.components.size()),
      asked_by_(engine.model.components.size()) {
  for (ReleaseId id : engine.model.releases.ids()) {
    for (const DataItem& item : engine.model.releases[id].items) releases_[item].push_back(id);
  }
  std::vector<OwnerRow> rows(engine.model.components.size());
  for (ComponentId owner : engine.model.components.ids()) add_owner(engine, owner, rows);
  for (auto& links : from_) {
    merge(links);
    links_ += links.size();
  }
  for (const auto& links : from_) {
    for (const ImpactLink& link : links) to_[link.to.value].push_back(link);
  }
}

Can ImpactGraph::can(Engine& engine, const MatrixCell& cell) const {
  const Can by_rules = engine.rules_grant(cell);
  if (by_rules != Can::Yes) return by_rules == Can::No ? Can::No : engine.can_be_granted(cell);
  const EndpointId endpoint = engine.model.operations[cell.operation].endpoint;
  const std::vector<ProtocolId>& protocols = engine.protocols[endpoint.value];
  const Request request{cell.subject, cell.operation, {}};
  const bool permitted = std::all_of(protocols.begin(), protocols.end(),
                                     [&](ProtocolId id) { return at_first_.permits(id, request); });
  return permitted ? Can::Yes : engine.can_be_granted(cell);
}

OperationItems ImpactGraph::items_of(const Model& model, OperationId operation) const {
  const Method& method = model.method_of(operation);
  OperationItems items;
  for (const bool result : {false, true}) {
    const size_t count = result ? method.results.size() : method.parameters.size();
    for (uint32_t i = 0; i < count; ++i) {
      const DataItem item{operation, result, i};
      if (releases_.contains(item)) {
        items.mentioned[result].push_back(item);
      } else {
        items.plain[result] = true;
      }
    }
  }
  return items;
}

void ImpactGraph::add_owner(Engine& engine, ComponentId owner, std::vector<OwnerRow>& rows) {
  const Model& model = engine.model;
  std::vector<ComponentId> used;
  for (EndpointId endpoint : model.components[owner].endpoints) {
    for (OperationId operation : model.endpoints[endpoint].operations) {
      const MatrixCell* cell = engine.matrix.begin_of(operation);
      const MatrixCell* end = engine.matrix.end_of(operation);
      if (cell == end) continue;
      const OperationItems items = items_of(model, operation);
      for (; cell != end; ++cell) {
        OwnerRow& row = rows[cell->subject.value];
        if (!row.used) used.push_back(cell->subject);
        row.used = true;
        add_cell(engine, *cell, items, rows);
      }
    }
  }
  std::sort(used.begin(), used.end());
  for (ComponentId other : used) {
    OwnerRow row = std::move(rows[other.value]);
    rows[other.value] = {};
    if (other == owner) continue;
    if (row.asked != Can::No) asked_by_[other.value].push_back({other, owner, row.asked});
    for (const bool result : {false, true}) {
      ImpactLink& link = row.link[result];
      if (link.plain == Can::No && link.covered.empty()) continue;
      link.from = result ? owner : other;
      link.to = result ? other : owner;
      from_[link.from.value].push_back(std::move(link));
    }
  }
}

// Asks whether the cell is ever granted only if that could tell something new.
void ImpactGraph::add_cell(Engine& engine, const MatrixCell& cell, const OperationItems& items,
                           std::vector<OwnerRow>& rows) {
  OwnerRow& row = rows[cell.subject.value];
  const ComponentId owner = engine.model.owner_of(cell.operation);
  std::vector<std::pair<std::vector<ReleaseId>, bool>> sets;
  bool plain[2] = {items.plain[0], items.plain[1]};
  for (const bool result : {false, true}) {
    const ComponentId from = result ? owner : cell.subject;
    const ComponentId to = result ? cell.subject : owner;
    for (const DataItem& item : items.mentioned[result]) {
      std::vector<ReleaseId> releases = covering(engine.model, item, from, to);
      if (releases.empty()) {
        plain[result] = true;
      } else {
        sets.emplace_back(std::move(releases), result);
      }
    }
  }
  bool news = row.asked != Can::Yes;
  for (const bool result : {false, true}) {
    news = news || (plain[result] && row.link[result].plain != Can::Yes);
  }
  for (const auto& [releases, result] : sets) {
    const std::vector<CoveredItems>& known = row.link[result].covered;
    news = news || std::none_of(known.begin(), known.end(), [&](const CoveredItems& c) {
             return c.releases == releases && c.can == Can::Yes;
           });
  }
  if (!news) return;
  const Can granted = can(engine, cell);
  if (granted == Can::No) return;
  raise(row.asked, granted);
  for (const bool result : {false, true}) {
    if (plain[result]) raise(row.link[result].plain, granted);
  }
  for (const auto& [releases, result] : sets) add_covered(row.link[result], releases, granted);
}

// ---- asking

std::vector<ReleaseId> ImpactGraph::covering(const Model& model, const DataItem& item,
                                             ComponentId from, ComponentId to) const {
  const auto known = releases_.find(item);
  std::vector<ReleaseId> result;
  if (known == releases_.end()) return result;
  for (ReleaseId id : known->second) {
    if (covers(model, model.releases[id], item, from, to)) result.push_back(id);
  }
  return result;
}

Can ImpactGraph::open(const ImpactLink& link, const FlowCuts& cuts) {
  Can best = link.plain;
  for (const CoveredItems& items : link.covered) {
    const bool cut = std::any_of(items.releases.begin(), items.releases.end(),
                                 [&](ReleaseId id) { return cuts.holds(id, link.from, link.to); });
    if (!cut) raise(best, items.can);
  }
  return best;
}

void ImpactGraph::mark(const FlowCuts& cuts, FlowDirection direction, FlowCertainty certainty,
                       const std::vector<ComponentId>& start, FlowArrivals& arrivals) const {
  arrivals.assign(from_.size(), {});
  std::vector<ComponentId> open_list;
  for (ComponentId component : start) {
    arrivals[component.value].steps = 0;
    open_list.push_back(component);
  }
  const bool forward = direction == FlowDirection::Forward;
  for (size_t i = 0; i < open_list.size(); ++i) {
    const ComponentId at = open_list[i];
    for (const ImpactLink& link : forward ? from_[at.value] : to_[at.value]) {
      const ComponentId next = forward ? link.to : link.from;
      if (arrivals[next.value].steps != FlowArrival::Never) continue;
      if (!enough(open(link, cuts), certainty)) continue;
      arrivals[next.value] = {arrivals[at.value].steps + 1, at, true};
      open_list.push_back(next);
    }
  }
}

FlowArrivals ImpactGraph::spread(const std::vector<ComponentId>& start, FlowDirection direction,
                                 const FlowCuts& cuts) const {
  FlowArrivals sure;
  mark(cuts, direction, FlowCertainty::Sure, start, sure);
  FlowArrivals possible;
  mark(cuts, direction, FlowCertainty::Possible, start, possible);
  for (size_t i = 0; i < sure.size(); ++i) {
    if (sure[i].steps != FlowArrival::Never || possible[i].steps == FlowArrival::Never) continue;
    sure[i] = possible[i];
    sure[i].sure = false;
  }
  return sure;
}

std::vector<ImpactGraph::Passage> ImpactGraph::passages(Engine& engine, ComponentId from,
                                                        ComponentId to,
                                                        const FlowCuts& cuts) const {
  const Model& model = engine.model;
  std::vector<Passage> result;
  for (const bool is_result : {false, true}) {
    const ComponentId owner = is_result ? from : to;
    const ComponentId subject = is_result ? to : from;
    for (EndpointId endpoint : model.components[owner].endpoints) {
      for (OperationId operation : model.endpoints[endpoint].operations) {
        const MatrixCell* cell = engine.matrix.find(subject, operation);
        if (cell == nullptr) continue;
        for (const Transfer& transfer : transfers_of(model, subject, operation)) {
          if (transfer.item.is_result != is_result) continue;
          const std::vector<ReleaseId> releases = covering(model, transfer.item, from, to);
          const bool cut = std::any_of(releases.begin(), releases.end(),
                                       [&](ReleaseId id) { return cuts.holds(id, from, to); });
          if (cut) continue;
          const Can granted = can(engine, *cell);
          if (granted != Can::No) result.push_back({transfer.item, cell, granted});
        }
      }
    }
  }
  return result;
}

std::optional<ImpactGraph::Passage> ImpactGraph::passage(Engine& engine, ComponentId from,
                                                         ComponentId to,
                                                         const FlowCuts& cuts) const {
  const std::vector<Passage> all = passages(engine, from, to, cuts);
  for (const Passage& each : all) {
    if (each.can == Can::Yes) return each;
  }
  return all.empty() ? std::nullopt : std::optional(all[0]);
}

// ---- trust

std::vector<Trust> trusted_by(const Model& model, const NeverFlow& flow, const ImpactGraph& graph) {
  FlowCuts cuts(model, {});
  for (ReleaseId id : flow.except) cuts.count(id);
  const FlowArrivals reached = graph.spread(flow.from, FlowDirection::Forward, cuts);
  const FlowArrivals leading = graph.spread(flow.to, FlowDirection::Backward, FlowCuts(model, {}));
  std::vector<Trust> result;
  for (ComponentId to : flow.to) {
    if (reached[to.value].steps != FlowArrival::Never) return result;
  }
  for (ComponentId from : model.components.ids()) {
    if (reached[from.value].steps == FlowArrival::Never) continue;
    for (const ImpactLink& link : graph.from(from)) {
      if (leading[link.to.value].steps == FlowArrival::Never) continue;
      for (const CoveredItems& items : link.covered) {
        const auto cut = std::find_if(flow.except.begin(), flow.except.end(), [&](ReleaseId id) {
          return std::find(items.releases.begin(), items.releases.end(), id) !=
                 items.releases.end();
        });
        if (cut == flow.except.end()) continue;
        result.push_back({cuts.applied_by(*cut, link.from, link.to), *cut});
      }
    }
  }
  return result;
}

std::vector<Trust> trusted_by_labels(const Model& model, const ImpactGraph& graph) {
  const FlowCuts cuts(model, {});
  std::vector<Trust> result;
  for (ComponentId component : model.components.ids()) {
    for (const ImpactLink& link : graph.from(component)) {
      for (const CoveredItems& items : link.covered) {
        std::set<LatticeId> done;
        for (ReleaseId id : items.releases) {
          const LatticeId lattice = model.releases[id].lattice;
          const uint32_t from = model.components[link.from].labels[lattice.value];
          const uint32_t to = model.components[link.to].labels[lattice.value];
          if (model.lattices[lattice].may_flow(from, to) || !done.insert(lattice).second) continue;
          result.push_back({cuts.applied_by(id, link.from, link.to), id});
        }
      }
    }
  }
  return result;
}

}  // namespace bh
