// What a diff found, as text and as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "driver/pipeline/approvals.h"
#include "driver/pipeline/diff.h"

namespace bh {

enum class FailOn : uint8_t {
  Any,       // any change of meaning
  Wider,     // something newly granted, a new flow, a changed label, more trust
  Property,  // a verdict that got worse
};

// Whether a change that is not approved gives exit code 1.
bool fails(const PolicyChange& change, FailOn fail_on);
// '+', '-', '~'
char sign(ChangeDirection direction);

// Everything that a report speaks of. The policies must outlive it.
struct DiffReport {
  const LoadedPolicy& before;
  const LoadedPolicy& after;
  std::string base;  // "main (merge-base 4f2c9ab)"; "" when not from git
  std::string at;    // "4f2c9ab": which version a place in `before` is in, where both have the same
                     // path
  const SettingsDiff& found;
  const Approved& approved;
  FailOn fail_on = FailOn::Any;
  std::string approvals_path;

  bool fails(size_t change) const;
  size_t failing() const;
};

// One line and its reasons for each change, then a summary.
std::string print_diff(const DiffReport& report);
std::string diff_json(const DiffReport& report);

}  // namespace bh
