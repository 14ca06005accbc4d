// Runs a function in a child process, so that a crash, an endless loop or a flood of memory inside
// of it is an error here and nothing more.
#pragma once

#include <functional>
#include <string>

#include "core/base/result.h"

namespace bh {

struct IsolationLimits {
  unsigned cpu_seconds = 60;
  size_t memory_bytes = size_t{2} << 30;  // not enforced in builds with the address sanitizer
  size_t answer_bytes = size_t{64} << 20;
};

// The string that `work` returned in the child. Fails when the child crashed, hit a limit or
// answered too much. The child sees a copy of this process: `work` must not rely on other threads.
Result<std::string> run_isolated(const std::function<std::string()>& work,
                                 const IsolationLimits& limits);

}  // namespace bh
