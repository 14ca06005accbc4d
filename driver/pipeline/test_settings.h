// `bulkhead test` over all settings of a policy's variants. Each test belongs to one setting; what
// a test notices in one of them is noticed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "solver/mutation/coverage.h"
#include "solver/mutation/run.h"
#include "solver/reference/policy_tests.h"

namespace bh {

// A change of the policy's text, and the best fate that it has in any setting.
struct ReportedMutant {
  MutationKind kind = MutationKind::RemoveRule;
  Span span;
  std::string text;  // "'signing' also where slot = 3"
  Fate fate = Fate::Undecided;
  std::string killer;  // as in MutantResult
  std::string test;    // Survived: as policy text
  std::string reason;  // Undecided
};

struct MutationReport {
  std::vector<ReportedMutant> mutants;  // in the order in which they were tried first
  size_t possible = 0;
  bool complete = true;  // all that are possible were tried
  MutationScore score;
};

// Failing tests are reported.
TestCounts test_settings(const std::vector<CheckedModel>& models, DiagnosticSink& sink);

// An item is covered where any setting covers it.
Coverage cover_settings(const std::vector<CheckedModel>& models, const CoverageOptions& options);

// A mutant is killed where any setting kills it, and equivalent where all find it so. `progress`
// hears how many of how many were tried.
MutationReport mutate_settings(const std::vector<CheckedModel>& models,
                               const MutationOptions& options,
                               const std::function<void(size_t, size_t)>& progress);

}  // namespace bh
