// Runs numbered jobs in child processes, so that a job which crashes or hangs costs that job and
// nothing else.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <optional>
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

// Must be called while this process has one thread. `end` runs in a child that gets no further job.
void run_workers(size_t jobs, const WorkerLimits& limits, const WorkerJob& job,
                 const WorkerDone& done, const std::function<void()>& end = {});

// A child process that does what several jobs have in common, stops, and is copied for each of
// them.
class HalfWay {
 public:
  // Returns in a copy of the process, with the number of the copy's job.
  using Next = std::function<size_t()>;
  // Runs in the child and calls `next` once, when the common part is done; what it returns is the
  // answer to the copy's job. When it does not call `next`, there is no common part.
  using Work = std::function<std::string(const Next& next)>;

  explicit HalfWay(const Work& work);
  HalfWay(const HalfWay&) = delete;
  HalfWay& operator=(const HalfWay&) = delete;
  ~HalfWay();

  // The answer. Nothing when there is no common part. When the copy dies, this process dies in the
  // same way.
  std::optional<std::string> run(size_t index);

 private:
  pid_t process_ = -1;
  int socket_ = -1;
};

}  // namespace bh
