// The joint states of two policies at one endpoint, played side by side with the reference
// evaluator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "core/model/model.h"
#include "solver/reference/evaluator.h"

namespace bh {

// The same request in the ids of both policies.
struct RequestPair {
  Request ours;
  Request theirs;
};

struct JointStep {
  size_t request = 0;  // place in the list of requests
  ReplyStatus reply = ReplyStatus::Ok;
  uint64_t wait_ms = 0;  // before it
};

// Both policies grant all steps but the last, which one of them refuses.
struct JointDifference {
  std::vector<JointStep> steps;
  bool ours_grants = false;
};

struct JointSearch {
  std::vector<JointDifference> differences;  // the shortest ways first
  bool complete = true;                      // false: the limit was hit
};

enum class JointGoal : uint8_t {
  First,        // the shortest difference alone
  EachRequest,  // for each request the shortest one in either direction
};

// Both models have the protocols of the endpoint alone, and must outlive this. From the initial
// state every request that both grant is made, with every reply that a protocol tells apart, until
// no new pair of states appears. Time passes in steps so small that every order of timeouts and
// requests occurs.
class JointSpace {
 public:
  JointSpace(const CheckedModel& ours, const CheckedModel& theirs,
             std::vector<RequestPair> requests, size_t state_limit);
  JointSearch search(JointGoal goal) const;

  Trace trace_of_ours(const JointDifference& difference) const;
  Trace trace_of_theirs(const JointDifference& difference) const;

 private:
  friend class JointRun;
  uint64_t quantum() const;

  const CheckedModel& ours_;
  const CheckedModel& theirs_;
  std::vector<RequestPair> requests_;
  std::vector<std::vector<ReplyStatus>> replies_;          // by request
  std::set<std::pair<ComponentId, ComponentId>> callers_;  // ours, theirs
  size_t state_limit_;
  uint64_t quantum_ = 0;  // how long time passes at least; 0: no clocks
};

}  // namespace bh
