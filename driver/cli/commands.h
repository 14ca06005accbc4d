// One function per command; each lives in cmd_<name>.cpp: parse options, call the pipeline, render, exit code.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "driver/cli/command.h"
#include "driver/pipeline/load.h"

namespace bh::cli {

Exit check(const Arguments& arguments);
Exit check_least_privilege(const Arguments& arguments);  // check --least-privilege
Exit test(const Arguments& arguments);
Exit validate(const Arguments& arguments);
Exit validate_suggest(const Arguments& arguments);       // validate --suggest
Exit validate_export_facts(const Arguments& arguments);  // validate --export-facts
Exit diff(const Arguments& arguments);
Exit emit(const Arguments& arguments);
Exit run(const Arguments& arguments);
Exit audit(const Arguments& arguments);
Exit image(const Arguments& arguments);
Exit impact(const Arguments& arguments);
Exit explain(const Arguments& arguments);
Exit format(const Arguments& arguments);
Exit import_policy(const Arguments& arguments);

// Colour on a terminal, unless the user asked for none (no-color.org).
bool colour_wanted();

// The findings of a loaded policy on standard output: as text, or as a JSON document {version, findings}.
void print_findings(const LoadedPolicy& policy, bool json);

// The policy that a command was asked about, with a model; or, when its text is at fault or cannot be read, what
// was wrong is printed and the exit code stands here.
std::variant<LoadedPolicy, Exit> open_policy(const std::vector<std::string>& paths, bool json,
                                             const std::string& setting = {});

}  // namespace bh::cli
