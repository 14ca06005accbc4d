// Runs numbered jobs in child processes, so that a job which crashes or hangs costs that job and
// nothing else.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace bh {

struct WorkerLimits {
  unsigned processes = 1;
  unsigned seconds = 300;     // for one job, on the wall; 0: no limit
  unsigned megabytes = 4096;  // address space of one process; 0: no limit (sanitizers need it)
};

// Runs in a child; what it returns is handed to the parent.
using WorkerJob = std::function<std::string(size_t index)>;
// Runs in the parent, once for each job that was started, in the order in which they end. `died`
// says why there is no answer ("killed by signal 11", "took longer than 300 s"); empty when there
// is one. False: start no further job.
using WorkerDone =
    std::function<bool(size_t index, const std::string& answer, const std::string& died)>;

// Must be called while this process has one thread.
void run_workers(size_t jobs, const WorkerLimits& limits, const WorkerJob& job,
                 const WorkerDone& done);

}  // namespace bh
