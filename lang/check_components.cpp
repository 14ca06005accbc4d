#include <algorithm>

#include "lang/checker.h"

namespace bh {

void Checker::components() {
  for (const ast::ComponentDecl& d : ast_.components) {
    Component c;
    c.name = std::string(d.name.text);
    c.kind = d.kind;
    c.span = d.span;
    const ComponentId id = model_.components.add(std::move(c));
    broken_components_.push_back(d.broken);
    declare_entity(d.name, {EntityKind::Component, id.value, {}, d.name.span});
    component(id, d);
  }
}

void Checker::component(ComponentId id, const ast::ComponentDecl& d) {
  if (d.kind == ComponentKind::Object) {
    endpoint(id, {"", d.name.span}, d.interface, EndpointRole::Provides, d.span);
  }
  for (const ast::EndpointDecl& e : d.endpoints) endpoint(id, e.name, e.interface, e.role, e.span);
  labels(id, d);
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
  resolve_groups();
}

// A group may hold groups: a depth-first walk with its own stack fills in the inner ones first.
void Checker::resolve_groups() {
  enum class Progress : uint8_t { Untouched, Started, Done };
  std::vector<Progress> states(ast_.groups.size(), Progress::Untouched);
  struct Visit {
    uint32_t group;
    size_t next = 0;  // member
  };
  for (uint32_t root = 0; root < ast_.groups.size(); ++root) {
    if (states[root] != Progress::Untouched) continue;
    std::vector<Visit> stack = {{root}};
    states[root] = Progress::Started;
    while (!stack.empty()) {
      Visit& visit = stack.back();
      const ast::GroupDecl& d = ast_.groups[visit.group];
      Group& group = model_.groups[GroupId(visit.group)];
      if (visit.next == d.members.size()) {
        std::sort(group.members.begin(), group.members.end());
        group.members.erase(std::unique(group.members.begin(), group.members.end()),
                            group.members.end());
        states[visit.group] = Progress::Done;
        stack.pop_back();
        continue;
      }
      const ast::Name& member = d.members[visit.next];
      const Entity* entity = member.missing() ? nullptr : find_entity(member);
      if (entity == nullptr) {
        ++visit.next;
      } else if (entity->kind == EntityKind::Component) {
        group.members.push_back(ComponentId(entity->index));
        ++visit.next;
      } else if (entity->kind != EntityKind::Group) {
        reporter_.report(member.span, diag::WrongKind, member.text, describe(*entity),
                         "a component");
        ++visit.next;
      } else if (states[entity->index] == Progress::Started) {
        reporter_.report(member.span, diag::CyclicDefinition, member.text);
        ++visit.next;
      } else if (states[entity->index] == Progress::Untouched) {
        states[entity->index] = Progress::Started;
        stack.push_back({entity->index});
      } else {
        const Group& inner = model_.groups[GroupId(entity->index)];
        if (!within_bounds(member.span, inner.members.size())) return;
        group.members.insert(group.members.end(), inner.members.begin(), inner.members.end());
        ++visit.next;
      }
    }
  }
}

}  // namespace bh
