#include "targets/selinux/minimal_base.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "targets/selinux/kernel_classes.h"

namespace bh {

std::string minimal_base() {
  std::string text =
      "; minimal base policy: kernel classes, contexts, one rule\n(handleunknown deny)\n(mls "
      "false)\n";
  std::vector<std::string_view> names;
  for (const KernelClass& each : kernel_classes()) {
    text += fmt::format("(class {} ({}))\n", each.name, fmt::join(each.permissions, " "));
    names.push_back(each.name);
  }
  text += fmt::format("(classorder ({}))\n", fmt::join(names, " "));
  text +=
      "(sensitivity s0)\n(sensitivityorder (s0))\n"
      "(category c0)\n(categoryorder (c0))\n(sensitivitycategory s0 (c0))\n"
      "(user system_u)\n(role object_r)\n(role system_r)\n(type kernel_t)\n"
      "(userrole system_u system_r)\n(userrole system_u object_r)\n(userlevel system_u "
      "(s0))\n(userrange system_u ((s0) (s0)))\n"
      "(roletype system_r kernel_t)\n"
      "(allow kernel_t self (process (fork)))\n"
      "(sid kernel)\n(sid security)\n(sid unlabeled)\n(sidorder (kernel security unlabeled))\n";
  for (std::string_view sid : {"kernel", "security", "unlabeled"}) {
    text += fmt::format("(sidcontext {} (system_u system_r kernel_t ((s0) (s0))))\n", sid);
  }
  return text;
}

}  // namespace bh
