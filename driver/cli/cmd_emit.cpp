#include <fmt/format.h>

#include "driver/cli/commands.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/selinux.h"

namespace bh::cli {

// Compiled, read back and proved equal before it is written: what is on disk is what was proved.
static Exit emit_selinux(const Arguments& arguments, LoadedPolicy& policy, bool json) {
  std::vector<SelinuxBase> bases = {SelinuxBase::Minimal};
  if (arguments.has("--link-debian")) bases.push_back(SelinuxBase::Debian);
  const Result<std::optional<ProvedCil>> proved =
      emit_and_prove(*policy.model, bases, user_cache(), policy.sink);
  if (!proved.has_value()) return cannot_run(proved.error());
  print_findings(policy, json);
  if (!*proved) return exit_code(policy.sink);
  const std::string given = arguments.get("--output");
  const std::string output = given.empty() ? (*policy.model)->name + ".cil" : given;
  if (Result<void> written = write_file(output, (*proved)->module.text); !written.has_value()) {
    return cannot_run(written.error());
  }
  fmt::print(stderr, "wrote {}\n", output);
  if (json) return exit_code(policy.sink);
  fmt::print("{}", print((*proved)->module));
  for (const CompiledSelinux& compiled : (*proved)->compiled) fmt::print("{}", print(compiled));
  return exit_code(policy.sink);
}

Exit emit(const Arguments& arguments) {
  const bool json = arguments.get("--format") == "json";
  Result<LoadedPolicy> policy = load_policy(arguments.positional);
  if (!policy.has_value()) return cannot_run(policy.error());
  if (!policy->model) {
    print_findings(*policy, json);
    return exit_code(policy->sink);
  }
  return emit_selinux(arguments, *policy, json);
}

}  // namespace bh::cli
