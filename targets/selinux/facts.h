// What an SELinux policy says of a module's types, by the states of its booleans: planned for a
// policy, or read from a compiled one. The common ground on which the two are compared.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "targets/selinux/settings.h"

namespace bh {

// `source` may use `permission` of `object_class` on `target`.
struct TeFact {
  std::string source;
  std::string target;
  std::string object_class;
  std::string permission;
  auto operator<=>(const TeFact&) const = default;
};

using TeFacts = std::set<TeFact>;

// "gw_net_t -> gw_parser_t : gateway_link received"
std::string print(const TeFact& fact);

struct SelinuxFacts {
  // Each with the settings in which it holds, which are not none.
  std::map<TeFact, SettingSet> grants;
  // What is not access, as policy.conf and file_contexts write it (statements.h).
  std::map<std::string, SettingSet> statements;

  void grant(TeFact fact, const SettingSet& where);
  void say(std::string statement, const SettingSet& where);
};

// What of a compiled policy is a module's: everything about these names.
struct SelinuxScope {
  std::set<std::string> types;      // of components, objects and programs
  std::set<std::string> processes;  // of components with a program
  TeFacts own;                      // what the policy grants to processes on themselves
  std::set<std::string> attributes;
  std::set<std::string> roles;  // that the module declares
  std::set<std::string> paths;  // regular expressions, as file_contexts has them
  SelinuxSettings settings;
};

// What a compiled policy says within a scope, attributes expanded to the types of the scope. What
// hangs on a boolean that is not of the scope is possible, and not certain.
struct BinaryFacts {
  SelinuxFacts certain;
  SelinuxFacts possible;  // at least what is certain
  // Access between a type of the scope and another; the other end is named as the policy names it,
  // type or attribute.
  TeFacts foreign;
  std::vector<std::string> missing;     // types of the scope that the policy does not have
  std::vector<std::string> permissive;  // types of the scope for which nothing is enforced
  size_t given = 0;                     // left out: what every process has (probe.h)
  size_t types = 0;                     // in the whole policy
  size_t rules = 0;                     // allow rules in the whole policy, before expansion
};

// Reports each way in which the compiled policy is not exactly what was planned, in some setting
// (BH6061, BH6062, BH6064, BH6065, BH6070, BH6071); true when there is none. Access to or from
// types outside of the scope, which only the policy that the module was linked with can have added,
// is a warning each (BH6063).
bool compare(const SelinuxFacts& planned, const BinaryFacts& binary,
             const SelinuxSettings& settings, DiagnosticSink& sink);

}  // namespace bh
