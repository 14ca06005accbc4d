// Type-enforcement facts: what a policy, or a compiled SELinux policy, grants. The common ground on
// which the two are compared.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "targets/selinux/emit.h"

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

// The part of the model that type enforcement carries, in the given names: one fact for each cell
// that the policy grants always, or that it approximates.
TeFacts type_enforcement(const CheckedModel& model, const SelinuxNames& names);

// What a compiled policy says about a set of types, with attributes expanded to the types of the
// set.
struct BinaryTe {
  TeFacts facts;        // both types in the set, unconditional
  TeFacts conditional;  // both types in the set, but subject to a boolean
  TeFacts
      filtered;  // both types in the set; extended permissions narrow it to some of its commands
  // Only one of the types in the set; the other end is named as the policy names it, type or
  // attribute.
  TeFacts foreign;
  std::vector<std::string> missing;     // types of the set that the policy does not have
  std::vector<std::string> permissive;  // types of the set for which nothing is enforced
  size_t types = 0;                     // in the whole policy
  size_t rules = 0;                     // allow rules in the whole policy, before expansion
};

// Reports each way in which the compiled policy is not exactly the model's type-enforcement part
// (BH6061 to BH6065); true when there is no error among them. Access to or from types outside of
// the set, which only the policy that the module was linked with can have added, is a warning each.
bool compare(const TeFacts& model, const BinaryTe& binary, DiagnosticSink& sink);

}  // namespace bh
