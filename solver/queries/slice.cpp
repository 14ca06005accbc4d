#include "solver/queries/slice.h"

#include <algorithm>

namespace bh {

namespace {

// Everything but the rules and what only other phases look at.
Model without_rules(const Model& model) {
  Model part;
  part.name = model.name;
  part.version = model.version;
  part.span = model.span;
  part.types = model.types;
  part.variants = model.variants;
  part.lattices = model.lattices;
  part.interfaces = model.interfaces;
  part.methods = model.methods;
  part.components = model.components;
  part.endpoints = model.endpoints;
  part.operations = model.operations;
  part.groups = model.groups;
  part.conditions = model.conditions;
  part.releases = model.releases;
  part.protocols = model.protocols;
  part.properties = model.properties;
  return part;
}

}  // namespace

Slice slice(const CheckedModel& checked, const CellSet& cells) {
  const Model& model = *checked;
  Model part = without_rules(model);
  std::vector<RuleId> original;
  for (RuleId id : model.rules.ids()) {
    const Rule& rule = model.rules[id];
    for (size_t first = 0; first < rule.targets.size();) {
      const EndpointId endpoint = model.operations[rule.targets[first].operation].endpoint;
      size_t last = first;
      while (last < rule.targets.size() &&
             model.operations[rule.targets[last].operation].endpoint == endpoint) {
        ++last;
      }
      const size_t begin = std::exchange(first, last);
      if (!cells.touches(endpoint)) continue;
      std::vector<ComponentId> subjects;
      std::copy_if(rule.subjects.begin(), rule.subjects.end(), std::back_inserter(subjects),
                   [&](ComponentId subject) { return cells.contains(endpoint, subject); });
      if (subjects.empty()) continue;
      Rule kept{rule.kind, rule.name, std::move(subjects), {}, {}, rule.span, rule.condition_span};
      kept.targets.assign(rule.targets.begin() + static_cast<ptrdiff_t>(begin),
                          rule.targets.begin() + static_cast<ptrdiff_t>(last));
      part.rules.add(std::move(kept));
      original.push_back(id);
    }
  }
  return {*seal(std::move(part), DiagnosticSink()), std::move(original)};
}

}  // namespace bh
