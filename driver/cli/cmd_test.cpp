#include <fmt/format.h>

#include "driver/cli/commands.h"
#include "solver/reference/policy_tests.h"

namespace bh::cli {

Exit test(const Arguments& arguments) {
  const bool json = arguments.get("--format") == "json";
  auto opened = open_policy(arguments.positional, json);
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  const TestCounts counts = run_tests(*policy.model, policy.sink);
  print_findings(policy, json);
  if (counts.run == 0) {
    return cannot_run({"nothing to check: the policy has no tests", "add a `test \"...\" { ... }` statement"});
  }
  if (!json) fmt::print("{} of {} tests passed\n", counts.run - counts.failed, counts.run);
  return exit_code(policy.sink);
}

}  // namespace bh::cli
