#include "analyzer/shared_starts.h"

#include <algorithm>

namespace bh {

std::string SharedStarts::extract(size_t index) {
  const ExtractJob& job = job_of_(index);
  const std::string text = job.skip_bodies ? front_end_.start_of(job) : "";
  if (!text.empty()) {
    Start& start = starts_[text];
    if (start.shared && !start.process && ++start.units > 1 && has_room())
      start.process = begin(index);
    if (start.process) {
      if (std::optional<std::string> answer = start.process->run(index)) return *answer;
      start.process.reset();
      start.shared = false;
    }
  }
  return finish_(index, front_end_.extract(job, ExtractMode::Facts));
}

bool SharedStarts::has_room() const {
  return std::count_if(starts_.begin(), starts_.end(), [](const auto& start) {
           return start.second.process != nullptr;
         }) < MostProcesses;
}

std::unique_ptr<HalfWay> SharedStarts::begin(size_t index) {
  return std::make_unique<HalfWay>([this, index](const HalfWay::Next& next) {
    size_t copied = index;
    std::optional<ExtractOutcome> outcome =
        front_end_.extract_from_start(job_of_(index), [&] { return job_of_(copied = next()); });
    return outcome ? finish_(copied, std::move(*outcome)) : "";
  });
}

}  // namespace bh
