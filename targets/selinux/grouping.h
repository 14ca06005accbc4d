// Permissions as rules: those between the same types are one rule, and rules that differ in one
// type alone are one of a group's attribute where the whole group has them. So that the module
// reads like the policy.
#pragma once

#include <string>
#include <vector>

#include "targets/selinux/plan.h"

namespace bh {

// A group with at least two members.
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

}  // namespace bh
