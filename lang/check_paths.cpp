#include <algorithm>

#include "lang/checker.h"

namespace bh {

template <class Id>
static void sort_unique(std::vector<Id>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

std::string Checker::text(const ast::Path& path) {
  std::string joined = path.others ? "other " : "";
  for (const ast::Name& part : path.parts) {
    if (&part != &path.parts[0]) joined += '.';
    joined += part.text;
  }
  if (path.alternatives.empty()) return joined;
  joined += ".{";
  for (const ast::Name& name : path.alternatives) {
    if (!joined.ends_with('{')) joined += ", ";
    joined += name.text;
  }
  return joined + "}";
}

bool Checker::within_bounds(Span span, size_t listed) {
  const bool before = expanded_ <= MaxExpanded;
  expanded_ += listed;
  if (expanded_ <= MaxExpanded) return true;
  if (before) {
    too_many(span, model_.name, expanded_, "components and methods in its rules", MaxExpanded);
  }
  return false;
}

// ---- subjects -------------------------------------------------------------------------------

// The components that a set of names stands for, in declaration order. `any`: whether that word was
// used.
bool Checker::subjects(const ast::PathSet& set, std::vector<ComponentId>& to, bool& any) {
  bool good = true;
  any = false;
  for (const ast::Path& path : set.paths) {
    const size_t before = to.size();
    good = subject(path, to, any) && good;
    if (!within_bounds(path.span, to.size() - before)) {
      to.clear();
      return false;
    }
  }
  sort_unique(to);
  return good;
}

bool Checker::subject(const ast::Path& path, std::vector<ComponentId>& to, bool& any) {
  const ast::Name& name = path.parts[0];
  if (path.parts.size() > 1 || !path.alternatives.empty()) {
    reporter_.report(path.span, diag::WrongKind, text(path), "more than one name", "a component");
    return false;
  }
  if (path.others || name.text == "self") {
    reporter_.report(path.span, diag::NoCallerMeant, path.others ? "other" : "self");
    return false;
  }
  if (name.text == "any") {
    any = true;
    for (const ComponentId id : model_.components.ids()) {
      if (model_.components[id].kind == ComponentKind::Component) to.push_back(id);
    }
    return true;
  }
  const auto at = entities_.find(name.text);
  if (at != entities_.end() && at->second.kind == EntityKind::Group) {
    const Group& group = model_.groups[GroupId(at->second.index)];
    for (const ComponentId member : group.members) {
      if (model_.components[member].kind == ComponentKind::Object) {
        reporter_.report(name.span, diag::ObjectAsSubject, model_.components[member].name)
            .label(group.span, "a member of this group");
        return false;
      }
    }
    to.insert(to.end(), group.members.begin(), group.members.end());
    return true;
  }
  ComponentId component;
  if (!one_component(name, component)) return false;
  to.push_back(component);
  return true;
}

bool Checker::one_component(const ast::Name& name, ComponentId& to) {
  const auto at = entities_.find(name.text);
  if (at == entities_.end()) {
    unknown(name, entity_names({EntityKind::Component, EntityKind::Group}), diag::UnknownComponent,
            name.text);
    return false;
  }
  if (at->second.kind != EntityKind::Component) {
    reporter_.report(name.span, diag::WrongKind, name.text, describe(at->second), "a component");
    return false;
  }
  const ComponentId id(at->second.index);
  if (model_.components[id].kind == ComponentKind::Object) {
    reporter_.report(name.span, diag::ObjectAsSubject, name.text)
        .label(model_.components[id].span, "declared as an object")
        .help("what acts is declared with 'component'");
    return false;
  }
  to = id;
  return true;
}

// ---- paths ----------------------------------------------------------------------------------

bool Checker::start(const ast::Name& name, Scope& to) {
  if (name.text == "any") {
    reporter_
        .report(name.span, diag::WrongKind, name.text, "everyone who asks", "what is asked for")
        .help("name components, a group, or an interface: 'File' is every endpoint that has it");
    return false;
  }
  const Entity* entity = find_entity(name);
  if (entity == nullptr) return false;
  to.id = entity->index;
  switch (entity->kind) {
    case EntityKind::Component:
      to.kind = ScopeKind::Component;
      return true;
    case EntityKind::Group:
      to.kind = ScopeKind::Group;
      return true;
    case EntityKind::Interface:
      to.kind = ScopeKind::Interface;
      return true;
    case EntityKind::Level:
      reporter_.report(name.span, diag::WrongKind, name.text, "a level", "a component");
      return false;
  }
  BH_CHECK(false);
}

bool Checker::step(Scope& scope, const ast::Name& name) {
  switch (scope.kind) {
    case ScopeKind::Component:
      return step_component(scope, name);
    case ScopeKind::Interface:
      return step_interface(scope, name);
    case ScopeKind::Endpoint:
      return step_endpoint(scope, name);
    case ScopeKind::Method:
      return step_method(scope, name);
    case ScopeKind::Group:
      reporter_.report(name.span, diag::WrongKind, model_.groups[GroupId(scope.id)].name, "a group",
                       "a component with this endpoint");
      return false;
    case ScopeKind::Item:
      reporter_.report(name.span, diag::WrongKind, name.text, "one name too many",
                       "the end of the path");
      return false;
  }
  BH_CHECK(false);
}

bool Checker::step_component(Scope& scope, const ast::Name& name) {
  const ComponentId id(scope.id);
  const Component& component = model_.components[id];
  if (component.kind == ComponentKind::Object) {
    if (component.endpoints.empty()) return false;
    scope.kind = ScopeKind::Endpoint;
    scope.id = component.endpoints[0].value;
    return step_endpoint(scope, name);
  }
  const auto at = endpoints_.find(Member{id.value, name.text});
  if (at != endpoints_.end()) {
    scope.kind = ScopeKind::Endpoint;
    scope.id = at->second.value;
    return true;
  }
  if (broken_components_[id.value] || silenced(name)) return false;
  std::vector<std::string_view> names;
  for (const EndpointId endpoint : component.endpoints) {
    const Endpoint& e = model_.endpoints[endpoint];
    names.push_back(e.name);
    if (!methods_.contains(Member{e.interface.value, name.text})) continue;
    reporter_.report(name.span, diag::UnknownEndpoint, component.name, name.text)
        .fix({fmt::format("name the endpoint: '{}.{}.{}'", component.name, e.name, name.text),
              {name.span.file, name.span.begin, name.span.begin},
              e.name + "."});
    return false;
  }
  auto report = reporter_.report(name.span, diag::UnknownEndpoint, component.name, name.text);
  suggest(report, name, names);
  if (names.empty()) report.help("declare one: provides name: Interface");
  return false;
}

bool Checker::step_endpoint(Scope& scope, const ast::Name& name) {
  const Endpoint& endpoint = model_.endpoints[EndpointId(scope.id)];
  std::vector<std::string_view> names;
  for (const OperationId operation : endpoint.operations) {
    const std::string& method = model_.method_of(operation).name;
    if (method == name.text) {
      scope.kind = ScopeKind::Method;
      scope.operations = {operation};
      return true;
    }
    names.push_back(method);
  }
  if (broken_interfaces_[endpoint.interface.value] || silenced(name)) return false;
  const bool handles = endpoint.role == EndpointRole::Handles;
  const std::string owner =
      model_.components[endpoint.owner].name + (endpoint.name.empty() ? "" : "." + endpoint.name);
  auto report = reporter_.report(name.span, diag::UnknownMethod, owner, handles ? "event" : "call",
                                 name.text);
  if (methods_.contains(Member{endpoint.interface.value, name.text})) {
    report.note(handles ? "it is a call: whoever provides the interface answers it"
                        : "it is an event: it arrives at those who handle the interface");
  } else {
    suggest(report, name, names);
  }
  return false;
}

bool Checker::step_interface(Scope& scope, const ast::Name& name) {
  const auto at = methods_.find(Member{scope.id, name.text});
  if (at != methods_.end()) {
    scope.kind = ScopeKind::Method;
    scope.operations = operations_of_[at->second.value];
    return true;
  }
  const Interface& interface = model_.interfaces[InterfaceId(scope.id)];
  if (broken_interfaces_[scope.id]) return false;
  std::vector<std::string_view> names;
  for (const MethodId method : interface.methods) names.push_back(model_.methods[method].name);
  unknown(name, names, diag::UnknownMethod, interface.name, "method", name.text);
  return false;
}

bool Checker::step_method(Scope& scope, const ast::Name& name) {
  if (scope.operations.empty()) return false;
  const Method& method = model_.method_of(scope.operations[0]);
  scope.kind = ScopeKind::Item;
  for (const bool is_result : {false, true}) {
    const std::vector<Parameter>& list = is_result ? method.results : method.parameters;
    for (size_t i = 0; i < list.size(); ++i) {
      if (list[i].name != name.text) continue;
      scope.is_result = is_result;
      scope.index = static_cast<uint32_t>(i);
      return true;
    }
  }
  if (broken_interfaces_[method.interface.value]) return false;
  std::vector<std::string_view> names;
  for (const Parameter& p : method.parameters) names.push_back(p.name);
  for (const Parameter& p : method.results) names.push_back(p.name);
  unknown(name, names, diag::UnknownItem, print(model_, scope.operations[0]), name.text);
  return false;
}

// One scope per alternative.
bool Checker::resolve(const ast::Path& path, std::vector<Scope>& to) {
  Scope scope;
  if (path.parts.empty()) return false;
  if (path.others || path.parts[0].text == "self") {
    reporter_.report(path.span, diag::NoCallerMeant, path.others ? "other" : "self")
        .help("'self' and 'other' stand after the '->' of a rule or of a 'never'");
    return false;
  }
  if (!start(path.parts[0], scope)) return false;
  return follow(path, std::move(scope), to);
}

// The rest of the path, from where its first name led.
bool Checker::follow(const ast::Path& path, Scope scope, std::vector<Scope>& to) {
  const bool further = path.parts.size() > 1 || !path.alternatives.empty();
  if (scope.kind == ScopeKind::Group && further) {
    for (const ComponentId member : model_.groups[GroupId(scope.id)].members) {
      Scope inner;
      inner.id = member.value;
      if (!follow(path, inner, to)) return false;
    }
    return true;
  }
  for (size_t i = 1; i < path.parts.size(); ++i) {
    if (!step(scope, path.parts[i])) return false;
  }
  if (path.alternatives.empty()) {
    to.push_back(std::move(scope));
    return true;
  }
  bool good = true;
  for (const ast::Name& alternative : path.alternatives) {
    Scope branch = scope;
    if (step(branch, alternative)) {
      to.push_back(std::move(branch));
    } else {
      good = false;
    }
  }
  return good;
}

void Checker::collect(const Scope& scope, std::vector<OperationId>& to) const {
  const auto add = [&](const std::vector<OperationId>& more) {
    to.insert(to.end(), more.begin(), more.end());
  };
  const auto add_component = [&](ComponentId id) {
    for (const EndpointId e : model_.components[id].endpoints) {
      if (!implied_[e.value]) add(model_.endpoints[e].operations);
    }
  };
  switch (scope.kind) {
    case ScopeKind::Component:
      add_component(ComponentId(scope.id));
      break;
    case ScopeKind::Group:
      for (const ComponentId member : model_.groups[GroupId(scope.id)].members)
        add_component(member);
      break;
    case ScopeKind::Interface:
      for (const MethodId m : model_.interfaces[InterfaceId(scope.id)].methods)
        add(operations_of_[m.value]);
      break;
    case ScopeKind::Endpoint:
      add(model_.endpoints[EndpointId(scope.id)].operations);
      break;
    case ScopeKind::Method:
    case ScopeKind::Item:
      add(scope.operations);
      break;
  }
}

// All operations that a path names, in declaration order; naming none is a mistake.
bool Checker::operations(const ast::Path& path, std::vector<OperationId>& to) {
  std::vector<Scope> scopes;
  return resolve(path, scopes) && operations(path, scopes, to);
}

bool Checker::operations(const ast::Path& path, const std::vector<Scope>& scopes,
                         std::vector<OperationId>& to) {
  std::vector<OperationId> found;
  bool broken = false;
  for (const Scope& scope : scopes) {
    if (scope.kind == ScopeKind::Item) {
      reporter_.report(path.span, diag::WrongKind, text(path), "a parameter or result", "a method");
      return false;
    }
    if (scope.kind == ScopeKind::Component) broken = broken || broken_components_[scope.id];
    if (scope.kind == ScopeKind::Interface) broken = broken || broken_interfaces_[scope.id];
    collect(scope, found);
    if (!within_bounds(path.span, found.size())) return false;
  }
  if (found.empty()) {
    if (!broken && reporter_.errors() == 0)
      reporter_.report(path.span, diag::NoOperations, text(path));
    return false;
  }
  to.insert(to.end(), found.begin(), found.end());
  return true;
}

bool Checker::operations(const ast::PathSet& set, std::vector<OperationId>& to) {
  bool good = true;
  for (const ast::Path& path : set.paths) good = operations(path, to) && good;
  sort_unique(to);
  return good;
}

// `self.box.run`: for each caller its own.
bool Checker::own_operations(const ast::Path& path, const std::vector<ComponentId>& callers,
                             std::vector<OperationId>& to) {
  for (const ComponentId caller : callers) {
    Scope scope;
    scope.id = caller.value;
    std::vector<Scope> scopes;
    if (!follow(path, scope, scopes) || !operations(path, scopes, to)) return false;
  }
  return true;
}

bool Checker::targets(const ast::PathSet& set, const std::vector<ComponentId>* callers,
                      std::vector<ConditionalOperation>& to) {
  bool good = true;
  for (const ast::Path& path : set.paths) {
    std::vector<OperationId> found;
    Whose whose = Whose::Anyones;
    if (callers != nullptr && !path.others && path.parts[0].text == "self") {
      whose = Whose::Own;
      good = own_operations(path, *callers, found) && good;
    } else if (callers != nullptr && path.others) {
      whose = Whose::Others;
      ast::Path plain = path;
      plain.others = false;
      good = operations(plain, found) && good;
    } else {
      good = operations(path, found) && good;
    }
    for (const OperationId operation : found) to.push_back({operation, Conditions::True, whose});
  }
  const auto key = [](const ConditionalOperation& t) { return std::pair(t.operation, t.whose); };
  std::sort(to.begin(), to.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  to.erase(std::unique(to.begin(), to.end(),
                       [&](const auto& a, const auto& b) { return key(a) == key(b); }),
           to.end());
  return good;
}

bool Checker::one_operation(const ast::Path& path, OperationId& to) {
  std::vector<OperationId> found;
  if (!operations(path, found)) return false;
  if (found.size() != 1) {
    reporter_.report(path.span, diag::NotOneOperation, text(path), found.size())
        .help(fmt::format("name one, as in '{}'", print(model_, found[0])));
    return false;
  }
  to = found[0];
  return true;
}

// `KeyStore.keys.sign.signature`, or all items of the methods that the path names.
bool Checker::items(const ast::Path& path, std::vector<DataItem>& to) {
  std::vector<Scope> scopes;
  if (!resolve(path, scopes)) return false;
  const size_t before = to.size();
  for (const Scope& scope : scopes) {
    std::vector<OperationId> found;
    collect(scope, found);
    for (const OperationId operation : found) {
      if (scope.kind == ScopeKind::Item) {
        to.push_back({operation, scope.is_result, scope.index});
        continue;
      }
      const Method& method = model_.method_of(operation);
      for (uint32_t i = 0; i < method.parameters.size(); ++i) to.push_back({operation, false, i});
      for (uint32_t i = 0; i < method.results.size(); ++i) to.push_back({operation, true, i});
    }
  }
  if (to.size() == before && reporter_.errors() == 0) {
    reporter_.report(path.span, diag::NoOperations, text(path))
        .note("only what carries a parameter or a result can be released");
  }
  return to.size() > before;
}

// ---- events ---------------------------------------------------------------------------------

bool Checker::may_send(ComponentId subject, OperationId operation) const {
  const Method& method = model_.method_of(operation);
  return method.kind == MethodKind::Call ||
         provides_.contains(uint64_t{subject.value} << 32 | method.interface.value);
}

// Whether each subject can make each request at all: events come from those who provide the
// interface.
bool Checker::check_senders(const std::vector<ComponentId>& subjects,
                            const std::vector<ConditionalOperation>& targets, Span span) {
  for (const ConditionalOperation& target : targets) {
    if (model_.method_of(target.operation).kind == MethodKind::Call) continue;
    for (const ComponentId subject : subjects) {
      if (!covers(model_, target, subject) || may_send(subject, target.operation)) continue;
      if (broken_components_[subject.value]) return false;
      const Method& method = model_.method_of(target.operation);
      reporter_
          .report(span, diag::CannotSend, model_.components[subject].name,
                  model_.interfaces[method.interface].name, print(model_, target.operation))
          .note("an event is sent by the components that provide its interface");
      return false;
    }
  }
  return true;
}

// What `any` means: those who could make one of the requests.
void Checker::only_callers(std::vector<ComponentId>& subjects,
                           const std::vector<ConditionalOperation>& targets) const {
  std::erase_if(subjects, [&](ComponentId subject) {
    return std::none_of(targets.begin(), targets.end(), [&](const ConditionalOperation& target) {
      return covers(model_, target, subject) && may_send(subject, target.operation);
    });
  });
}

}  // namespace bh
