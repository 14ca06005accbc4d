#include "targets/selinux/names.h"

#include <algorithm>
#include <array>
#include <map>

#include "targets/selinux/kernel_classes.h"

namespace bh {
namespace {

constexpr size_t MaxNameBytes = 255;
constexpr size_t MaxPermissions = 32;  // one bit each in the kernel's access vector
// Taken for operators where a list of types or permissions may be an expression (checked with
// secilc 3.4).
constexpr std::array<std::string_view, 12> CilOperators = {
    "all", "and", "dom", "domby", "eq", "incomp", "neq", "not", "or", "range", "self", "xor"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

class Naming {
 public:
  Naming(const Model& model, DiagnosticSink& sink) : model_(model), sink_(sink) {}

  std::optional<SelinuxNames> run() {
    const size_t errors = sink_.count(Severity::Error);
    name_types();
    name_classes();
    check_types();
    check_classes();
    if (sink_.count(Severity::Error) != errors) return std::nullopt;
    return std::move(names_);
  }

 private:
  void name_types() {
    type_spans_.resize(model_.components.size());
    for (ComponentId id : model_.components.ids()) {
      const Component& component = model_.components[id];
      names_.types.push_back(lower(model_.name + "_" + component.name + "_t"));
      type_spans_[id.value] = component.span;
    }
    if (!model_.selinux) return;
    for (const SelinuxTarget::TypeName& given : model_.selinux->types) {
      names_.types[given.component.value] = given.type;
      type_spans_[given.component.value] = given.span;
    }
  }

  void name_classes() {
    class_spans_.resize(model_.interfaces.size());
    for (InterfaceId id : model_.interfaces.ids()) {
      const Interface& interface = model_.interfaces[id];
      names_.classes.push_back({lower(model_.name + "_" + interface.name), false, false});
      class_spans_[id.value] = interface.span;
    }
    for (const Endpoint& endpoint : model_.endpoints) {
      names_.classes[endpoint.interface.value].used = true;
    }
    if (!model_.selinux) return;
    for (const SelinuxTarget::ClassName& given : model_.selinux->classes) {
      names_.classes[given.interface.value].name = given.name;
      names_.classes[given.interface.value].from_kernel = true;
      class_spans_[given.interface.value] = given.span;
    }
  }

  void check_name(const std::string& name, Span span) {
    if (is_selinux_name(name)) return;
    sink_.report(span, diag::InvalidSelinuxName, name)
        .help("a letter, then letters, digits and '_', at most 255 in all, and no operator of CIL");
  }

  void check_types() {
    std::map<std::string_view, ComponentId> owners;
    for (ComponentId id : model_.components.ids()) {
      const std::string& type = names_.type(id);
      check_name(type, type_spans_[id.value]);
      const auto [at, added] = owners.emplace(type, id);
      if (added) continue;
      sink_
          .report(type_spans_[id.value], diag::SelinuxNameShared, type,
                  model_.components[at->second].name, model_.components[id].name)
          .label(type_spans_[at->second.value], "its first use");
    }
  }

  void check_classes() {
    std::map<std::string_view, InterfaceId> owners;
    for (InterfaceId id : model_.interfaces.ids()) {
      const SelinuxNames::ObjectClass& object_class = names_.object_class(id);
      if (object_class.from_kernel) {
        check_kernel_class(id, object_class.name);
      } else if (object_class.used) {
        check_new_class(id, object_class.name, owners);
      }
    }
  }

  void check_kernel_class(InterfaceId id, const std::string& name) {
    const Span span = class_spans_[id.value];
    const KernelClass* kernel_class = find_kernel_class(name);
    if (kernel_class == nullptr) {
      std::string known;
      for (const KernelClass& each : kernel_classes()) {
        known += (known.empty() ? "" : ", ") + std::string(each.name);
      }
      sink_.report(span, diag::UnknownObjectClass, name).note("the classes known: " + known);
      return;
    }
    for (MethodId method : model_.interfaces[id].methods) {
      const std::string& permission = model_.methods[method].name;
      if (kernel_class->has(permission)) continue;
      std::string known;
      for (std::string_view each : kernel_class->permissions) {
        known += (known.empty() ? "" : ", ") + std::string(each);
      }
      sink_.report(span, diag::UnknownPermission, name, permission)
          .label(model_.methods[method].span, "the method of that name")
          .note("its permissions: " + known);
    }
  }

  void check_new_class(InterfaceId id, const std::string& name,
                       std::map<std::string_view, InterfaceId>& owners) {
    const Interface& interface = model_.interfaces[id];
    check_name(name, interface.span);
    const auto [at, added] = owners.emplace(name, id);
    if (!added) {
      sink_
          .report(interface.span, diag::SelinuxNameShared, name, model_.interfaces[at->second].name,
                  interface.name)
          .label(class_spans_[at->second.value], "its first use");
    } else if (find_kernel_class(name) != nullptr) {
      sink_.report(interface.span, diag::SelinuxNameShared, name, "the kernel", interface.name);
    }
    if (interface.methods.size() > MaxPermissions) {
      sink_.report(interface.span, diag::TooManyPermissions, interface.name,
                   interface.methods.size());
    }
    for (MethodId method : interface.methods) {
      check_name(model_.methods[method].name, model_.methods[method].span);
    }
  }

  const Model& model_;
  DiagnosticSink& sink_;
  SelinuxNames names_;
  std::vector<Span> type_spans_;   // by ComponentId: where the name comes from
  std::vector<Span> class_spans_;  // by InterfaceId
};

}  // namespace

bool is_selinux_name(std::string_view word) {
  if (word.empty() || word.size() > MaxNameBytes || !is_letter(word.front())) return false;
  for (char c : word) {
    if (!is_letter(c) && !is_digit(c) && c != '_') return false;
  }
  return std::find(CilOperators.begin(), CilOperators.end(), word) == CilOperators.end();
}

std::optional<SelinuxNames> selinux_names(const CheckedModel& model, DiagnosticSink& sink) {
  return Naming(*model, sink).run();
}

}  // namespace bh
