// One function per command; each lives in cmd_<name>.cpp: parse options, call the pipeline, render, exit code.
#pragma once

#include "driver/cli/command.h"
#include "driver/pipeline/load.h"

namespace bh::cli {

Exit check(const Arguments& arguments);
Exit test(const Arguments& arguments);
Exit validate(const Arguments& arguments);
Exit emit(const Arguments& arguments);
Exit run(const Arguments& arguments);
Exit explain(const Arguments& arguments);

// The findings of a loaded policy on standard output, in the chosen format.
void print_findings(const LoadedPolicy& policy, bool json);

}  // namespace bh::cli
