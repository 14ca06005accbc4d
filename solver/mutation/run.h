// Mutation testing: which mutants of a policy its tests and properties notice, and for each that
// they do not, a test that would.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "solver/mutation/mutation.h"
#include "solver/mutation/verdicts.h"
#include "solver/queries/distinction.h"

namespace bh {

enum class Fate : uint8_t {
  KilledByTest,
  KilledByProperty,  // its verdict changed
  KilledByCheck,     // an error that the original does not have
  Equivalent,        // proved to decide every request as the original does
  Survived,
  Undecided,  // survived, and whether it is equivalent is not known; never taken for killed
};

struct MutantResult {
  Mutation mutation;
  Fate fate = Fate::Undecided;
  std::string killer;  // killed: the test's or property's name, or the code of the error
  // Survived: a test that passes on the original and fails on the mutant, as run_test() confirmed;
  // that of an earlier survivor where it does.
  Test test;
  std::string reason;  // Undecided
};

struct MutationOptions {
  size_t most = 1000;  // mutants, evenly spread over all there are
  CheckOptions check = brief_check();
  DistinctionLimits distinction;
};

// One mutant at a time, so that the caller can tell how far it is.
class MutationRun {
 public:
  // The policy's own tests pass.
  MutationRun(const CheckedModel& model, const MutationOptions& options);

  size_t size() const { return list_.mutations.size(); }
  size_t possible() const { return list_.possible; }
  // Nothing after the last.
  std::optional<MutantResult> next();

 private:
  std::optional<std::string> failing_test(const CheckedModel& mutant) const;
  void survive(const CheckedModel& mutant, MutantResult& result);
  Test make_test(const Mutation& mutation, const Trace& trace) const;
  std::string unused_name(const std::string& wanted) const;
  bool fails(const CheckedModel& model, const Test& test) const;

  const CheckedModel& model_;
  MutationList list_;
  Verdicts verdicts_;
  Distinguisher distinguisher_;
  std::vector<Test> generated_;
  size_t at_ = 0;
};

struct MutationScore {
  size_t killed_by_test = 0;
  size_t killed_by_property = 0;
  size_t killed_by_check = 0;
  size_t equivalent = 0;
  size_t survived = 0;
  size_t undecided = 0;

  void add(Fate fate);
  size_t killed() const { return killed_by_test + killed_by_property + killed_by_check; }
  size_t all() const { return killed() + equivalent + survived + undecided; }
  // Of those that are not equivalent, how many were killed; 100 only when all were.
  unsigned percent() const;
};

std::string_view print(Fate fate);

}  // namespace bh
