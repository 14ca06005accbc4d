// Every component's impact at once, in numbers. Reachability is closed over rows of bits, one a
// component.
#include <algorithm>
#include <bit>
#include <set>
#include <tuple>
#include <utility>

#include "solver/queries/impact.h"

namespace bh {

namespace {

// A set of components.
class BitRow {
 public:
  explicit BitRow(size_t components) : words_((components + 63) / 64) {}
  BitRow none() const { return BitRow(words_.size() * 64); }
  void set(ComponentId id) { words_[id.value / 64] |= uint64_t{1} << (id.value % 64); }
  bool operator[](ComponentId id) const {
    return (words_[id.value / 64] >> (id.value % 64) & 1) != 0;
  }
  void add(const BitRow& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  bool remove(const BitRow& other) {  // whether any are left
    uint64_t left = 0;
    for (size_t i = 0; i < words_.size(); ++i) left |= words_[i] &= ~other.words_[i];
    return left != 0;
  }
  size_t count() const {
    size_t count = 0;
    for (uint64_t word : words_) count += static_cast<size_t>(std::popcount(word));
    return count;
  }
  template <class Visit>
  void each(Visit visit) const {
    for (size_t i = 0; i < words_.size(); ++i) {
      for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
        visit(ComponentId(static_cast<uint32_t>(i * 64) +
                          static_cast<uint32_t>(std::countr_zero(word))));
      }
    }
  }

 private:
  std::vector<uint64_t> words_;
};

using BitRows = std::vector<BitRow>;  // by component: where it leads in one step

struct Closure {
  BitRow reached;
  uint32_t steps = 0;
};

Closure close(const BitRows& next, BitRow start) {
  Closure result{start, 0};
  BitRow frontier = std::move(start);
  while (true) {
    BitRow further = result.reached.none();
    frontier.each([&](ComponentId id) { further.add(next[id.value]); });
    if (!further.remove(result.reached)) return result;
    result.reached.add(further);
    ++result.steps;
    frontier = std::move(further);
  }
}

class ImpactRanking {
 public:
  ImpactRanking(Engine& engine, const ImpactGraph& graph)
      : model_(engine.model), graph_(graph), size_(model_.components.size()), trusted_(size_) {
    influence_ = rows(ReleaseKind::Endorse, FlowDirection::Forward);
    read_ = rows(ReleaseKind::Release, FlowDirection::Backward);
    told_ = rows(ReleaseKind::Release, FlowDirection::Forward);
    asked_.assign(size_, BitRow(size_));
    all_.assign(size_, BitRow(size_));
    for (ComponentId id : model_.components.ids()) {
      for (const AskLink& link : graph_.asked_by(id)) asked_[id.value].set(link.to);
      for (const ImpactLink& link : graph_.from(id)) all_[id.value].set(link.to);
    }
    trust();
  }

  std::vector<ImpactRank> run(const std::function<void(size_t, size_t)>& progress) {
    std::vector<ImpactRank> ranks;
    for (ComponentId id : model_.components.ids()) {
      if (model_.components[id].kind != ComponentKind::Object) ranks.push_back(rank(id));
      if (id.value % 64 == 63 || id.value + 1 == size_) progress(id.value + 1, size_);
    }
    sort_ranks(ranks);
    return ranks;
  }

 private:
  BitRows rows(ReleaseKind kind, FlowDirection direction) const {
    const FlowCuts cuts = FlowCuts::of_kind(model_, kind, {});
    const bool forward = direction == FlowDirection::Forward;
    BitRows result(size_, BitRow(size_));
    for (ComponentId id : model_.components.ids()) {
      for (const ImpactLink& link : graph_.from(id)) {
        if (ImpactGraph::open(link, cuts) == Can::No) continue;
        result[(forward ? link.from : link.to).value].set(forward ? link.to : link.from);
      }
    }
    return result;
  }

  void trust() {
    for (const Trust& t : trusted_by_labels(model_, graph_)) trusted_.set(t.component);
    for (PropertyId id : model_.properties.ids()) {
      const Property& property = model_.properties[id];
      if (const auto* tcb = std::get_if<TrustedBase>(&property.body)) {
        for (ComponentId component : tcb->components) trusted_.set(component);
      }
      const auto* flow = std::get_if<NeverFlow>(&property.body);
      if (flow == nullptr || flow->except.empty()) continue;  // else no break-in changes anything
      for (const Trust& t : trusted_by(model_, *flow, graph_)) {
        trusted_.set(t.component);
        relies_.insert({t.component, id});
      }
    }
  }

  ImpactRank rank(ComponentId id) {
    BitRow self(size_);
    self.set(id);
    const Closure influenced = close(influence_, self);
    const Closure read = close(read_, self);
    BitRow first = self;  // what it sends is not released by anyone
    first.add(all_[id.value]);
    const Closure told = close(told_, first);
    BitRow touched = influenced.reached;
    influenced.reached.each([&](ComponentId by) { touched.add(asked_[by.value]); });
    ImpactRank result;
    result.component = id;
    result.influenced = influenced.reached.count() - 1;
    result.steps = influenced.steps;
    result.asked = touched.count() - influenced.reached.count();
    result.read = read.reached.count() - 1;
    result.told = told.reached.count() - 1;
    touched.each([&](ComponentId c) { result.trusted += trusted_[c] ? 1 : 0; });
    result.levels_read.assign(model_.lattices.size(), 0);
    read.reached.each([&](ComponentId c) {
      for (LatticeId lattice : model_.lattices.ids()) {
        result.levels_read[lattice.value] |= uint64_t{1}
                                             << model_.components[c].labels[lattice.value];
      }
    });
    lose_properties(result);
    return result;
  }

  void lose_properties(ImpactRank& rank) {
    for (auto at = relies_.lower_bound({rank.component, PropertyId(0)});
         at != relies_.end() && at->first == rank.component; ++at) {
      const auto& flow = std::get<NeverFlow>(model_.properties[at->second].body);
      FlowCuts cuts(model_, {rank.component});
      for (ReleaseId release : flow.except) cuts.count(release);
      const FlowArrivals arrivals = graph_.spread(flow.from, FlowDirection::Forward, cuts);
      if (std::any_of(flow.to.begin(), flow.to.end(), [&](ComponentId to) {
            return arrivals[to.value].steps != FlowArrival::Never;
          })) {
        rank.properties.push_back(at->second);
      }
    }
  }

  const Model& model_;
  const ImpactGraph& graph_;
  size_t size_;
  BitRows influence_;
  BitRows read_;
  BitRows told_;
  BitRows asked_;
  BitRows all_;
  BitRow trusted_;
  std::set<std::pair<ComponentId, PropertyId>> relies_;  // whose proof trusts the component
};

}  // namespace

void sort_ranks(std::vector<ImpactRank>& ranks) {
  const auto worse = [](const ImpactRank& a, const ImpactRank& b) {
    const auto key = [](const ImpactRank& r) {
      return std::tuple(r.trusted, r.properties.size(), r.influenced, r.asked, r.read, r.told);
    };
    return key(b) < key(a) || (key(a) == key(b) && a.component < b.component);
  };
  std::sort(ranks.begin(), ranks.end(), worse);
}

std::vector<ImpactRank> rank_impacts(Engine& engine, const ImpactGraph& graph,
                                     const std::function<void(size_t, size_t)>& progress) {
  return ImpactRanking(engine, graph).run(progress);
}

}  // namespace bh
