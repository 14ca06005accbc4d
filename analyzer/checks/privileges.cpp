#include <fmt/format.h>

#include <algorithm>

#include "analyzer/checks/checks.h"
#include "analyzer/privileged.h"

namespace bh {

void list_privileges(const ComponentView& v) {
  for (const ReachedExternal& external : v.reach.externals) {
    const std::string name = plain_name(external.name);
    const std::optional<Privilege> privilege = privilege_of(name);
    if (!privilege || !external.from.caller.valid()) continue;
    PrivilegeUse use{*privilege, name, external.from.at,
                     path_to(v.program, v.reach, external.from)};
    v.result.privileges.push_back(std::move(use));
  }
  std::sort(v.result.privileges.begin(), v.result.privileges.end(),
            [](const PrivilegeUse& a, const PrivilegeUse& b) {
              return std::tie(a.privilege, a.function) < std::tie(b.privilege, b.function);
            });
}

}  // namespace bh
