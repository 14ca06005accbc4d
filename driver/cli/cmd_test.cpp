#include <fmt/format.h>

#include "driver/cli/commands.h"
#include "solver/reference/policy_tests.h"

namespace bh::cli {

Exit test(const Arguments& arguments) {
  const bool json = arguments.get("--format") == "json";
  Result<LoadedPolicy> policy = load_policy(arguments.positional);
  if (!policy.has_value()) return cannot_run(policy.error());
  if (!policy->model) {
    print_findings(*policy, json);
    return exit_code(policy->sink);
  }
  const TestCounts counts = run_tests(*policy->model, policy->sink);
  print_findings(*policy, json);
  if (counts.run == 0) {
    return cannot_run({"nothing to check: the policy has no tests", "add a `test \"...\" { ... }` statement"});
  }
  if (!json) fmt::print("{} of {} tests passed\n", counts.run - counts.failed, counts.run);
  return exit_code(policy->sink);
}

}  // namespace bh::cli
