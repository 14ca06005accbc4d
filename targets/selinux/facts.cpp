#include "targets/selinux/facts.h"

#include <fmt/format.h>

namespace bh {

std::string print(const TeFact& fact) {
  return fmt::format("{} -> {} : {} {}", fact.source, fact.target, fact.object_class,
                     fact.permission);
}

TeFacts type_enforcement(const CheckedModel& checked, const SelinuxNames& names) {
  const Model& model = *checked;
  TeFacts facts;
  for (const Cell& cell : grantable_cells(checked)) {
    const Endpoint& endpoint = model.endpoint_of(cell.operation);
    facts.insert({names.type(cell.subject), names.type(endpoint.owner),
                  names.object_class(endpoint.interface).name,
                  model.method_of(cell.operation).name});
  }
  return facts;
}

bool compare(const TeFacts& model, const BinaryTe& binary, DiagnosticSink& sink) {
  const size_t errors = sink.count(Severity::Error);
  for (const std::string& type : binary.missing) sink.report({}, diag::CompiledTypeMissing, type);
  for (const std::string& type : binary.permissive)
    sink.report({}, diag::CompiledTypePermissive, type);
  for (const TeFact& fact : model) {
    if (binary.facts.count(fact) == 0 || binary.filtered.count(fact) > 0) {
      sink.report({}, diag::CompiledGrantMissing, print(fact));
    }
  }
  for (const TeFacts* compiled : {&binary.facts, &binary.conditional}) {
    for (const TeFact& fact : *compiled) {
      if (model.count(fact) == 0) sink.report({}, diag::CompiledGrantExtra, print(fact));
    }
  }
  for (const TeFact& fact : binary.foreign)
    sink.report({}, diag::CompiledGrantForeign, print(fact));
  return sink.count(Severity::Error) == errors;
}

}  // namespace bh
