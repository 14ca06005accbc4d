#include <algorithm>

#include "lang/checker.h"

namespace bh {

// A component's clauses are those of every statement that names it, in the order of the text.
void Checker::code() {
  std::unordered_map<ComponentId, size_t> maps;
  for (const ast::CodeDecl& d : ast_.code) {
    std::vector<ast::Name> names = {d.name};
    names.insert(names.end(), d.others.begin(), d.others.end());
    std::vector<ComponentId> components;
    for (const ast::Name& name : names) code_components(name, components);
    for (const ComponentId component : components) {
      const auto [found, is_new] = maps.try_emplace(component, model_.code.size());
      if (is_new) {
        model_.code.emplace_back();
        model_.code.back().component = component;
        model_.code.back().span = d.span;
      }
      code(d, model_.code[found->second]);
    }
  }
}

// A component, or all instances of one.
bool Checker::code_components(const ast::Name& name, std::vector<ComponentId>& to) {
  const auto at = entities_.find(name.text);
  if (at != entities_.end() && at->second.kind == EntityKind::Group &&
      at->second.index >= ast_.groups.size()) {
    const Group& group = model_.groups[GroupId(at->second.index)];
    to.insert(to.end(), group.members.begin(), group.members.end());
    return true;
  }
  return one_component(name, to.emplace_back()) || (to.pop_back(), false);
}

// What a program holds must not be more secret, or more trusted, than its component is.
void Checker::holds(const ast::CodeDecl& d, CodeMap& map) {
  for (const ast::HoldDecl& h : d.holds) {
    const auto at = entities_.find(h.level.text);
    if (at == entities_.end() || at->second.kind != EntityKind::Level) {
      if (!broken_lattice_) {
        unknown(h.level, entity_names({EntityKind::Level}), diag::UnknownLevel, h.level.text);
      }
      continue;
    }
    const Lattice& lattice = model_.lattices[at->second.lattice];
    const Component& component = model_.components[map.component];
    const uint32_t own = component.labels[at->second.lattice.value];
    if (!lattice.may_flow(at->second.index, own)) {
      reporter_
          .report(h.level.span, diag::HeldAboveLabel, component.name, lattice.levels[own].name,
                  h.level.text)
          .label(component.span, "labelled here");
    }
    map.holds.push_back({h.variable.value, at->second.lattice, at->second.index, h.span});
  }
}

static void append(std::vector<NamedText>& to, const std::vector<ast::Text>& texts) {
  for (const ast::Text& text : texts) to.push_back({text.value, text.span});
}

void Checker::code(const ast::CodeDecl& d, CodeMap& map) {
  append(map.sources, d.sources);
  append(map.forbids, d.forbids);
  for (const ast::EntryDecl& e : d.entries) {
    CodeEntry& entry = map.entries.emplace_back(CodeEntry{e.function.value, {}, e.span});
    if (e.after.given()) entry.after = {e.after.value, e.value};
  }
  memory(d, map);
  uses(d, map);
  serves(d, map);
  permits(d, map);
  once(d, map);
  musts(d, map);
  checks(d, map);
  holds(d, map);
  shares(d, map);
  accepts(d, map);
  for (const ast::AssumeDecl& a : d.assumes) {
    if (!a.because.given()) reporter_.report(a.subject.span, diag::MissingReason, a.subject.value);
    map.assumes.push_back({a.subject.value, a.value, a.because.value, a.span});
  }
  for (const ast::ResolveDecl& r : d.resolves) {
    if (!r.because.given()) reporter_.report(r.site.span, diag::MissingReason, r.site.value);
    CodeResolve resolve{r.site.value, {}, r.because.value, r.span};
    for (const ast::Text& function : r.functions) resolve.functions.push_back(function.value);
    map.resolves.push_back(std::move(resolve));
  }
}

void Checker::uses(const ast::CodeDecl& d, CodeMap& to) {
  for (const ast::UseDecl& u : d.uses) {
    CodeUse use;
    use.function = u.function.value;
    use.span = u.span;
    if (!one_operation(u.operation, use.operation) || !use_arguments(u, use)) continue;
    if (!check_senders({to.component}, {{use.operation}}, u.operation.span)) continue;
    to.uses.push_back(std::move(use));
  }
}

void Checker::serves(const ast::CodeDecl& d, CodeMap& to) {
  for (const ast::ServeDecl& s : d.serves) {
    CodeServe serve;
    serve.function = s.function.value;
    serve.constant = s.constant;
    serve.span = s.span;
    if (!one_operation(s.operation, serve.operation)) continue;
    if (model_.owner_of(serve.operation) != to.component) {
      reporter_.report(s.operation.span, diag::ForeignServe, text(s.operation), d.name.text);
      continue;
    }
    to.serves.push_back(std::move(serve));
  }
}

bool Checker::argument_number(const ast::Number& number, std::string_view function, uint32_t& to) {
  constexpr uint64_t MaxArgument = 255;
  if (number.value > MaxArgument) {
    too_many(number.span, function, number.value, "arguments", MaxArgument);
    return false;
  }
  to = static_cast<uint32_t>(number.value);
  return true;
}

bool Checker::use_arguments(const ast::UseDecl& d, CodeUse& to) {
  const Method& method = model_.method_of(to.operation);
  std::vector<std::string_view> names;
  for (const Parameter& p : method.parameters) names.push_back(p.name);
  std::unordered_map<std::string_view, Span> bound;
  for (const ast::UseDecl::Argument& a : d.arguments) {
    uint32_t argument = 0;
    if (!argument_number(a.argument, d.function.value, argument)) return false;
    if (a.parameter.missing()) {
      to.matches.push_back({argument, a.constant, a.field.value});
      continue;
    }
    uint32_t parameter = 0;
    while (parameter < names.size() && names[parameter] != a.parameter.text) ++parameter;
    if (parameter == names.size()) {
      if (!broken_interfaces_[method.interface.value]) {
        unknown(a.parameter, names, diag::UnknownParameter, print(model_, to.operation),
                a.parameter.text);
      }
      return false;
    }
    if (!declare(bound, a.parameter)) return false;
    to.bindings.push_back({parameter, argument});
  }
  return true;
}

// What a component permits is asked of itself.
void Checker::permits(const ast::CodeDecl& d, CodeMap& to) {
  for (const ast::PermitDecl& p : d.permits) {
    CodePermit permit;
    permit.function = p.function.value;
    permit.span = p.span;
    bool good = operations(p.operations, permit.operations);
    for (const ast::UseDecl::Argument& a : p.arguments) {
      CodeUse::Match& match = permit.matches.emplace_back();
      match.constant = a.constant;
      good = argument_number(a.argument, permit.function, match.argument) && good;
    }
    for (const OperationId id : permit.operations) {
      if (model_.owner_of(id) == to.component) continue;
      reporter_.report(p.operations.span, diag::ForeignServe, print(model_, id), d.name.text);
      good = false;
      break;
    }
    if (good) to.permits.push_back(std::move(permit));
  }
}

void Checker::memory(const ast::CodeDecl& d, CodeMap& to) {
  for (const ast::Name& name : d.memories) {
    if (to.memory) {
      reporter_
          .report(name.span, diag::SecondMemory, model_.components[to.component].name,
                  to.memory->text)
          .label(to.memory->span, "said here");
      continue;
    }
    to.memory = {std::string(name.text), name.span};
  }
}

void Checker::once(const ast::CodeDecl& d, CodeMap& to) {
  std::unordered_map<std::string_view, Span> said;
  for (const ast::Name& name : d.once) {
    if (declare(said, name)) to.once.push_back({std::string(name.text), name.span});
  }
}

void Checker::musts(const ast::CodeDecl& d, CodeMap& to) {
  constexpr size_t MaxSteps = 16;
  for (const ast::MustDecl& m : d.musts) {
    if (m.steps.size() > MaxSteps) {
      too_many(m.span, "must", m.steps.size(), "steps", MaxSteps);
      continue;
    }
    CodeMust must{{}, m.before.value, m.span};
    std::unordered_map<std::string_view, Span> said = {{m.before.value, m.before.span}};
    for (const ast::Text& step : m.steps) {
      const auto [first, added] = said.emplace(step.value, step.span);
      if (added) {
        must.steps.push_back(step.value);
        continue;
      }
      reporter_.report(step.span, diag::StepTwice, step.value)
          .label(first->second, "also here")
          .help("each function stands once in a chain: must a then b before c");
    }
    if (must.steps.size() == m.steps.size()) to.musts.push_back(std::move(must));
  }
}

void Checker::checks(const ast::CodeDecl& d, CodeMap& to) {
  for (const ast::CheckDecl& c : d.checks) {
    CodeCheck check{c.function.value, std::nullopt, c.with.value, c.span};
    if (c.argument && !argument_number(*c.argument, check.function, check.argument.emplace())) {
      continue;
    }
    if (check.function == check.with) {
      reporter_.report(c.with.span, diag::StepTwice, check.with)
          .label(c.function.span, "also here")
          .help("the check is another function than the one that hands the data over");
      continue;
    }
    to.checks.push_back(std::move(check));
  }
}

// The subjects of a clause that wants a reason, each said once.
template <class To>
void Checker::reasoned(const std::vector<ast::ReasonedDecl>& decls, std::vector<To>& to) {
  std::unordered_map<std::string_view, Span> said;
  for (const ast::ReasonedDecl& decl : decls) {
    for (const ast::Text& subject : decl.subjects) {
      if (!decl.because.given()) {
        reporter_.report(subject.span, diag::MissingReason, subject.value);
      }
      if (declare(said, {subject.value, subject.span})) {
        to.push_back({subject.value, decl.because.value, subject.span});
      }
    }
  }
}

void Checker::shares(const ast::CodeDecl& d, CodeMap& to) { reasoned(d.shares, to.shares); }

void Checker::accepts(const ast::CodeDecl& d, CodeMap& to) { reasoned(d.accepts, to.accepts); }

}  // namespace bh
