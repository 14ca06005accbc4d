// A model made by hand, for unit tests of protocols: Alice, Bob and Carol may ask everything of the
// one endpoint of Server, `Server.door`, as far as rules go. Its calls have no parameters.
#pragma once

#include <string>
#include <vector>

#include "core/model/model.h"

namespace bh {

struct OneEndpoint {
  Model model;
  ComponentId server, alice, bob, carol;
  EndpointId door;
  std::vector<OperationId> operations;  // one for each name that the endpoint was made with
  RuleId all;

  explicit OneEndpoint(const std::vector<std::string>& methods) {
    model.name = "door";
    model.version = "1.0";
    const InterfaceId interface = model.interfaces.add({"Door", {}, {}});
    for (const char* name : {"Server", "Alice", "Bob", "Carol"}) {
      model.components.add({name, ComponentKind::Component, {}, {}, {}});
    }
    server = ComponentId(0), alice = ComponentId(1), bob = ComponentId(2), carol = ComponentId(3);
    door = model.endpoints.add({server, "door", interface, EndpointRole::Provides, {}, {}});
    model.components[server].endpoints = {door};
    Rule rule{RuleKind::Allow, "all", {alice, bob, carol}, {}, "", {}, {}};
    for (const std::string& name : methods) {
      const MethodId method = model.methods.add({interface, name, MethodKind::Call, {}, {}, {}});
      model.interfaces[interface].methods.push_back(method);
      operations.push_back(model.operations.add({door, method}));
      rule.targets.push_back({operations.back()});
    }
    model.endpoints[door].operations = operations;
    all = model.rules.add(std::move(rule));
  }

  // Its states are named "A", "B", ..; the first is the initial one.
  Protocol& protocol(InstanceKind instances, uint32_t states) {
    Protocol made;
    made.name = "P" + std::to_string(model.protocols.size());
    made.endpoint = door;
    made.instances = instances;
    for (uint32_t i = 0; i < states; ++i) {
      made.states.push_back({std::string(1, static_cast<char>('A' + i)), {}, {}});
    }
    return model.protocols[model.protocols.add(std::move(made))];
  }

  Transition step(uint32_t from, size_t method, uint32_t to,
                  Outcome outcome = Outcome::Granted) const {
    Transition made;
    made.from = from;
    made.method = model.operations[operations[method]].method;
    made.outcome = outcome;
    made.to = to;
    return made;
  }

  Request ask(ComponentId caller, size_t method) const { return {caller, operations[method], {}}; }
};

inline Transition moved_by(Transition transition, Mover mover) {
  transition.mover = mover;
  return transition;
}

inline Transition moved_by(Transition transition, std::vector<ComponentId> callers) {
  transition.by = std::move(callers);
  return transition;
}

inline Transition at_most(Transition transition, uint32_t times) {
  transition.at_most = times;
  return transition;
}

}  // namespace bh
