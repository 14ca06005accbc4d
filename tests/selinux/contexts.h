// Random security contexts in the names of a policy; some of them are none.
#pragma once

#include <fmt/format.h>

#include <random>
#include <string>

#include "targets/selinux/policy.h"

namespace bh {

class Contexts {
 public:
  Contexts(const selinux::Policy& policy, unsigned seed) : policy_(policy), random_(seed) {}

  size_t below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(random_); }

  std::string any() {
    const auto& role = policy_.roles[below(policy_.roles.size())];
    const bool fits = below(4) != 0 && !role.types.empty();
    const uint32_t type = fits ? role.types[below(role.types.size())]
                               : static_cast<uint32_t>(below(policy_.types.size()));
    return fmt::format("{}:{}:{}:{}", policy_.users[below(policy_.users.size())].name,
                       below(3) == 0 ? "object_r" : role.name, policy_.types[type].name, levels());
  }

 private:
  std::string levels() {
    const std::string& s = policy_.sensitivities[below(policy_.sensitivities.size())].name;
    const std::string& low = policy_.sensitivities[0].name;
    const std::string& c = policy_.categories[below(policy_.categories.size())].name;
    switch (below(4)) {
      case 0:
        return low;
      case 1:
        return fmt::format("{}:{}", low, c);
      case 2:
        return fmt::format("{}-{}:{}.{}", low, s, policy_.categories.front().name,
                           policy_.categories.back().name);
      default:
        return fmt::format("{}-{}:{}", low, s, c);
    }
  }

  const selinux::Policy& policy_;
  std::mt19937 random_;
};

}  // namespace bh
