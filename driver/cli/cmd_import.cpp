#include <fmt/format.h>

#include "driver/cli/commands.h"
#include "driver/pipeline/selinux_policy.h"
#include "driver/report/selinux_report.h"

namespace bh::cli {

Exit import_policy(const Arguments& arguments) {
  if (arguments.positional.size() < 2 || arguments.positional[0] != "selinux") {
    return cannot_run({"what to import is an SELinux policy: a compiled one, or modules",
                       "bulkhead import selinux policy.33"});
  }
  const std::vector<std::string> paths(arguments.positional.begin() + 1,
                                       arguments.positional.end());
  const Result<selinux::Policy> policy = load_selinux(paths);
  if (!policy.has_value()) return cannot_run(policy.error());
  if (policy->access.empty())
    return cannot_run({"nothing to import: the policy has no rules", "name the right file"});
  fmt::print("{}",
             arguments.get("--format") == "json" ? selinux_json(*policy) : print_selinux(*policy));
  return Exit::Clean;
}

}  // namespace bh::cli
