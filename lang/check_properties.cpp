#include <algorithm>

#include "lang/checker.h"

namespace bh {

void Checker::properties() {
  for (const ast::PropertyDecl& d : ast_.properties) {
    Property p;
    std::visit(
        [&](const auto& decl) {
          p.name = std::string(decl.name.text);
          p.span = decl.span;
          if (!decl.broken) property(decl, p);
        },
        d);
    model_.properties.add(std::move(p));
  }
}

void Checker::property(const ast::NeverRequestDecl& d, Property& to) {
  NeverRequest body;
  requests(d.subjects, d.targets, d.condition, d.negated, false, body.subjects, body.targets);
  to.body = std::move(body);
}

// A level as a source stands for what must be guarded from it on, as a sink for those it must be
// guarded from: secrecy `l` is labelled at or above l as a source, at or below l as a sink;
// integrity the other way round.
bool Checker::flow_end(const ast::PathSet& set, bool is_source, std::vector<ComponentId>& to) {
  bool good = true;
  for (const ast::Path& path : set.paths) {
    const ast::Name& name = path.parts[0];
    if (path.parts.size() > 1 || !path.alternatives.empty()) {
      reporter_.report(path.span, diag::WrongKind, text(path), "more than one name",
                       "a level or a component");
      good = false;
      continue;
    }
    const auto at = entities_.find(name.text);
    if (at == entities_.end()) {
      if (!broken_lattice_) {
        unknown(name, entity_names({EntityKind::Component, EntityKind::Group, EntityKind::Level}),
                diag::UnknownComponent, name.text);
      }
      good = false;
      continue;
    }
    const Entity& entity = at->second;
    if (entity.kind == EntityKind::Component) {
      to.push_back(ComponentId(entity.index));
    } else if (entity.kind == EntityKind::Group) {
      const auto& members = model_.groups[GroupId(entity.index)].members;
      to.insert(to.end(), members.begin(), members.end());
    } else if (entity.kind == EntityKind::Level) {
      const Lattice& lattice = model_.lattices[entity.lattice];
      const bool upwards = (lattice.kind == LatticeKind::Secrecy) == is_source;
      for (const ComponentId id : model_.components.ids()) {
        const uint32_t label = model_.components[id].labels[entity.lattice.value];
        if (upwards ? lattice.at_most(entity.index, label) : lattice.at_most(label, entity.index)) {
          to.push_back(id);
        }
      }
    } else {
      reporter_.report(name.span, diag::WrongKind, name.text, describe(entity),
                       "a level or a component");
      good = false;
    }
  }
  std::sort(to.begin(), to.end());
  to.erase(std::unique(to.begin(), to.end()), to.end());
  return good;
}

static std::string written(const ast::PathSet& set) {
  std::string names;
  for (const ast::Path& path : set.paths) {
    if (!names.empty()) names += ", ";
    names += path.parts[0].text;
  }
  return set.paths.size() == 1 ? names : "{" + names + "}";
}

void Checker::property(const ast::NeverFlowDecl& d, Property& to) {
  NeverFlow body;
  body.from_text = written(d.from);
  body.to_text = written(d.to);
  flow_end(d.from, true, body.from);
  flow_end(d.to, false, body.to);
  for (const ast::Name& name : d.except) {
    const Cited* cited = find_cited(name);
    if (cited == nullptr) {
      unknown(name, cited_names({CitedKind::Release}), diag::UnknownRelease, name.text);
    } else if (cited->kind != CitedKind::Release) {
      reporter_
          .report(name.span, diag::WrongKind, name.text, "another statement",
                  "a release or endorsement")
          .label(cited->span, "declared here");
    } else {
      body.except.push_back(ReleaseId(cited->index));
    }
  }
  to.body = std::move(body);
}

void Checker::property(const ast::NeverBeforeDecl& d, Property& to) {
  NeverBefore body;
  operations(d.operations, body.operations);
  one_operation(d.first, body.first);
  body.first_outcome = d.outcome;
  body.by_anyone = d.by_anyone;
  to.body = std::move(body);
}

void Checker::property(const ast::RequireDecl& d, Property& to) {
  Require body;
  const bool known = one_component(d.subject, body.subject);
  for (const ast::RequireDecl::Step& step : d.steps) {
    OperationId operation;
    if (!one_operation(step.operation, operation)) continue;
    std::vector<ConditionalOperation> wish = {{operation}};
    if (!conditional(step.condition, false, wish)) continue;
    body.steps.push_back(wish[0]);
    if (known) check_senders({body.subject}, wish, step.operation.span);
  }
  to.body = std::move(body);
}

void Checker::property(const ast::HoldsDecl& d, Property& to) {
  Holds body;
  bool any = false;
  subjects(d.subjects, body.subjects, any);
  operations(d.within, body.within);
  to.body = std::move(body);
}

void Checker::property(const ast::SeparateDecl& d, Property& to) {
  Separate body;
  for (const ast::PathSet& duty : d.duties) {
    Separate::Duty next;
    for (const ast::Path& path : duty.paths) {
      next.text += (next.text.empty() ? "" : ", ") + text(path);
    }
    if (duty.paths.size() > 1) next.text = "{" + next.text + "}";
    operations(duty, next.operations);
    body.duties.push_back(std::move(next));
  }
  to.body = std::move(body);
}

// `Session.Open`, `Lights.{Green, Yellow}`
bool Checker::states(const ast::Path& path, NeverState::Part& to) {
  const ast::Name& name = path.parts[0];
  const Cited* cited = find_cited(name);
  if (cited == nullptr) {
    unknown(name, cited_names({CitedKind::Protocol}), diag::UnknownProtocol, name.text);
    return false;
  }
  const bool one = path.parts.size() == 2 && path.alternatives.empty();
  const bool several = path.parts.size() == 1 && !path.alternatives.empty();
  if (cited->kind != CitedKind::Protocol || path.others || (!one && !several)) {
    reporter_.report(path.span, diag::WrongKind, text(path), "something else",
                     "a protocol and its state, as in 'Session.Open',");
    return false;
  }
  to.protocols = protocols_of_[cited->index];
  if (to.protocols.empty()) return false;
  const Protocol& protocol = model_.protocols[to.protocols[0]];
  std::vector<std::string_view> names;
  for (const State& state : protocol.states) names.push_back(state.name);
  bool good = true;
  for (const ast::Name& state : one ? std::vector<ast::Name>{path.parts[1]} : path.alternatives) {
    const auto at = std::find(names.begin(), names.end(), state.text);
    if (at != names.end()) {
      to.states.push_back(static_cast<uint32_t>(at - names.begin()));
    } else {
      if (!ast_.protocols[cited->index].broken) {
        unknown(state, names, diag::UnknownState, protocol.name, state.text);
      }
      good = false;
    }
  }
  std::sort(to.states.begin(), to.states.end());
  to.states.erase(std::unique(to.states.begin(), to.states.end()), to.states.end());
  return good;
}

void Checker::property(const ast::NeverStateDecl& d, Property& to) {
  NeverState body;
  for (const ast::Path& path : d.parts) states(path, body.parts.emplace_back());
  to.body = std::move(body);
}

void Checker::property(const ast::TrustedBaseDecl& d, Property& to) {
  TrustedBase body;
  bool any = false;
  subjects(d.components, body.components, any);
  if (d.most_lines) body.most_lines = d.most_lines->value;
  to.body = std::move(body);
}

}  // namespace bh
