// Whom the proofs rely on: `tcb n: { KeyStore }`.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "solver/queries/properties.h"
#include "solver/queries/report.h"

namespace bh {

namespace {

// What one proof takes for granted.
struct Reliance {
  PropertyId proof;  // invalid: that every allowed edge keeps to its labels
  Trust trust;
};

std::vector<Reliance> reliances(const Model& model, const FlowGraph& flows) {
  std::vector<Reliance> result;
  for (const Trust& trust : trusted_by_labels(model, flows)) result.push_back({{}, trust});
  for (PropertyId id : model.properties.ids()) {
    const auto* flow = std::get_if<NeverFlow>(&model.properties[id].body);
    if (flow == nullptr) continue;
    for (const Trust& trust : trusted_by(model, *flow, flows)) result.push_back({id, trust});
  }
  return result;
}

// Without the edges that perhaps are never granted.
FlowGraph sure_edges(FlowGraph flows) {
  for (std::vector<FlowLink>& links : flows) {
    for (FlowLink& link : links) {
      std::erase_if(link.edges, [](const FlowEdge& edge) { return edge.can != Can::Yes; });
    }
  }
  return flows;
}

// The first reliance on each component that is not listed.
std::vector<Reliance> unlisted(const std::vector<Reliance>& all, const TrustedBase& base) {
  std::set<ComponentId> known(base.components.begin(), base.components.end());
  std::vector<Reliance> result;
  for (const Reliance& reliance : all) {
    if (known.insert(reliance.trust.component).second) result.push_back(reliance);
  }
  return result;
}

void report(PropertyContext& context, const Property& property, const Reliance& reliance) {
  const Model& model = context.engine.model;
  const Release& release = model.releases[reliance.trust.release];
  const std::string& component = model.components[reliance.trust.component].name;
  const std::string proof =
      reliance.proof.valid() ? "'" + model.properties[reliance.proof].name + "'" : "the labels";
  auto finding = context.sink.report(property.span, diag::TrustNotListed, property.name, component,
                                     release.name, proof);
  finding.label(release.span, "applied by '" + component + "'");
  if (reliance.proof.valid()) {
    finding.label(model.properties[reliance.proof].span, "this proof relies on it");
  }
  finding.help(fmt::format("list '{}', or let nothing need '{}'", component, release.name));
}

}  // namespace

PropertyVerdict check_trusted_base(PropertyContext& context, PropertyId id,
                                   const TrustedBase& base) {
  const Model& model = context.engine.model;
  const Property& property = model.properties[id];
  const std::vector<Reliance> all = reliances(model, context.flows);
  PropertyVerdict verdict;
  verdict.property = id;
  std::set<ComponentId> trusted;
  for (const Reliance& reliance : all) trusted.insert(reliance.trust.component);
  verdict.trusted = {trusted.begin(), trusted.end()};
  const std::vector<Reliance> missing = unlisted(all, base);
  if (missing.empty()) {
    verdict.verdict = Verdict::Proved;
    return verdict;
  }
  const std::vector<Reliance> sure = unlisted(reliances(model, sure_edges(context.flows)), base);
  if (sure.empty()) {
    return undecided(context, id, "the solver gave up on whether what is released is ever granted");
  }
  for (const Reliance& reliance : sure) report(context, property, reliance);
  verdict.verdict = Verdict::Violated;
  return verdict;
}

}  // namespace bh
