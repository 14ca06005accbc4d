// What a break-in at types of an SELinux policy reaches.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "targets/selinux/flow.h"
#include "targets/selinux/policy.h"

namespace bh {

// Types that data gets to, or comes from.
struct SelinuxReach {
  selinux::Numbers direct;  // in one step
  size_t unconfined = 0;    // of these, those with the attribute unconfined_domain_type
  size_t all = 0;           // in any number of steps
  uint32_t steps = 0;       // to the farthest of them
};

struct SelinuxImpact {
  std::string what;  // as it was asked
  selinux::Numbers types;
  bool permissive = false;  // one of them is: it counts as able to do anything
  uint64_t cells = 0;       // (target, class) that they have a permission for, booleans on or off
  uint64_t permissions = 0;
  SelinuxReach to;    // whom they influence
  SelinuxReach from;  // whose data they get
  selinux::Numbers
      enters;          // the types that they may turn into: process transition or dyntransition
  size_t unknown = 0;  // permissions that the flow map does not know, and so count both ways
};

// `what`: types and attributes, separated by commas. Fails when one is unknown.
Result<SelinuxImpact> selinux_impact(const selinux::Policy& policy, const selinux::FlowMap& map,
                                     const std::string& what);

// "sshd_t, ntpd_t and 3 more"
std::string print_types(const selinux::Policy& policy, const selinux::Numbers& types, size_t most);

std::string print_impact(const selinux::Policy& policy, const SelinuxImpact& impact);
std::string impact_json(const selinux::Policy& policy, const SelinuxImpact& impact);

}  // namespace bh
