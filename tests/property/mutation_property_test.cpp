// Mutation testing against the reference evaluator, on random policies.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "solver/mutation/run.h"
#include "solver/reference/policy_tests.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

MutationOptions small(size_t most) {
  MutationOptions options;
  options.most = most;
  options.distinction.states = 500;
  options.check.state_limit = 2'000;
  options.check.total_state_limit = 20'000;
  return options;
}

size_t failed(const CheckedModel& model, const Test& test) {
  Model with = *model;
  with.tests = {};
  with.tests.add(test);
  DiagnosticSink sink;
  return run_tests(*seal(std::move(with), DiagnosticSink()), sink).failed;
}

// A survivor's test tells the two apart; of an equivalent mutant no random trace is decided
// otherwise.
RC_GTEST_PROP(Mutants, AreWhatTheyAreSaidToBe, (uint64_t seed)) {
  const CheckedModel model = *seal(random_model(seed), DiagnosticSink());
  MutationRun run(model, small(12));
  while (const std::optional<MutantResult> result = run.next()) {
    const CheckedModel other = mutant(model, result->mutation);
    if (result->fate == Fate::Survived) {
      RC_ASSERT(failed(model, result->test) == 0u);
      RC_ASSERT(failed(other, result->test) == 1u);
    }
    if (result->fate != Fate::Equivalent) continue;
    for (uint64_t t = 0; t < 4; ++t) {
      const Trace trace = random_trace(*model, seed + t, 60);
      const std::vector<Decision> ours = replay(model, trace);
      const std::vector<Decision> theirs = replay(other, trace);
      for (size_t i = 0; i < trace.size(); ++i) {
        RC_ASSERT(ours[i].granted() == theirs[i].granted());
      }
    }
  }
}

}  // namespace
}  // namespace bh
