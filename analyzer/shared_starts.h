// Units that start with the same inclusion, extracted in copies of one process that has parsed it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "analyzer/extract.h"
#include "analyzer/workers.h"

namespace bh {

// One worker's units. Its first unit of a start is extracted as a whole, and warms what the copies
// then share.
class SharedStarts {
 public:
  using JobOf = std::function<const ExtractJob&(size_t index)>;
  // What becomes of an outcome; runs in a copy of this process.
  using Finish = std::function<std::string(size_t index, ExtractOutcome outcome)>;
  SharedStarts(FrontEnd& front_end, JobOf job_of, Finish finish)
      : front_end_(front_end), job_of_(std::move(job_of)), finish_(std::move(finish)) {}

  // What `finish` says.
  std::string extract(size_t index);
  // Ends the processes that are copied.
  void end() { starts_.clear(); }

 private:
  static constexpr int MostProcesses = 4;
  struct Start {
    size_t units = 0;
    std::unique_ptr<HalfWay> process;
    bool shared = true;  // false: that was tried in vain
  };
  std::unique_ptr<HalfWay> begin(size_t index);
  bool has_room() const;

  FrontEnd& front_end_;
  JobOf job_of_;
  Finish finish_;
  std::map<std::string, Start> starts_;
};

}  // namespace bh
