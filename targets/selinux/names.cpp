#include "targets/selinux/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "targets/selinux/kernel_classes.h"
#include "targets/selinux/settings.h"

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

// The permissions of class process that a method of the interface Life asks for. SIGTERM alone has
// none: `signal` is every signal but SIGKILL, SIGSTOP and SIGCHLD.
struct LifeRow {
  std::string_view method;
  std::array<std::string_view, 3> permissions;
};
constexpr std::array<LifeRow, 4> LifeRows = {{{"start", {"transition"}},
                                              {"stop", {"sigkill", "signal"}},
                                              {"restart", {"transition", "sigkill", "signal"}},
                                              {"crashed", {"sigchld"}}}};

const LifeRow* life_row(std::string_view method) {
  const auto at = std::find_if(LifeRows.begin(), LifeRows.end(),
                               [&](const LifeRow& row) { return row.method == method; });
  return at == LifeRows.end() ? nullptr : &*at;
}

// Whether the endpoint is that of a life which the kernel itself looks after.
bool is_process_life(const Model& model, const SelinuxNames& names, const Endpoint& endpoint) {
  return model.interfaces[endpoint.interface].name == "Life" &&
         !names.program(endpoint.owner).empty();
}

// "gw_parser_t": "gw_parser_exec_t"
std::string program_type(std::string_view type) {
  if (type.ends_with("_t")) type.remove_suffix(2);
  return std::string(type) + "_exec_t";
}

class Naming {
 public:
  Naming(std::span<const CheckedModel> settings, DiagnosticSink& sink)
      : model_(*settings.front()), open_(open_variants(settings)), sink_(sink) {}

  std::optional<SelinuxNames> run() {
    const size_t errors = sink_.count(Severity::Error);
    names_.prefix = lower(model_.name);
    name_components();
    name_classes();
    name_groups();
    name_variants();
    check_classes();
    check_declared();
    if (sink_.count(Severity::Error) != errors) return std::nullopt;
    return std::move(names_);
  }

 private:
  using Kind = SelinuxNames::Kind;

  // "gateway_" and the name; of an instance "Sandbox[3]" as "gateway_sandbox_3".
  std::string derived(std::string_view name) const {
    std::string text = names_.prefix + "_" + lower(name);
    if (text.ends_with(']')) text.pop_back();
    std::replace(text.begin(), text.end(), '[', '_');
    return text;
  }

  void declare(Kind kind, const std::string& name, const std::string& owner, Span span) {
    names_.declared.push_back({kind, name, owner, span});
  }

  void name_components() {
    std::vector<const SelinuxTarget::TypeName*> given(model_.components.size());
    if (model_.selinux) {
      for (const SelinuxTarget::TypeName& type : model_.selinux->types)
        given[type.component.value] = &type;
    }
    for (ComponentId id : model_.components.ids()) name_component(id, given[id.value]);
  }

  void name_component(ComponentId id, const SelinuxTarget::TypeName* given) {
    const Component& component = model_.components[id];
    const Span span = given == nullptr ? component.span : given->span;
    names_.types.push_back(given == nullptr ? derived(component.name) + "_t" : given->type);
    declare(Kind::Type, names_.types.back(), component.name, span);
    const bool is_object = component.kind == ComponentKind::Object;
    names_.programs.emplace_back();
    if (given != nullptr && given->program) {
      names_.programs.back() = program_type(given->type);
      declare(Kind::Type, names_.programs.back(), component.name + "'s program",
              given->program->span);
    }
    const std::string role = given == nullptr ? "" : given->role;
    names_.roles.push_back(is_object ? "" : role.empty() ? std::string(StandardRole) : role);
    if (!role.empty() && role != StandardRole) declare_role(role, component.name, span);
  }

  // Several components may share a role.
  void declare_role(const std::string& role, const std::string& owner, Span span) {
    const auto same = [&](const SelinuxNames::Declared& other) {
      return other.kind == Kind::Role && other.name == role;
    };
    if (role == "object_r") {  // every policy has it, for what is no process
      sink_.report(span, diag::InvalidSelinuxName, role)
          .help("give the component a role of its own");
    } else if (std::none_of(names_.declared.begin(), names_.declared.end(), same)) {
      declare(Kind::Role, role, owner, span);
    }
  }

