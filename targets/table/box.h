// Unions of boxes: a box gives every word of a request its own set of values. The normal form
// through which a condition becomes rows of tests.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/base/interval_set.h"
#include "core/model/condition.h"
#include "targets/table/decision_table.h"

namespace bh {

using Box = std::vector<IntervalSet>;  // by word; INVARIANT: no set is empty
using BoxUnion = std::vector<Box>;     // {} holds nothing

// The most boxes, and the most clauses, that one cell of the permission matrix may need.
inline constexpr size_t MaxClauses = 256;

// Nothing when more than MaxClauses boxes would be needed on the way.
std::optional<BoxUnion> boxes_of(const Conditions& conditions, ConditionId id, const Box& domain);
std::optional<BoxUnion> unite(BoxUnion a, const BoxUnion& b);
std::optional<BoxUnion> subtract(const BoxUnion& a, const BoxUnion& b);

// Nothing when there would be more than MaxClauses clauses.
std::optional<ConditionRows> rows_of(const BoxUnion& boxes);

}  // namespace bh
