#include "targets/selinux/approximations.h"

#include <fmt/format.h>

namespace bh {

std::string print_cell(const Model& model, ComponentId subject, OperationId operation) {
  return model.components[subject].name + " -> " + print(model, operation);
}

Approximations::Approximations(const Model& model) : model_(model) {
  if (model.selinux) given_ = model.selinux->approximations;
  for (const SelinuxTarget::Approximation& given : given_) {
    if (given.rule.valid()) given_rules_.insert(given.rule);
    if (given.protocol.valid()) given_protocols_.insert(given.protocol);
  }
}

void Approximations::need(const std::vector<Cell>& cells) {
  for (const Cell& cell : cells) {
    const Place place(cell.subject, cell.operation);
    for (RuleId rule : cell.conditional) rules_[rule].insert(place);
    for (ProtocolId protocol : cell.protocols) protocols_[protocol].insert(place);
  }
}

bool Approximations::accepts(const std::vector<RuleId>& rules, ComponentId subject,
                             OperationId operation) {
  for (RuleId rule : rules) {
    if (given_rules_.count(rule) == 0) continue;
    rules_[rule].insert({subject, operation});
    return true;
  }
  return false;
}

void Approximations::report(DiagnosticSink& sink) const {
  for (const SelinuxTarget::Approximation& given : given_) {
    if (uses(given) != nullptr) continue;
    sink.report(given.span, diag::UnusedApproximation, name_of(given))
        .help("remove it from the selinux target");
  }
  for (const auto& [rule, places] : rules_) {
    if (given_rules_.count(rule) == 0) report_rule(sink, model_.rules[rule], *places.begin());
  }
  for (const auto& [protocol, places] : protocols_) {
    if (given_protocols_.count(protocol) == 0)
      report_protocol(sink, model_.protocols[protocol], *places.begin());
  }
}

std::vector<Weakened> Approximations::weakened() const {
  std::vector<Weakened> result;
  for (const SelinuxTarget::Approximation& given : given_) {
    const Places* places = uses(given);
    if (places == nullptr) continue;
    Weakened& added = result.emplace_back();
    added.name = name_of(given);
    added.because = given.because;
    for (const auto& [subject, operation] : *places)
      added.cells.push_back(print_cell(model_, subject, operation));
  }
  return result;
}

const std::string& Approximations::name_of(const SelinuxTarget::Approximation& given) const {
  return given.rule.valid() ? model_.rules[given.rule].name : model_.protocols[given.protocol].name;
}

// The cells for which the approximation is needed; null when there are none.
const Approximations::Places* Approximations::uses(
    const SelinuxTarget::Approximation& given) const {
  if (given.rule.valid()) {
    const auto at = rules_.find(given.rule);
    return at == rules_.end() ? nullptr : &at->second;
  }
  const auto at = protocols_.find(given.protocol);
  return at == protocols_.end() ? nullptr : &at->second;
}

void Approximations::report_rule(DiagnosticSink& sink, const Rule& rule, const Place& place) const {
  const Span span = rule.condition_span.valid() ? rule.condition_span : rule.span;
  sink.report(span, diag::RuleNotExpressible, rule.name)
      .note("SELinux decides " + print_cell(model_, place.first, place.second) +
            " without seeing its arguments")
      .help(fmt::format(
          "write `approximate {} because \"...\"` in the selinux target to {}", rule.name,
          rule.kind == RuleKind::Allow ? "grant it for all arguments" : "leave it to the monitor"));
}

void Approximations::report_protocol(DiagnosticSink& sink, const Protocol& protocol,
                                     const Place& place) const {
  sink.report(protocol.span, diag::ProtocolNotExpressible, protocol.name)
      .note("SELinux decides " + print_cell(model_, place.first, place.second) + " without a state")
      .help(fmt::format("write `approximate {} because \"...\"` in the selinux target to grant "
                        "it in every state",
                        protocol.name));
}

}  // namespace bh
