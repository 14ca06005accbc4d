// One function per command; each lives in cmd_<name>.cpp: parse options, call the pipeline, render, exit code.
#pragma once

#include "driver/cli/command.h"

namespace bh::cli {}
