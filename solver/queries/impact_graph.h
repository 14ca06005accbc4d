// Who can send data to whom, one link for each pair of components: the flow graph as a break-in
// sees it. Which releases still hold is asked of a link, not built into it, so that one graph
// answers for every set of compromised components.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "solver/queries/engine.h"
#include "solver/queries/flow.h"
#include "solver/reference/evaluator.h"

namespace bh {

// Data items on a link that the same releases and endorsements cover.
struct CoveredItems {
  std::vector<ReleaseId> releases;  // one or more, declaration order
  Can can = Can::No;
};

struct ImpactLink {
  ComponentId from;
  ComponentId to;
  Can plain = Can::No;  // items that nothing covers
  std::vector<CoveredItems> covered;
};

// `from` can be granted some request that `to` carries out, whether or not it moves data.
struct AskLink {
  ComponentId from;
  ComponentId to;
  Can can = Can::No;
};

enum class FlowDirection : uint8_t { Forward, Backward };
enum class FlowCertainty : uint8_t { Sure, Possible };

// Which releases and endorsements cut what they cover: those that count, where the component that
// applies them is not compromised.
//
// `endorse e: KeyStore.keys.sign tainted => trusted` names the signature too, which goes from the
// key store to a tainted parser. Nothing is endorsed there: a break-in at the key store does
// influence the parser. So for a break-in one counts only where it changes something: the sender
// of what is released is above the level that it is released to, the receiver of what is endorsed
// above the level that it is endorsed from. The proof of a `never flow` leaves out whatever the
// releases that it excepts cover.
class FlowCuts {
 public:
  FlowCuts(const Model& model, const std::vector<ComponentId>& compromised);
  // Those of a kind, where they change something.
  static FlowCuts of_kind(const Model& model, ReleaseKind kind,
                          const std::vector<ComponentId>& compromised);

  void count(ReleaseId release) { counts_[release.value] = true; }
  bool compromised(ComponentId component) const { return lost_[component.value]; }
  bool counts(ReleaseId release) const { return counts_[release.value]; }
  // Whether it keeps what it covers from passing from one component to the other.
  bool holds(ReleaseId release, ComponentId from, ComponentId to) const;
  // Who answers for it there: the sender of what is released, the receiver of what is endorsed.
  ComponentId applied_by(ReleaseId release, ComponentId from, ComponentId to) const;

 private:
  const Model& model_;
  std::vector<bool> counts_;  // by release
  std::vector<bool> lost_;    // by component
  bool only_changes_ = false;
};

// Whether it lowers secrecy, or raises integrity, of what goes from one component to the other.
bool changes_level(const Model& model, ReleaseId release, ComponentId from, ComponentId to);

// How something came to a component.
struct FlowArrival {
  static constexpr uint32_t Never = 0xffff'ffff;
  uint32_t steps = Never;  // 0: it was there
  ComponentId neighbour;   // steps > 0: where it came from (backwards: went to) in the last step
  bool sure = true;        // false: only if a request is granted about which the solver gave up
};
using FlowArrivals = std::vector<FlowArrival>;  // by component

struct OperationItems;
struct OwnerRow;

class ImpactGraph {
 public:
  explicit ImpactGraph(Engine& engine);

  // By the other end, in declaration order.
  const std::vector<ImpactLink>& from(ComponentId component) const {
    return from_[component.value];
  }
  const std::vector<ImpactLink>& to(ComponentId component) const { return to_[component.value]; }
  const std::vector<AskLink>& asked_by(ComponentId component) const {
    return asked_by_[component.value];
  }
  size_t links() const { return links_; }

  // Whether something passes the link that no release keeps from passing.
  static Can open(const ImpactLink& link, const FlowCuts& cuts);

  // Where what is in `start` comes (Forward), or whence something comes there (Backward), with as
  // few steps as possible.
  FlowArrivals spread(const std::vector<ComponentId>& start, FlowDirection direction,
                      const FlowCuts& cuts) const;

  // One item on the link that passes, with its cell: a sure one if there is one.
  struct Passage {
    DataItem item;
    const MatrixCell* cell = nullptr;
    Can can = Can::No;
  };
  std::optional<Passage> passage(Engine& engine, ComponentId from, ComponentId to,
                                 const FlowCuts& cuts) const;
  // All of them.
  std::vector<Passage> passages(Engine& engine, ComponentId from, ComponentId to,
                                const FlowCuts& cuts) const;

  // The releases and endorsements that cover the item between these two.
  std::vector<ReleaseId> covering(const Model& model, const DataItem& item, ComponentId from,
                                  ComponentId to) const;

  // Can::Yes, quickly where the initial states of the protocols permit it.
  Can can(Engine& engine, const MatrixCell& cell) const;

 private:
  OperationItems items_of(const Model& model, OperationId operation) const;
  void add_owner(Engine& engine, ComponentId owner, std::vector<OwnerRow>& rows);
  void add_cell(Engine& engine, const MatrixCell& cell, const OperationItems& items,
                std::vector<OwnerRow>& rows);
  void mark(const FlowCuts& cuts, FlowDirection direction, FlowCertainty certainty,
            const std::vector<ComponentId>& start, FlowArrivals& arrivals) const;

  Evaluator at_first_;
  std::map<DataItem, std::vector<ReleaseId>> releases_;
  std::vector<std::vector<ImpactLink>> from_;
  std::vector<std::vector<ImpactLink>> to_;
  std::vector<std::vector<AskLink>> asked_by_;
  size_t links_ = 0;
};

// What the proof of a flow, or (no property) the labels, rely on; as in flow.h, but by links.
std::vector<Trust> trusted_by(const Model& model, const NeverFlow& flow, const ImpactGraph& graph);
std::vector<Trust> trusted_by_labels(const Model& model, const ImpactGraph& graph);

}  // namespace bh
