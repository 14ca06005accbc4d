// Runs the policy's own `test` statements through the reference evaluator.
#pragma once

#include <cstddef>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "solver/reference/evaluator.h"

namespace bh {

struct TestCounts {
  size_t run = 0;
  size_t failed = 0;
};

// Each test starts in the initial state; every step is decided and, when granted, advances the
// protocols. `by r` asks that the rule r (or the protocol) decides the request in this way, be it
// the first to do so or not, so that the order of statements never matters. The first wrong step
// ends its test with BH4020.
TestCounts run_tests(const CheckedModel& model, DiagnosticSink& sink);

// One test, which need not be the model's own, from the initial state; whether it passed. The
// evaluator is of the model.
bool run_test(const CheckedModel& model, Evaluator& evaluator, const Test& test,
              DiagnosticSink& sink);

}  // namespace bh
