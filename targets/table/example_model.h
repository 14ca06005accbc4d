// A small model made by hand, for unit tests of targets: a network, a parser and a key store with a
// session.
#pragma once

#include "core/model/model.h"

namespace bh {

struct ExampleModel {
  Model model;
  TypeId slot, port, frame, pin, digest;
  ComponentId network, parser, keystore, journal;
  OperationId send, received, unlock, sign, lock, export_key, append;
  RuleId tx, signing;
  ProtocolId session;
};

inline TypeId add_type(Model& m, const char* name, TypeKind kind, IntervalSet domain) {
  return m.types.add({name, kind, std::move(domain), {}, {}});
}

inline MethodId add_method(Model& m, InterfaceId interface, const char* name, MethodKind kind,
                           std::vector<Parameter> parameters, std::vector<Parameter> results = {}) {
  const MethodId id =
      m.methods.add({interface, name, kind, std::move(parameters), std::move(results), {}});
  m.interfaces[interface].methods.push_back(id);
  return id;
}

inline ComponentId add_component(Model& m, const char* name,
                                 ComponentKind kind = ComponentKind::Component) {
  return m.components.add({name, kind, {}, {}, {}});
}

// Operations for the interface's calls (Provides) or events (Handles), in order.
inline EndpointId add_endpoint(Model& m, ComponentId owner, const char* name, InterfaceId interface,
                               EndpointRole role) {
  const EndpointId id = m.endpoints.add({owner, name, interface, role, {}, {}});
  m.components[owner].endpoints.push_back(id);
  const MethodKind wanted = role == EndpointRole::Provides ? MethodKind::Call : MethodKind::Event;
  for (MethodId method : m.interfaces[interface].methods) {
    if (m.methods[method].kind != wanted) continue;
    m.endpoints[id].operations.push_back(m.operations.add({id, method}));
  }
  return id;
}

inline RuleId add_rule(Model& m, RuleKind kind, const char* name, std::vector<ComponentId> subjects,
                       std::vector<ConditionalOperation> targets) {
  return m.rules.add({kind, name, std::move(subjects), std::move(targets), "", {}, {}});
}

inline void add_example_vocabulary(ExampleModel& e) {
  Model& m = e.model;
  m.name = "example";
  m.version = "2.1";
  e.slot = add_type(m, "Slot", TypeKind::Integer, IntervalSet::range(0, 15));
  e.port = add_type(m, "Port", TypeKind::Integer, IntervalSet::of({53, 443, 8443}));
  e.frame = add_type(m, "bytes[..1500]", TypeKind::Bytes, IntervalSet::range(0, 1500));
  e.pin = add_type(m, "bytes[8]", TypeKind::Bytes, IntervalSet::single(8));
  e.digest = add_type(m, "Digest", TypeKind::Bytes, IntervalSet::single(32));
  const TypeId signature = add_type(m, "bytes[64]", TypeKind::Bytes, IntervalSet::single(64));
  const auto parameter = [](const char* name, TypeId type) {
    return Parameter{name, type, Privacy::Plain, {}};
  };
  const InterfaceId link = m.interfaces.add({"Link", {}, {}});
  add_method(m, link, "send", MethodKind::Call,
             {parameter("port", e.port), parameter("frame", e.frame)});
  add_method(m, link, "received", MethodKind::Event, {parameter("frame", e.frame)});
  const InterfaceId signer = m.interfaces.add({"Signer", {}, {}});
  add_method(m, signer, "unlock", MethodKind::Call, {parameter("pin", e.pin)});
  add_method(m, signer, "sign", MethodKind::Call,
             {parameter("slot", e.slot), parameter("digest", e.digest)},
             {parameter("signature", signature)});
  add_method(m, signer, "lock", MethodKind::Call, {});
  add_method(m, signer, "export", MethodKind::Call, {parameter("slot", e.slot)},
             {parameter("key", e.digest)});
  const InterfaceId file = m.interfaces.add({"File", {}, {}});
  add_method(m, file, "append", MethodKind::Call, {parameter("data", e.frame)});
  e.network = add_component(m, "Network");
  e.parser = add_component(m, "Parser");
  e.keystore = add_component(m, "KeyStore");
  e.journal = add_component(m, "Journal", ComponentKind::Object);
  add_endpoint(m, e.network, "link", link, EndpointRole::Provides);
  add_endpoint(m, e.parser, "link", link, EndpointRole::Handles);
  add_endpoint(m, e.keystore, "keys", signer, EndpointRole::Provides);
  add_endpoint(m, e.journal, "", file, EndpointRole::Provides);
}

inline ExampleModel example_model() {
  ExampleModel e;
  add_example_vocabulary(e);
  Model& m = e.model;
  e.send = m.find_operation("Network.link.send");
  e.received = m.find_operation("Parser.link.received");
  e.unlock = m.find_operation("KeyStore.keys.unlock");
  e.sign = m.find_operation("KeyStore.keys.sign");
  e.lock = m.find_operation("KeyStore.keys.lock");
  e.export_key = m.find_operation("KeyStore.keys.export");
  e.append = m.find_operation("Journal.append");
  add_rule(m, RuleKind::Allow, "rx", {e.network}, {{e.received}});
  const ConditionId not_dns = m.conditions.in(0, IntervalSet::single(53).complement());
  const ConditionId small = m.conditions.in(1, IntervalSet::range(0, 1200));
  e.tx = add_rule(m, RuleKind::Allow, "tx", {e.parser},
                  {{e.send, m.conditions.all_of({not_dns, small})}});
  add_rule(m, RuleKind::Allow, "session", {e.parser}, {{e.unlock}, {e.lock}});
  e.signing = add_rule(m, RuleKind::Allow, "signing", {e.parser},
                       {{e.sign, m.conditions.in(0, IntervalSet::of({1, 2}))}});
  add_rule(m, RuleKind::Allow, "careless", {e.parser}, {{e.export_key}});
  add_rule(m, RuleKind::Allow, "journal", {e.keystore}, {{e.append}});
  add_rule(m, RuleKind::Deny, "no_export", {e.network, e.parser, e.keystore}, {{e.export_key}});
  const EndpointId keys = m.operations[e.sign].endpoint;
  const auto method = [&](OperationId id) { return m.operations[id].method; };
  e.session = m.protocols.add({"Session",
                               keys,
                               InstanceKind::PerCaller,
                               {{"Locked", {}}, {"Open", {}}},
                               0,
                               {{0, method(e.unlock), Outcome::Ok, 1, {}, {}},
                                {1, method(e.sign), Outcome::Granted, 1, 3, {}},
                                {1, method(e.lock), Outcome::Granted, 0, {}, {}}},
                               {}});
  return e;
}

inline CheckedModel sealed(Model model) {
  std::optional<CheckedModel> checked = seal(std::move(model), DiagnosticSink());
  BH_CHECK(checked.has_value());
  return std::move(*checked);
}

}  // namespace bh
