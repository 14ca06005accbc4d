// Child processes: the only place that starts one. No shell is involved.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace bh {

struct ProcessOptions {
  std::filesystem::path directory;  // where to run; empty: here
  // How long it may take before it is killed; zero: as long as it likes.
  std::chrono::seconds limit{0};
  // Called with each whole line of standard output (without the break) as it arrives.
  std::function<void(std::string_view)> on_line;
  size_t output_limit = size_t{64} << 20;  // bytes of stdout and of stderr; more kills the child
  bool stop_on_interrupt = false;  // SIGINT, SIGTERM: end the child, then say so in the result
  bool inherit_stderr = false;             // talk goes straight to ours instead of into `errors`
};

struct ProcessResult {
  int exit_code = 0;       // 128 + signal when a signal ended it
  bool timed_out = false;    // killed at `limit`
  bool interrupted = false;  // ended because we were asked to end
  std::string output;      // all of standard output
  std::string errors;      // all of standard error
};

// Fails only when the program cannot be started (not found, no permission) or floods us; how it ended is in
// the result.
Result<ProcessResult> run_process(const std::vector<std::string>& command, const ProcessOptions& options = {});

// The program's full path on PATH; empty when there is none.
std::filesystem::path find_program(std::string_view name);

}  // namespace bh
