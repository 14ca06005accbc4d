// What the kernel answers to one request, and why it refuses: the whole decision, with constraints,
// levels, roles and bounds, as security_compute_av makes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "targets/selinux/policy.h"

namespace bh::selinux {

// "system_u:system_r:ntpd_t:s0-s0:c0.c1023"
struct Context {
  uint32_t user = 0;
  uint32_t role = 0;
  uint32_t type = 0;
  Range range;
};

// Fails when a name is unknown, or the policy does not let the user have the role, the role the
// type, or the user the levels: such a context is none.
Result<Context> parse_context(const Policy& policy, std::string_view text);
std::string print(const Policy& policy, const Context& context);

enum class Cause : uint8_t {
  MissingRule,  // no rule, whatever the booleans
  BooleanOff,   // a rule is there, but not in force
  Constraint,   // constrain: user, role and type
  Levels,       // mlsconstrain
  RoleChange,   // a process may not go from the one role to the other
  Bounds,       // typebounds: what bounds the type may not do it
};

std::string_view print(Cause cause);

struct Refusal {
  uint32_t permissions = 0;
  Cause cause = Cause::MissingRule;
  std::string why;  // the constraint, or what would grant it
};

// What is left of the requested permissions, and each reason why some of them are not. The causes
// that hold at the same time for one permission are all listed.
struct Decision {
  uint32_t allowed = 0;
  bool permissive = false;  // nothing is enforced for the source type, whatever is refused
  std::vector<Refusal> refusals;
};

// `values` of the booleans, by Bool.
Decision decide(const Policy& policy, const Context& source, const Context& target,
                uint32_t object_class, uint32_t requested, const std::vector<bool>& values);

// The values that the booleans start with.
std::vector<bool> standard_values(const Policy& policy);

}  // namespace bh::selinux
