#include <algorithm>

#include "lang/checker.h"

namespace bh {

// ---- tests ----------------------------------------------------------------------------------

void Checker::tests() {
  std::unordered_map<std::string_view, Span> names;
  for (const ast::TestDecl& d : ast_.tests) {
    declare(names, d.name);
    Test test;
    test.name = std::string(d.name.text);
    test.span = d.span;
    for (const ast::StepDecl& s : d.steps) step(s, test);
    if (for_this_setting(d)) model_.tests.add(std::move(test));
  }
}

// A test speaks of one product: the standard one, but for what its `with` says.
bool Checker::for_this_setting(const ast::TestDecl& d) {
  std::vector<uint64_t> wanted;
  for (const Variant& variant : model_.variants) wanted.push_back(variant.standard);
  std::unordered_map<std::string_view, Span> given;
  for (const auto& [name, value] : d.with) {
    const auto at = variants_.find(name.text);
    if (at == variants_.end()) {
      std::vector<std::string_view> names;
      for (const Variant& variant : model_.variants) names.push_back(variant.name);
      unknown(name, names, diag::UnknownVariant, name.text);
      continue;
    }
    const TypeId type = model_.variants[at->second].type;
    if (!declare(given, name) || !type.valid()) continue;
    word(value, model_.types[type], false, wanted[at->second.value]);
  }
  for (const VariantId id : model_.variants.ids()) {
    if (model_.variants[id].chosen != wanted[id.value]) return false;
  }
  return true;
}

void Checker::step(const ast::StepDecl& d, Test& to) {
  TestStep next;
  next.expect_granted = d.expect_granted;
  next.span = d.span;
  Request& request = next.step.request;
  const bool caller = one_component(d.caller, request.caller);
  const bool operation = one_operation(d.operation, request.operation) && arguments(d, request);
  if (caller && operation) check_senders({request.caller}, {{request.operation}}, d.caller.span);
  for (const ast::Number& wait : d.waits) {
    uint32_t some = 0;
    if (milliseconds(wait, some)) next.step.wait_ms += some;
  }
  if (d.reply) {
    next.step.reply = *d.reply;
    if (!d.expect_granted) reporter_.report(d.reply_span, diag::ReplyToRefused);
  }
  if (!d.by.missing()) decided_by(d.by, next);
  to.steps.push_back(std::move(next));
}

// Arguments that are not given take the least value of their type.
bool Checker::arguments(const ast::StepDecl& d, Request& request) {
  const Method& method = model_.method_of(request.operation);
  for (const Parameter& p : method.parameters) {
    if (!p.type.valid()) return false;
    request.words.push_back(model_.types[p.type].domain.least().value_or(0));
  }
  bool good = true;
  std::unordered_map<std::string_view, Span> given;
  std::vector<std::string_view> names;
  for (const Parameter& p : method.parameters) names.push_back(p.name);
  for (const auto& [name, value] : d.arguments) {
    size_t i = 0;
    while (i < names.size() && names[i] != name.text) ++i;
    if (i == names.size()) {
      if (!broken_interfaces_[method.interface.value]) {
        unknown(name, names, diag::UnknownParameter, print(model_, request.operation), name.text);
      }
      good = false;
      continue;
    }
    if (!declare(given, name)) continue;
    good = word(value, model_.types[method.parameters[i].type], false, request.words[i]) && good;
  }
  return good;
}

void Checker::decided_by(const ast::Name& by, TestStep& step) {
  if (by.text == "default") {
    step.by_default = true;
    return;
  }
  const Cited* cited = find_cited(by);
  if (cited == nullptr) {
    unknown(by, cited_names({CitedKind::Rule, CitedKind::Protocol}), diag::UnknownStatementName,
            by.text);
  } else if (cited->kind == CitedKind::Rule) {
    step.by_rule = RuleId(cited->index);
  } else if (cited->kind == CitedKind::Protocol) {
    const std::vector<ProtocolId>& all = protocols_of_[cited->index];
    const auto here = std::find_if(all.begin(), all.end(), [&](ProtocolId id) {
      return step.step.request.operation.valid() &&
             model_.protocols[id].endpoint ==
                 model_.operations[step.step.request.operation].endpoint;
    });
    if (here != all.end()) step.by_protocol = *here;
    const bool stray = all.empty() ? !ast_.protocols[cited->index].broken && reporter_.errors() == 0
                                   : all.size() > 1 && step.step.request.operation.valid();
    if (here == all.end() && stray) {
      reporter_.report(
          by.span, diag::WrongKind, by.text,
          all.empty() ? "a protocol that no endpoint has" : "a protocol of other endpoints",
          "one of this endpoint");
    }
    if (here == all.end() && all.size() == 1) step.by_protocol = all[0];
  } else {
    reporter_.report(by.span, diag::WrongKind, by.text, "another statement", "a rule or a protocol")
        .label(cited->span, "declared here");
  }
}

// ---- targets --------------------------------------------------------------------------------

void Checker::targets() {
  std::unordered_map<std::string_view, Span> names;
  for (const ast::MonitorDecl& d : ast_.monitors) {
    if (!declare(names, d.name)) continue;
    MonitorTarget target;
    target.span = d.span;
    if (d.budget) target.budget_bytes = d.budget->value;
    if (d.timeout) milliseconds(*d.timeout, target.call_ms.emplace());
    model_.monitor = target;
  }
  for (const ast::SelinuxDecl& d : ast_.selinux) {
    if (declare(names, d.name)) selinux(d);
  }
}

void Checker::selinux(const ast::SelinuxDecl& d) {
  SelinuxTarget target;
  target.span = d.span;
  std::unordered_map<std::string_view, Span> mapped;
  for (const auto& m : d.mappings) {
    if (declare(mapped, m.subject)) selinux_mapping(m, target);
  }
  std::unordered_map<std::string_view, Span> approximated;
  for (const auto& a : d.approximations) {
    if (!declare(approximated, a.statement)) continue;
    SelinuxTarget::Approximation next;
    next.because = a.because.value;
    next.span = join(a.statement.span, a.because.span);
    const Cited* cited = find_cited(a.statement);
    if (cited == nullptr) {
      unknown(a.statement, cited_names({CitedKind::Rule, CitedKind::Protocol}),
              diag::UnknownStatementName, a.statement.text);
    } else if (cited->kind == CitedKind::Rule) {
      next.rule = RuleId(cited->index);
    } else if (cited->kind == CitedKind::Protocol) {
      for (const ProtocolId id : protocols_of_[cited->index]) {
        next.protocol = id;
        target.approximations.push_back(next);
      }
      if (a.because.given()) continue;
    } else {
      reporter_
          .report(a.statement.span, diag::WrongKind, a.statement.text, "another statement",
                  "a rule or a protocol")
          .label(cited->span, "declared here");
    }
    if (!a.because.given())
      reporter_.report(a.statement.span, diag::MissingReason, a.statement.text);
    target.approximations.push_back(std::move(next));
  }
  model_.selinux = std::move(target);
}

void Checker::selinux_mapping(const ast::SelinuxDecl::Mapping& m, SelinuxTarget& to) {
  const Entity* entity = find_entity(m.subject);
  if (entity == nullptr) return;
  const Span span = join(m.subject.span, m.name.span);
  if (entity->kind == EntityKind::Component && !m.is_class) {
    selinux_type(m, ComponentId(entity->index), span, to);
  } else if (entity->kind == EntityKind::Interface && m.is_class) {
    to.classes.push_back({InterfaceId(entity->index), std::string(m.name.text), span});
  } else if (entity->kind == EntityKind::Interface) {
    reporter_
        .report(m.subject.span, diag::WrongKind, m.subject.text, "an interface",
                "a component or object")
        .help(fmt::format("an interface becomes a class: {} = class {}", m.subject.text,
                          m.name.text));
  } else {
    reporter_.report(m.subject.span, diag::WrongKind, m.subject.text, describe(*entity),
                     m.is_class ? "an interface" : "a component or object");
  }
}

// What is started has a program and a role, what is stored has places.
void Checker::selinux_type(const ast::SelinuxDecl::Mapping& m, ComponentId id, Span span,
                           SelinuxTarget& to) {
  SelinuxTarget::TypeName next{id, std::string(m.name.text), span};
  const bool is_object = model_.components[id].kind == ComponentKind::Object;
  const auto wrong_kind = [&](Span where) {
    reporter_.report(where, diag::WrongKind, m.subject.text,
                     is_object ? "an object" : "a component",
                     is_object ? "a component" : "an object");
  };
  if (is_object && !m.role.missing()) wrong_kind(m.role.span);
  if (is_object && m.program.given()) wrong_kind(m.program.span);
  if (!is_object && !m.paths.empty()) wrong_kind(m.paths.front().span);
  next.role = m.role.text;
  if (m.program.given()) next.program = NamedText{m.program.value, m.program.span};
  for (const ast::Text& path : m.paths) next.paths.push_back({path.value, path.span});
  to.types.push_back(std::move(next));
}

}  // namespace bh
