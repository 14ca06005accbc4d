// The SELinux names of a policy's components and interfaces.
//
// A component's type is the one that the target block gives it, else `<policy>_<component>_t`; an
// interface's object class is the kernel class that the target block maps it to, else a new
// userspace class
// `<policy>_<interface>` whose permissions are the interface's methods. Derived names are
// lower-cased.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"

namespace bh {

struct SelinuxNames {
  struct ObjectClass {
    std::string name;
    bool from_kernel = false;  // already declared by the base policy
    bool used = false;         // some endpoint has the interface
  };
  std::vector<std::string> types;  // by ComponentId; no two equal
  std::vector<ObjectClass>
      classes;  // by InterfaceId; no two used ones equal, but where from_kernel

  const std::string& type(ComponentId id) const { return types[id.value]; }
  const ObjectClass& object_class(InterfaceId id) const { return classes[id.value]; }
};

// Whether CIL takes the word as the name of a type, class or permission: a letter, then letters,
// digits and underscores, at most 255 bytes, and none of CIL's operators.
bool is_selinux_name(std::string_view word);

// Nothing when a name is invalid, ambiguous, or not in the kernel's vocabulary; the sink then says
// which.
std::optional<SelinuxNames> selinux_names(const CheckedModel& model, DiagnosticSink& sink);

}  // namespace bh
