// `impact C[,D]`: what a break-in at C (and D) reaches.
//
// The attacker has the compromised components: he may issue every request that they can be granted,
// in any order, and answer every request that they are asked as he likes. Every other component is
// a black box that may forward anything it has received, but still applies its own releases and
// endorsements: what it releases is no longer the secret, what it endorses is no longer tainted.
// Releases and endorsements that a compromised component applies are void.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "solver/check.h"
#include "solver/queries/engine.h"
#include "solver/queries/flow.h"
#include "solver/queries/impact_graph.h"

namespace bh {

// A request that a compromised component can have granted in some reachable state.
struct ImpactRequest {
  ComponentId subject;
  OperationId operation;
  std::string region;         // of the arguments, exactly; empty: all within their types
  std::vector<RuleId> rules;  // the allows that grant some of it
  Trace trace;                // the shortest way there; its last step is the request
  bool sure = true;           // false: the solver gave up, so perhaps never granted
  // Where several settings of the policy's variants were put together: in which; empty: in all.
  std::vector<uint32_t> settings = {};
};

// A component that the break-in reaches, and the last step of a shortest way. From a compromised
// component onwards, or (what is read) towards it.
struct ImpactReach {
  ComponentId component;
  uint32_t steps = 0;  // 1 or more
  FlowStep last;       // its first step, where the component is read
  std::string region;  // of the arguments of that step's request; empty: all
  std::string above;   // told: the highest level of what arrives that its label does not allow
  bool sure = true;
  std::vector<uint32_t> settings = {};  // as in ImpactRequest
};

// A component that carries out requests of a compromised or an influenced one, but is itself not
// influenced: they move no data there, or what they move is endorsed.
struct ImpactAsked {
  ComponentId component;
  ComponentId by;
  OperationId operation;
  uint32_t steps = 0;
  bool sure = true;
  std::vector<uint32_t> settings = {};  // as in ImpactRequest
};

// A release or endorsement at the edge of what is reached.
struct ImpactGuard {
  ReleaseId release;
  ComponentId component;                // applies it
  FlowStep step;                        // the first that it cuts, or no longer cuts
  std::vector<uint32_t> settings = {};  // as in ImpactRequest
};

// A `never flow` property, before the break-in and after.
struct ImpactProperty {
  PropertyId property;
  Verdict before = Verdict::Unknown;
  Verdict after = Verdict::Unknown;
  std::vector<FlowStep> path;           // after == Violated: how
  std::vector<ComponentId> relied_on;   // compromised components that its proof trusts
  std::vector<uint32_t> settings = {};  // as in ImpactRequest
};

// A component that some proof or a `tcb` trusts.
struct ImpactTrusted {
  ComponentId component;
  std::vector<std::string> by;  // "key_leaves", "the labels": whose proof, in declaration order
  enum class How : uint8_t { Untouched, Asked, Influenced, Compromised } how = How::Untouched;
};

// What it would help to have one rule less.
struct ImpactRule {
  RuleId rule;
  size_t influenced = 0;  // components less
  size_t read = 0;
  size_t told = 0;
  size_t requests = 0;                 // direct ones
  std::vector<PropertyId> properties;  // that hold again
  size_t components() const { return influenced + read + told; }
};

// Reaches are ordered by steps, then by declaration.
struct Impact {
  std::vector<ComponentId> compromised;
  std::vector<ImpactRequest> requests;  // by subject, then by operation
  std::vector<ImpactReach> influenced;  // what it sends may have come from the attacker
  std::vector<ImpactReach> read;        // whose data can come to the attacker
  std::vector<ImpactReach> told;        // where what the attacker holds or obtains can come
  std::vector<ImpactAsked> asked;
  std::vector<ImpactGuard> stopped;  // by whom it is kept from going on
  std::vector<ImpactGuard> voided;
  std::vector<ImpactProperty> properties;  // of flow, declaration order
  // What components can be granted at their worst; neither flows nor `tcb`. A break-in changes
  // none.
  size_t other_properties = 0;
  std::vector<ImpactTrusted> trusted;  // declaration order
  std::vector<ImpactRule> rules;       // those that help most, best first
  size_t rules_untried = 0;
  bool undecided = false;       // the solver gave up somewhere that matters
  bool internal_error = false;  // a witness did not replay
};

struct ImpactOptions {
  size_t rules_shown = 5;
  size_t rules_tried = 2000;
};

Impact find_impact(Engine& engine, const ImpactGraph& graph,
                   const std::vector<ComponentId>& compromised, const ImpactOptions& options);

// The rules without which the break-in reaches least; fills in `rules` and `rules_untried`. Each
// candidate is tried exactly: protocol states that nobody reaches without it count as well.
void find_rules(Engine& engine, const ImpactGraph& graph, const ImpactOptions& options,
                Impact& impact);

// The path of a flow that is possible although `property` forbids it; nothing if it holds.
std::optional<std::vector<FlowStep>> breaking_path(Engine& engine, const ImpactGraph& graph,
                                                   const NeverFlow& flow, const FlowCuts& cuts,
                                                   bool& sure);

// A formula as a condition.
ConditionId export_region(const smt::Exprs& exprs, smt::ExprId id, Conditions& out);
// The arguments of an operation that satisfy the formula, as a condition on its parameters; empty:
// all.
std::string print_region(const Model& model, OperationId operation, smt::Exprs& exprs,
                         smt::ExprId region);

// ---- all components

// A component's impact in numbers.
struct ImpactRank {
  ComponentId component;
  size_t influenced = 0;
  uint32_t steps = 0;  // the most that it takes to influence one of them
  size_t asked = 0;    // carry out its requests, or those of whom it influences, uninfluenced
  size_t read = 0;
  size_t told = 0;
  size_t trusted = 0;                 // compromised, influenced or asked
  std::vector<uint64_t> levels_read;  // by lattice: bits of the levels of what is read, its own too
  std::vector<PropertyId> properties;  // that no longer hold
};

// Of every component that is no object, the worst first: by trusted parts, lost properties,
// influenced, asked, read, told, then declaration. `progress` hears how many of how many are done.
std::vector<ImpactRank> rank_impacts(Engine& engine, const ImpactGraph& graph,
                                     const std::function<void(size_t, size_t)>& progress);

// Whether to take the rule of `a` away helps more; of equal ones, the first declared.
bool better(const ImpactRule& a, const ImpactRule& b);

// Into that order; of equal ones, as declared.
void sort_ranks(std::vector<ImpactRank>& ranks);

}  // namespace bh
