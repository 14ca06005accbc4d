// Two policies with one numbering, so that they can be compared number by number.
#pragma once

#include <array>
#include <vector>

#include "targets/selinux/policy.h"

namespace bh::selinux {

// Which of the shared names each of the two policies has itself.
struct Shared {
  using Present = std::array<std::vector<bool>, 2>;
  Present types;
  Present classes;
  Present bools;
  Present roles;
  Present users;
  Present sensitivities;
  Present categories;
  std::array<std::vector<uint32_t>, 2> permissions;  // by class, a bit each
};

// Renumbers both: types, classes, permissions, booleans, roles, users, sensitivities and categories
// of one name have one number afterwards, the names of `before` first. A name that a policy lacks
// stands for nothing in it. Attributes stay each policy's own. Fails when the names of a class's
// permissions no longer fit into a word.
bool share_names(Policy& before, Policy& after, Shared& shared);

}  // namespace bh::selinux
