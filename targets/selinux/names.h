// The SELinux names of what a policy declares.
//
// A component's type is the one that the target block gives it, else `<policy>_<component>_t`; that
// of its program `.._exec_t`. An interface's object class is the kernel class that the target block
// maps it to, else a new userspace class `<policy>_<interface>` whose permissions are the
// interface's methods. A group is an attribute `<policy>_<group>`, a variant a boolean
// `<policy>_<variant>`. Derived names are lower-cased.
//
// The life of a component with a program is the kernel's class process (docs/selinux.md).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"

namespace bh {

// The role of a component that is given none. The base policy declares it.
inline constexpr std::string_view StandardRole = "system_r";

struct SelinuxNames {
  struct ObjectClass {
    std::string name;
    bool from_kernel = false;  // already declared by the base policy
    bool used = false;         // some endpoint has the interface and this class
  };
  // Types and attributes have one name space, each other kind has its own.
  enum class Kind : uint8_t { Type, Attribute, Class, Role, Boolean };
  struct Declared {
    Kind kind = Kind::Type;
    std::string name;
    std::string owner;  // what it names, as the policy calls it
    Span span;
  };

  std::string prefix;                   // of derived names, without the '_': the policy's name
  std::vector<std::string> types;       // by ComponentId
  std::vector<std::string> programs;    // by ComponentId: the type of its program; "": it has none
  std::vector<std::string> roles;       // by ComponentId; "" of an object
  std::vector<ObjectClass> classes;     // by InterfaceId
  std::vector<std::string> attributes;  // by GroupId
  std::vector<std::string> booleans;    // by VariantId; "" of one that the settings do not vary
  // What the module declares. INVARIANT: no two of one name space have the same name.
  std::vector<Declared> declared;

  const std::string& type(ComponentId id) const { return types[id.value]; }
  const std::string& program(ComponentId id) const { return programs[id.value]; }
  const std::string& role(ComponentId id) const { return roles[id.value]; }
  const ObjectClass& object_class(InterfaceId id) const { return classes[id.value]; }
};

// What an operation is to SELinux: all of these permissions, on the type of the endpoint's owner.
struct SelinuxAccess {
  std::string object_class;
  std::vector<std::string> permissions;  // one, but for the life of a component with a program
};
SelinuxAccess access_of(const Model& model, const SelinuxNames& names, OperationId operation);

// Whether the operation starts its owner from a program: a domain transition.
bool starts_program(const Model& model, const SelinuxNames& names, OperationId operation);

// Whether CIL takes the word as the name of a type, class or permission: a letter, then letters,
// digits and underscores, at most 255 bytes, and none of CIL's operators.
bool is_selinux_name(std::string_view word);

// Of a policy in one or more settings. Nothing when a name is invalid, ambiguous, or not in the
// kernel's vocabulary; the sink then says which.
std::optional<SelinuxNames> selinux_names(std::span<const CheckedModel> settings,
                                          DiagnosticSink& sink);

}  // namespace bh
