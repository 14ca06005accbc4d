// The exact set of words that satisfy a formula, in one form for each meaning: what a finding shows
// of it does not depend on how the policy was written.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/model/model.h"
#include "solver/smt/expr.h"

namespace bh {

// Word i lies in the i-th set; one set a word of the signature, none of them empty.
using Box = std::vector<IntervalSet>;

// Boxes, none of which can be widened in any word, whose union is the set of words within the
// domains that satisfy the formula; no boxes when none do. They overlap where that makes them
// simpler: {port = 53, slot in 3..5} for "one or the other". Equal sets give equal boxes in equal
// order. Nothing when that would take more than `limit` steps.
std::optional<std::vector<Box>> region_of(smt::Exprs& exprs, smt::ExprId formula,
                                          size_t limit = 4096);

// "port = 53 or slot in {3..5}" in the words of the operation's parameters; "" for a region that is
// all of the domains. The boxes' sets must be in the model's own words.
std::string print(const Model& model, OperationId operation, const std::vector<Box>& region);

}  // namespace bh
