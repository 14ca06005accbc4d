#include <fmt/format.h>

#include "analyzer/validate.h"
#include "driver/cli/commands.h"
#include "driver/pipeline/extract.h"
#include "driver/report/validate_report.h"

namespace bh::cli {

Exit validate(const Arguments& arguments) {
  const bool json = arguments.get("--format") == "json";
  const Result<unsigned> jobs = read_jobs(arguments.get("--jobs"));
  if (!jobs.has_value()) return cannot_run(jobs.error());
  const ExtractRequest request{arguments.get("--database"), arguments.get("--facts"), *jobs,
                               arguments.get("--launcher")};
  if (arguments.has("--ninja")) {
    const Result<void> written = write_extraction_graph(request, arguments.get("--ninja"));
    return written.has_value() ? Exit::Clean : cannot_run(written.error());
  }
  auto opened = open_policy(arguments.positional, json);
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  const Model& model = **policy.model;
  if (model.code.empty()) {
    return cannot_run(
        {"nothing to check: the policy has no `code` statements",
         "say which sources belong to a component: code NAME { sources \"src/**\" entry main }"});
  }
  const Result<Facts> facts = extract_facts(request);
  if (!facts.has_value()) return cannot_run(facts.error());

  const ValidationResult result =
      bh::validate(*policy.model, *facts, ValidateOptions{}, policy.sink);
  if (json) {
    fmt::print("{}", validation_json(policy, result));
  } else {
    print_findings(policy, false);
    fmt::print("{}", print(result, model,
                           arguments.has("--verbose") ? Detail::Everything : Detail::Brief));
  }
  return exit_code(policy.sink);
}

}  // namespace bh::cli
