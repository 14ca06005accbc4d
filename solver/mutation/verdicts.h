// What `check` says of a policy, kept to tell whether it says the same of a mutant.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/model/model.h"
#include "solver/check.h"
#include "solver/mutation/mutation.h"

namespace bh {

// Why a mutant was noticed. One of them.
struct Notice {
  PropertyId property;  // is proved of one of the two and violated by the other
  uint16_t code = 0;    // else: an error that the original does not have
};

// For checks that are made once a mutant: fewer states than `check` itself explores.
inline CheckOptions brief_check() {
  CheckOptions options;
  options.state_limit = 100'000;
  options.total_state_limit = 1'000'000;
  options.tests = false;
  return options;
}

class Verdicts {
 public:
  Verdicts(const CheckedModel& original, const CheckOptions& options);

  // Nothing when no property changes between proved and violated and there is no new error. Unknown
  // is no change. That a rule which was removed can never fire is no error.
  std::optional<Notice> noticed(const CheckedModel& mutant, const Mutation& mutation) const;

 private:
  using Fault = std::pair<uint16_t, Span>;
  CheckOptions options_;
  std::vector<Verdict> properties_;
  std::set<Fault> errors_;
};

}  // namespace bh
