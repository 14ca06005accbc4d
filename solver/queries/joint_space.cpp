#include "solver/queries/joint_space.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "solver/queries/space.h"

namespace bh {

JointSpace::JointSpace(const CheckedModel& ours, const CheckedModel& theirs,
                       std::vector<RequestPair> requests, size_t state_limit)
    : ours_(ours), theirs_(theirs), requests_(std::move(requests)), state_limit_(state_limit) {
  for (const RequestPair& request : requests_) {
    std::vector<ReplyStatus>& list =
        replies_.emplace_back(replies_of(*ours_, request.ours.operation));
    const auto more = replies_of(*theirs_, request.theirs.operation);
    if (more.size() > list.size()) list = more;
    callers_.emplace(request.ours.caller, request.theirs.caller);
  }
  quantum_ = quantum();
}

// How long time may pass before something else is asked: a part of what all timeouts are multiples
// of, one more part than there are clocks, which lets them run out in every order.
uint64_t JointSpace::quantum() const {
  uint64_t common = 0;
  uint64_t clocks = 0;
  for (const CheckedModel* model : {&ours_, &theirs_}) {
    for (const Protocol& protocol : (*model)->protocols) {
      bool timed = false;
      for (const State& state : protocol.states) {
        if (!state.timeout) continue;
        timed = true;
        common = std::gcd(common, uint64_t{state.timeout->milliseconds});
      }
      if (!timed) continue;
      clocks += protocol.instances == InstanceKind::Shared ? 1 : callers_.size() + 1;
    }
  }
  if (common == 0) return 0;
  for (uint64_t parts = clocks + 1; parts <= clocks + 64; ++parts) {
    if (common % parts == 0) return common / parts;
  }
  return 1;
}

static Trace trace_of(const JointDifference& difference, const std::vector<RequestPair>& requests,
                      Request RequestPair::* side) {
  Trace trace;
  for (const JointStep& step : difference.steps) {
    trace.push_back({requests[step.request].*side, step.reply, step.wait_ms});
  }
  return trace;
}

Trace JointSpace::trace_of_ours(const JointDifference& difference) const {
  return trace_of(difference, requests_, &RequestPair::ours);
}

Trace JointSpace::trace_of_theirs(const JointDifference& difference) const {
  return trace_of(difference, requests_, &RequestPair::theirs);
}

class JointRun {
 public:
  explicit JointRun(const JointSpace& space) : s_(space), a_(space.ours_), b_(space.theirs_) {}

  JointSearch run(JointGoal goal) {
    JointSearch result;
    std::set<std::pair<size_t, bool>> told;
    add({Wait, ReplyStatus::Ok, 0}, 0);
    for (size_t at = 0; at < nodes_.size(); ++at) {
      restore(at);
      for (size_t r = 0; r < s_.requests_.size(); ++r) {
        const bool ours = a_.decide(s_.requests_[r].ours).granted();
        if (ours != b_.decide(s_.requests_[r].theirs).granted()) {
          if (!told.emplace(r, ours).second) continue;
          result.differences.push_back({path(at, {r, ReplyStatus::Ok, 0}), ours});
          if (goal == JointGoal::First) return result;
          continue;
        }
        if (!ours) continue;
        for (ReplyStatus reply : s_.replies_[r]) follow(at, {r, reply, 0});
      }
      for (uint64_t wait : waits()) follow(at, {Wait, ReplyStatus::Ok, wait});
      if (nodes_.size() > s_.state_limit_) {
        result.complete = false;
        return result;
      }
    }
    return result;
  }

 private:
  static constexpr size_t Wait = SIZE_MAX;  // no request: a wait alone

  struct Node {
    JointStep step;
    size_t parent;
    Evaluator::Moment ours;
    Evaluator::Moment theirs;
  };

  void add(JointStep step, size_t parent) {
    std::vector<uint32_t> key = a_.snapshot();
    const std::vector<uint32_t> theirs = b_.snapshot();
    key.push_back(static_cast<uint32_t>(key.size()));
    key.insert(key.end(), theirs.begin(), theirs.end());
    if (!seen_.insert(std::move(key)).second) return;
    nodes_.push_back({step, parent, a_.save(), b_.save()});
  }

  void restore(size_t at) {
    a_.restore(nodes_[at].ours);
    b_.restore(nodes_[at].theirs);
  }

  // Takes the step from the node, and comes back to it.
  void follow(size_t at, JointStep step) {
    a_.wait_ms(step.wait_ms);
    b_.wait_ms(step.wait_ms);
    if (step.request != Wait) {
      a_.step(s_.requests_[step.request].ours, step.reply);
      b_.step(s_.requests_[step.request].theirs, step.reply);
    }
    add(step, at);
    restore(at);
  }

  std::vector<JointStep> path(size_t at, JointStep last) const {
    std::vector<size_t> way;
    for (; at != 0; at = nodes_[at].parent) way.push_back(at);
    std::vector<JointStep> steps;
    uint64_t wait = 0;
    for (auto index = way.rbegin(); index != way.rend(); ++index) {
      JointStep step = nodes_[*index].step;
      wait += step.wait_ms;
      if (step.request == Wait) continue;
      step.wait_ms = std::exchange(wait, 0);
      steps.push_back(step);
    }
    last.wait_ms = wait;
    steps.push_back(last);
    return steps;
  }

  // One quantum, and as long as until the next timeout, which makes for short traces.
  std::vector<uint64_t> waits() const {
    if (s_.quantum_ == 0) return {};
    std::optional<uint64_t> next;
    const auto look = [&](const CheckedModel& model, const Evaluator& evaluator,
                          ComponentId caller) {
      for (ProtocolId id : model->protocols.ids()) {
        const std::optional<uint64_t> until = evaluator.until_timeout(id, caller);
        if (until && (!next || *until < *next)) next = until;
      }
    };
    for (const auto& [ours, theirs] : s_.callers_) {
      look(s_.ours_, a_, ours);
      look(s_.theirs_, b_, theirs);
    }
    if (!next) return {};
    const uint64_t milliseconds = *next / NanosecondsPerMillisecond;
    if (milliseconds <= s_.quantum_) return {s_.quantum_};
    return {milliseconds, s_.quantum_};
  }

  const JointSpace& s_;
  Evaluator a_;
  Evaluator b_;
  std::vector<Node> nodes_;
  std::set<std::vector<uint32_t>> seen_;
};

JointSearch JointSpace::search(JointGoal goal) const { return JointRun(*this).run(goal); }

}  // namespace bh
