// Whether two policies decide every request alike, whatever was asked before.
#pragma once

#include <cstddef>
#include <string>

#include "core/model/model.h"
#include "solver/check.h"
#include "solver/queries/matrix.h"
#include "solver/queries/questions.h"

namespace bh {

struct Distinction {
  Verdict verdict = Verdict::Unknown;  // Proved: alike; Violated: not; Unknown: see `reason`
  // Violated: one policy grants the last request and the other refuses it; both grant all before
  // it. The shortest such trace of its endpoint, confirmed by the reference evaluator.
  Trace trace;
  std::string reason;
};

struct DistinctionLimits {
  uint64_t rlimit = 10'000'000;  // Z3 resource units a question
  size_t states = 10'000;        // joint states of both policies explored an endpoint
};

// Compares policies with one original. Both must have the same components, endpoints and methods.
//
// Arguments decide rules and nothing else, so of each (caller, operation) one request stands for
// all that both policies' rules grant, one for all that only this one grants and one for all that
// only the other does. From the initial state both are played side by side, every reply that a
// protocol tells apart, until no new pair of states appears. Time passes in steps so small that
// every order of timeouts and requests occurs. Of callers that are alike, as many are played as can
// matter; where that is not known to be enough, no difference means unknown.
class Distinguisher {
 public:
  Distinguisher(const CheckedModel& original, const DistinctionLimits& limits);
  Distinction compare(const CheckedModel& other);

 private:
  const CheckedModel& original_;
  DistinctionLimits limits_;
  Questions questions_;
  Matrix matrix_;
};

}  // namespace bh