  void name_classes() {
    class_spans_.resize(model_.interfaces.size());
    for (InterfaceId id : model_.interfaces.ids()) {
      const Interface& interface = model_.interfaces[id];
      names_.classes.push_back({derived(interface.name), false, false});
      class_spans_[id.value] = interface.span;
    }
    for (const Endpoint& endpoint : model_.endpoints) {
      if (!is_process_life(model_, names_, endpoint))
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

  void name_groups() {
    for (const Group& group : model_.groups) {
      names_.attributes.push_back(derived(group.name));
      declare(Kind::Attribute, names_.attributes.back(), group.name, group.span);
    }
  }

  void name_variants() {
    names_.booleans.resize(model_.variants.size());
    for (VariantId id : open_) {
      const Variant& variant = model_.variants[id];
      const Type& type = model_.types[variant.type];
      if (type.kind == TypeKind::Bool) {
        names_.booleans[id.value] = derived(variant.name);
        declare(Kind::Boolean, names_.booleans[id.value], variant.name, variant.span);
      } else {
        sink_.report(variant.span, diag::VariantNotBoolean, variant.name, type.name)
            .help(fmt::format("emit one module for each product: --set {}={}", variant.name,
                              print_word(model_, variant.type, variant.standard)));
      }
    }
  }

  void check_declared() {
    std::map<std::pair<Kind, std::string_view>, const SelinuxNames::Declared*> owners;
    for (const SelinuxNames::Declared& each : names_.declared) {
      check_name(each.name, each.span);
      const Kind space = each.kind == Kind::Attribute ? Kind::Type : each.kind;
      const auto [at, added] = owners.emplace(std::pair(space, std::string_view(each.name)), &each);
      if (added) continue;
      sink_.report(each.span, diag::SelinuxNameShared, each.name, at->second->owner, each.owner)
          .label(at->second->span, "its first use");
    }
  }

  void check_classes() {
    for (InterfaceId id : model_.interfaces.ids()) {
      const SelinuxNames::ObjectClass& object_class = names_.object_class(id);
      if (object_class.from_kernel) {
        check_kernel_class(id, object_class.name);
      } else if (object_class.used) {
        check_new_class(id, object_class.name);
      }
    }
    for (const Endpoint& endpoint : model_.endpoints) {
      if (is_process_life(model_, names_, endpoint)) return check_life(endpoint.interface);
    }
  }

  // A policy may declare a Life of its own.
  void check_life(InterfaceId id) {
    for (MethodId method : model_.interfaces[id].methods) {
      if (life_row(model_.methods[method].name) != nullptr) continue;
      sink_
          .report(model_.methods[method].span, diag::UnknownPermission, "process",
                  model_.methods[method].name)
          .note("what a program's life is made of: start, stop, restart, crashed");
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

  void check_new_class(InterfaceId id, const std::string& name) {
    const Interface& interface = model_.interfaces[id];
    declare(Kind::Class, name, interface.name, interface.span);
    if (find_kernel_class(name) != nullptr)
      sink_.report(interface.span, diag::SelinuxNameShared, name, "the kernel", interface.name);
    if (interface.methods.size() > MaxPermissions) {
      sink_.report(interface.span, diag::TooManyPermissions, interface.name,
                   interface.methods.size());
    }
    for (MethodId method : interface.methods) {
      check_name(model_.methods[method].name, model_.methods[method].span);
    }
  }

  const Model& model_;
  std::vector<VariantId> open_;
  DiagnosticSink& sink_;
  SelinuxNames names_;
  std::vector<Span> class_spans_;  // by InterfaceId: where the name comes from
};

}  // namespace

bool is_selinux_name(std::string_view word) {
  if (word.empty() || word.size() > MaxNameBytes || !is_letter(word.front())) return false;
  for (char c : word) {
    if (!is_letter(c) && !is_digit(c) && c != '_') return false;
  }
  return std::find(CilOperators.begin(), CilOperators.end(), word) == CilOperators.end();
}

SelinuxAccess access_of(const Model& model, const SelinuxNames& names, OperationId operation) {
  const Endpoint& endpoint = model.endpoint_of(operation);
  const std::string& method = model.method_of(operation).name;
  if (!is_process_life(model, names, endpoint))
    return {names.object_class(endpoint.interface).name, {method}};
  const LifeRow* row = life_row(method);
  BH_CHECK(row != nullptr);
  SelinuxAccess access{"process", {}};
  for (std::string_view permission : row->permissions) {
    if (!permission.empty()) access.permissions.emplace_back(permission);
  }
  return access;
}

bool starts_program(const Model& model, const SelinuxNames& names, OperationId operation) {
  const std::vector<std::string> permissions = access_of(model, names, operation).permissions;
  return is_process_life(model, names, model.endpoint_of(operation)) &&
         permissions.front() == "transition";
}

std::optional<SelinuxNames> selinux_names(std::span<const CheckedModel> settings,
                                          DiagnosticSink& sink) {
  return Naming(settings, sink).run();
}

}  // namespace bh
