// Which rules of two policies say the same, and which (subject, operation) cells the others touch.
#pragma once

#include <cstdint>
#include <vector>

#include "solver/queries/alignment.h"

namespace bh {

struct RuleMatching {
  std::vector<RuleId> of[2];   // by side, by rule: its counterpart on the other side, or none: the
                               // one of the same name, or the same one under another name
  std::vector<bool> equal[2];  // it contributes exactly what its counterpart does
  std::vector<Renamed> renamed;  // equal, under another name

  RuleId counterpart(DiffSide side, RuleId rule) const {
    return of[static_cast<size_t>(side)][rule.value];
  }
  bool is_equal(DiffSide side, RuleId rule) const {
    return equal[static_cast<size_t>(side)][rule.value];
  }
};

RuleMatching match_rules(const Alignment& alignment);

// The same operations, owners and conditions, whatever their order. Conditions are compared as they
// stand.
bool same_targets(const Alignment& alignment, const std::vector<ConditionalOperation>& before,
                  const std::vector<ConditionalOperation>& after);
// The same components, whatever their order.
bool same_components(const Alignment& alignment, const std::vector<ComponentId>& before,
                     const std::vector<ComponentId>& after);

// A cell by its joint numbers.
struct JointCell {
  uint32_t operation;
  uint32_t subject;
  auto operator<=>(const JointCell&) const = default;
};

// Cells outside of these are granted the same by both policies' rules. Sorted, none twice.
std::vector<JointCell> touched_cells(const Alignment& alignment, const RuleMatching& rules);

}  // namespace bh
