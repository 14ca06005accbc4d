#include <algorithm>

#include "lang/checker.h"

namespace bh {

void Checker::components() {
  for (const ast::ComponentDecl& d : ast_.components) {
    if (d.instances) {
      instances(d);
    } else {
      component(d.name, d);
    }
  }
}

// `Sandbox[64]`: that many components, and a group of them all.
void Checker::instances(const ast::ComponentDecl& d) {
  const uint64_t count = d.instances->value;
  if (count == 0 || count > MaxInstances) {
    too_many(d.instances->span, d.name.text, count, "instances", MaxInstances);
    return;
  }
  constexpr size_t Weight = 32;  // an instance costs as much as so many listed methods
  if (!within_bounds(d.name.span, count * (1 + d.endpoints.size()) * Weight)) return;
  const auto group = static_cast<uint32_t>(ast_.groups.size() + instance_groups_.size());
  declare_entity(d.name, {EntityKind::Group, group, {}, d.name.span});
  instance_groups_.push_back(&d);
  for (uint64_t i = 0; i < count; ++i) {
    instance_names_.push_front(fmt::format("{}[{}]", d.name.text, i));
    component({instance_names_.front(), d.name.span}, d);
  }
}

void Checker::component(const ast::Name& name, const ast::ComponentDecl& d) {
  Component c;
  c.name = std::string(name.text);
  c.kind = d.kind;
  c.span = d.span;
  const ComponentId id = model_.components.add(std::move(c));
  broken_components_.push_back(d.broken);
  declare_entity(name, {EntityKind::Component, id.value, {}, name.span});
  if (d.kind == ComponentKind::Object) {
    endpoint(id, {"", d.name.span}, d.interface, EndpointRole::Provides, d.span);
  }
  for (const ast::EndpointDecl& e : d.endpoints) endpoint(id, e.name, e.interface, e.role, e.span);
  implied_.resize(model_.endpoints.size(), false);
  if (ast_.mentions_life && d.kind == ComponentKind::Component) implied_endpoint(id, d.name.span);
  labels(id, d);
}

// Every component can be started, stopped and restarted, if somebody may.
void Checker::implied_endpoint(ComponentId id, Span span) {
  if (endpoints_.contains(Member{id.value, "life"})) return;
  endpoint(id, {"life", span}, {"Life", span}, EndpointRole::Provides, span);
  implied_.resize(model_.endpoints.size(), true);
}

void Checker::endpoint(ComponentId id, const ast::Name& name, const ast::Name& interface_name,
                       EndpointRole role, Span span) {
  const EndpointId next(static_cast<uint32_t>(model_.endpoints.size()));
  const auto [at, added] = endpoints_.emplace(Member{id.value, name.text}, next);
  if (!added) {
    duplicate(name, model_.endpoints[at->second].span);
    return;
  }
  Endpoint e;
  e.owner = id;
  e.name = std::string(name.text);
  e.role = role;
  e.span = span;
  const auto entity = entities_.find(interface_name.text);
  if (entity == entities_.end()) {
    unknown(interface_name, entity_names({EntityKind::Interface}), diag::UnknownInterface,
            interface_name.text);
  } else if (entity->second.kind != EntityKind::Interface) {
    reporter_.report(interface_name.span, diag::WrongKind, interface_name.text,
                     describe(entity->second), "an interface");
  } else {
    e.interface = InterfaceId(entity->second.index);
  }
  if (!e.interface.valid()) {
    endpoints_.erase(at);
    broken_components_[id.value] = true;
    return;
  }
  const MethodKind kind = role == EndpointRole::Handles ? MethodKind::Event : MethodKind::Call;
  for (const MethodId method : model_.interfaces[e.interface].methods) {
    if (model_.methods[method].kind != kind) continue;
    const OperationId operation = model_.operations.add({next, method});
    e.operations.push_back(operation);
    operations_of_[method.value].push_back(operation);
  }
  if (role == EndpointRole::Provides) {
    provides_.insert(uint64_t{id.value} << 32 | e.interface.value);
  } else if (e.operations.empty() && !broken_interfaces_[e.interface.value]) {
    reporter_
        .report(interface_name.span, diag::NothingToHandle, interface_name.text, "event to handle")
        .help("'provides' offers the calls of an interface; 'handles' receives its events");
  }
  model_.components[id].endpoints.push_back(model_.endpoints.add(std::move(e)));
}

void Checker::labels(ComponentId id, const ast::ComponentDecl& d) {
  constexpr uint32_t None = UINT32_MAX;
  std::vector<uint32_t> levels(model_.lattices.size(), None);
  std::vector<Span> given(model_.lattices.size());
  bool complete = !d.broken && !broken_lattice_;
  for (const ast::Name& label : d.labels) {
    const auto at = entities_.find(label.text);
    if (at == entities_.end() || at->second.kind != EntityKind::Level) {
      complete = false;
      if (!broken_lattice_) {
        unknown(label, entity_names({EntityKind::Level}), diag::UnknownLevel, label.text);
      }
      continue;
    }
    const uint32_t lattice = at->second.lattice.value;
    if (levels[lattice] != None) {
      reporter_
          .report(label.span, diag::SecondLabel, d.name.text,
                  model_.lattices[at->second.lattice].name)
          .label(given[lattice], "the first one");
      continue;
    }
    levels[lattice] = at->second.index;
    given[lattice] = label.span;
  }
  for (const LatticeId lattice : model_.lattices.ids()) {
    if (levels[lattice.value] != None) continue;
    levels[lattice.value] = 0;
    if (!complete) continue;
    std::string names;
    for (const Level& level : model_.lattices[lattice].levels) {
      names += (names.empty() ? "" : ", ") + level.name;
    }
    reporter_.report(d.name.span, diag::MissingLabel, d.name.text, model_.lattices[lattice].name)
        .help(fmt::format("add 'label' with one of: {}", names));
  }
  model_.components[id].labels = std::move(levels);
}

// ---- groups ---------------------------------------------------------------------------------

void Checker::groups() {
  for (const ast::GroupDecl& d : ast_.groups) {
    const GroupId id = model_.groups.add({std::string(d.name.text), {}, d.span});
    declare_entity(d.name, {EntityKind::Group, id.value, {}, d.name.span});
  }
  for (const ast::ComponentDecl* d : instance_groups_) {
    Group group{std::string(d->name.text), {}, d->span};
    const std::string prefix = group.name + "[";
    for (const ComponentId id : model_.components.ids()) {
      if (model_.components[id].name.starts_with(prefix)) group.members.push_back(id);
    }
    model_.groups.add(std::move(group));
  }
  resolve_groups();
}

// A group may be made of groups: a depth-first walk with its own stack computes the inner ones
// first.
void Checker::resolve_groups() {
  enum class Progress : uint8_t { Untouched, Started, Done };
  std::vector<Progress> states(ast_.groups.size(), Progress::Untouched);
  struct Visit {
    uint32_t group;
    std::vector<const ast::Name*> names;
    size_t next = 0;
  };
  const auto begin = [&](uint32_t group) {
    states[group] = Progress::Started;
    Visit visit{group, {}};
    for (const ast::GroupTerm& term : ast_.groups[group].terms) {
      if (term.kind != ast::TermKind::Names) continue;
      for (const ast::Name& name : term.names) visit.names.push_back(&name);
    }
    return visit;
  };
  for (uint32_t root = 0; root < ast_.groups.size(); ++root) {
    if (states[root] != Progress::Untouched) continue;
    std::vector<Visit> stack = {begin(root)};
    while (!stack.empty()) {
      Visit& visit = stack.back();
      if (visit.next == visit.names.size()) {
        group(ast_.groups[visit.group], model_.groups[GroupId(visit.group)]);
        if (expanded_ > MaxExpanded) return;
        states[visit.group] = Progress::Done;
        stack.pop_back();
        continue;
      }
      const ast::Name& name = *visit.names[visit.next++];
      const auto at = entities_.find(name.text);
      if (at == entities_.end() || at->second.kind != EntityKind::Group) continue;
      if (at->second.index >= ast_.groups.size()) continue;  // of instances
      Progress& inner = states[at->second.index];
      if (inner == Progress::Started) {
        reporter_.report(name.span, diag::CyclicDefinition, name.text);
      } else if (inner == Progress::Untouched) {
        stack.push_back(begin(at->second.index));
      }
    }
  }
}

void Checker::group(const ast::GroupDecl& d, Group& to) {
  for (const ast::GroupTerm& t : d.terms) {
    std::vector<ComponentId> members;
    if (!term(t, members)) continue;
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
    if (!within_bounds(d.name.span, members.size() + to.members.size())) return;
    std::vector<ComponentId> result;
    if (t.subtracted) {
      std::set_difference(to.members.begin(), to.members.end(), members.begin(), members.end(),
                          std::back_inserter(result));
    } else {
      std::set_union(to.members.begin(), to.members.end(), members.begin(), members.end(),
                     std::back_inserter(result));
    }
    to.members = std::move(result);
  }
}

bool Checker::term(const ast::GroupTerm& term, std::vector<ComponentId>& to) {
  switch (term.kind) {
    case ast::TermKind::Names:
      for (const ast::Name& name : term.names) {
        if (name.missing()) continue;
        const Entity* entity = find_entity(name);
        if (entity != nullptr && !add_member(name, *entity, to)) return false;
      }
      return true;
    case ast::TermKind::Any:
      for (const ComponentId id : model_.components.ids()) {
        if (model_.components[id].kind == ComponentKind::Component) to.push_back(id);
      }
      return true;
    case ast::TermKind::Labelled:
    case ast::TermKind::AtLeast:
    case ast::TermKind::AtMost:
      return labelled(term, to);
  }
  BH_CHECK(false);
}

bool Checker::add_member(const ast::Name& name, const Entity& entity,
                         std::vector<ComponentId>& to) {
  if (entity.kind == EntityKind::Component) {
    to.push_back(ComponentId(entity.index));
  } else if (entity.kind == EntityKind::Group) {
    const Group& inner = model_.groups[GroupId(entity.index)];
    if (!within_bounds(name.span, inner.members.size())) return false;
    to.insert(to.end(), inner.members.begin(), inner.members.end());
  } else {
    reporter_.report(name.span, diag::WrongKind, name.text, describe(entity), "a component");
  }
  return true;
}

// Components and objects with all of these labels, or with one at least or at most this.
bool Checker::labelled(const ast::GroupTerm& term, std::vector<ComponentId>& to) {
  std::vector<const Entity*> levels;
  for (const ast::Name& name : term.names) {
    const auto at = entities_.find(name.text);
    if (at != entities_.end() && at->second.kind == EntityKind::Level) {
      levels.push_back(&at->second);
    } else if (!broken_lattice_) {
      unknown(name, entity_names({EntityKind::Level}), diag::UnknownLevel, name.text);
    }
  }
  if (levels.size() != term.names.size()) return false;
  for (const ComponentId id : model_.components.ids()) {
    const std::vector<uint32_t>& labels = model_.components[id].labels;
    const bool all = std::all_of(levels.begin(), levels.end(), [&](const Entity* level) {
      const uint32_t label = labels[level->lattice.value];
      const Lattice& lattice = model_.lattices[level->lattice];
      if (term.kind == ast::TermKind::AtLeast) return lattice.at_most(level->index, label);
      if (term.kind == ast::TermKind::AtMost) return lattice.at_most(label, level->index);
      return label == level->index;
    });
    if (all) to.push_back(id);
  }
  return true;
}

}  // namespace bh
