// Where the modules that a policy was linked from say what: for people who look for what a change
// names. Nothing is decided by it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "targets/selinux/policy.h"

namespace bh::selinux {

class Origins {
 public:
  struct Place {
    uint32_t module = None;
    uint32_t line = 0;  // from 1
    bool found() const { return module != None; }
  };

  // Adds the declarations and access rules of a module's CIL text, which libsepol has accepted.
  // What stands in a macro, or is copied by `blockinherit`, has no place.
  void add(std::string module, std::string_view cil);

  // False for a policy that came compiled: nobody knows.
  bool known() const { return !modules_.empty(); }
  bool has_module(std::string_view name) const;
  // Whether some module has the same name in both, so that one without a partner came or went.
  bool shares_modules(const Origins& other) const;
  const std::string& module(Place place) const { return modules_[place.module]; }
  // "ssh:246"; "" for no place.
  std::string print(Place place) const;

  // Of what a statement `(what name ..)` declares: "type", "boolean", "role". The first place,
  // where there are more.
  Place declaration(std::string_view what, std::string_view name) const;
  Place rule(AccessKind kind, std::string_view source, std::string_view target,
             std::string_view object_class) const;

 private:
  std::vector<std::string> modules_;
  std::unordered_map<uint64_t, Place> places_;  // by the hash of the statement's words
};

}  // namespace bh::selinux
