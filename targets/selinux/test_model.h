// Small models made by hand, for the unit tests of this folder.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"

namespace bh {

// Of all that was reported, in order.
inline std::vector<int> codes(const DiagnosticSink& sink) {
  std::vector<int> codes;
  for (const Diagnostic& d : sink.diagnostics()) codes.push_back(d.code);
  return codes;
}

struct TestModel {
  Model model;
  TypeId byte;

  TestModel() {
    model.name = "Gate";
    model.version = "1.0";
    byte = model.types.add({"u8", TypeKind::Integer, IntervalSet::range(0, 255), {}, {}});
    model.selinux = SelinuxTarget{};
  }

  // Every method is a call with the given number of u8 parameters w0, w1, ...
  InterfaceId interface(const std::string& name, const std::vector<std::string>& methods,
                        int parameters = 1) {
    const InterfaceId id = model.interfaces.add({name, {}, {}});
    for (const std::string& method : methods) {
      std::vector<Parameter> words;
      for (int i = 0; i < parameters; ++i)
        words.push_back({fmt::format("w{}", i), byte, Privacy::Plain, {}});
      const MethodId added =
          model.methods.add({id, method, MethodKind::Call, std::move(words), {}, {}});
      model.interfaces[id].methods.push_back(added);
    }
    return id;
  }

  ComponentId component(const std::string& name, ComponentKind kind = ComponentKind::Component) {
    return model.components.add({name, kind, {}, {}, {}});
  }

  EndpointId provides(ComponentId owner, const std::string& name, InterfaceId interface) {
    const EndpointId id =
        model.endpoints.add({owner, name, interface, EndpointRole::Provides, {}, {}});
    model.components[owner].endpoints.push_back(id);
    for (MethodId method : model.interfaces[interface].methods) {
      model.endpoints[id].operations.push_back(model.operations.add({id, method}));
    }
    return id;
  }

  ConditionalOperation target(const std::string& path, ConditionId when = Conditions::True) {
    const OperationId id = model.find_operation(path);
    BH_CHECK(id.valid());
    return {id, when};
  }

  RuleId rule(RuleKind kind, const std::string& name, std::vector<ComponentId> subjects,
              std::vector<ConditionalOperation> targets) {
    return model.rules.add({kind, name, std::move(subjects), std::move(targets), "", {}, {}});
  }

  ConditionId in(uint32_t word, uint64_t low, uint64_t high) {
    return model.conditions.in(word, IntervalSet::range(low, high));
  }

  void approximate(RuleId rule, ProtocolId protocol, const std::string& because) {
    model.selinux->approximations.push_back({rule, protocol, because, {}});
  }

  CheckedModel sealed() const {
    std::optional<CheckedModel> checked = seal(model, DiagnosticSink());
    BH_CHECK(checked.has_value());
    return std::move(*checked);
  }
};

// A parser, a key store and a journal: an argument condition, a protocol, a deny and a kernel
// class.
struct GateModel : TestModel {
  ComponentId parser, keys, journal;
  RuleId session, signing;
  ProtocolId protocol;

  GateModel() {
    const InterfaceId signer = interface("Signer", {"unlock", "sign", "lock", "export"});
    const InterfaceId file = interface("File", {"open", "append", "read"});
    parser = component("Parser");
    keys = component("KeyStore");
    journal = component("Journal", ComponentKind::Object);
    const EndpointId endpoint = provides(keys, "keys", signer);
    provides(journal, "", file);
    session = rule(RuleKind::Allow, "session", {parser},
                   {target("KeyStore.keys.unlock"), target("KeyStore.keys.lock")});
    signing =
        rule(RuleKind::Allow, "signing", {parser}, {target("KeyStore.keys.sign", in(0, 1, 2))});
    rule(RuleKind::Allow, "journal", {keys}, {target("Journal.open"), target("Journal.append")});
    rule(RuleKind::Deny, "no_export", {parser, keys}, {target("KeyStore.keys.export")});
    const auto method = [&](const char* path) {
      return model.operations[model.find_operation(path)].method;
    };
    protocol =
        model.protocols.add({"Session",
                             endpoint,
                             InstanceKind::PerCaller,
                             {{"Locked", {}}, {"Open", {}}},
                             0,
                             {{0, method("KeyStore.keys.unlock"), Outcome::Ok, 1, {}, {}},
                              {1, method("KeyStore.keys.sign"), Outcome::Granted, 1, 3, {}},
                              {1, method("KeyStore.keys.lock"), Outcome::Granted, 0, {}, {}}},
                             {}});
    model.selinux->types = {{parser, "gw_parser_t", {}}, {keys, "gw_keys_t", {}}};
    model.selinux->classes = {{file, "file", {}}};
    approximate(signing, {}, "the monitor checks slots");
    approximate({}, protocol, "the monitor keeps the session");
  }
};

}  // namespace bh
