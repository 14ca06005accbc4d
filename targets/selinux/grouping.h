// Permissions as rules: those between the same types are one rule, and rules that differ in one
// type alone are one of a group's attribute where the whole group has them. So that the module
// reads like the policy.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "targets/selinux/plan.h"

namespace bh {

// A set of types that has a name.
struct TypeGroup {
  std::string attribute;
  std::vector<std::string> types;
};

struct GroupedRule {
  std::string source;  // types or attributes
  std::string target;
  std::string object_class;
  std::vector<std::string> permissions;
  SettingSet where;
  std::vector<std::string> reasons;  // no duplicates
};

// Rules that come to exactly these permissions, in their order.
std::vector<GroupedRule> grouped(const std::vector<SelinuxPlan::Access>& accesses,
                                 const std::vector<TypeGroup>& groups);

struct JoinedRules {
  std::vector<GroupedRule> rules;
  std::vector<TypeGroup> sets;  // that the rules speak of beside the types and groups given
};

// Rules that differ in their types alone as one rule between two sets of types, where that takes
// fewer statements: the compiler goes through the whole policy for each neverallow. `name` makes
// the attribute of the n-th set, counted from 0.
JoinedRules joined(std::vector<GroupedRule> rules, const std::function<std::string(size_t)>& name);

}  // namespace bh
