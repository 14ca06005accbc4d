// Formulas over arguments as a table: every word's domain is cut where one of the formulas looks,
// so that no formula tells two values of one piece apart. What is computed from the tables is
// exact, and the same however the formulas were written.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/model/condition.h"
#include "solver/smt/expr.h"

namespace bh {

// The arguments whose every word lies in its set.
using ArgumentBox = std::vector<IntervalSet>;

class ArgumentGrid {
 public:
  using Table = std::vector<bool>;  // by combination of pieces, the last word's counting first

  // Nothing when there would be more than `most` combinations. `exprs` must outlive the grid.
  static std::optional<ArgumentGrid> cut(const smt::Exprs& exprs,
                                         const std::vector<smt::ExprId>& formulas,
                                         size_t most = 1024);

  // Of one of the formulas, or one that is built of them.
  Table table(smt::ExprId formula) const;

  // Boxes that together hold all of `must` and lie within `may`, each as wide as it can be, none of
  // them superfluous. INVARIANT of the arguments: must implies may.
  std::vector<ArgumentBox> cover(const Table& must, const Table& may) const;

 private:
  struct Choice {
    std::vector<std::vector<bool>> pieces;  // by word, by piece
    std::vector<size_t> combinations;
  };
  ArgumentGrid(const smt::Exprs& exprs, std::vector<std::vector<IntervalSet>> pieces);
  size_t piece_of(size_t combination, size_t word) const;
  Choice widen(size_t seed, size_t first_word, const Table& may) const;
  std::vector<size_t> combinations(const std::vector<std::vector<bool>>& pieces) const;
  ArgumentBox box(const Choice& choice) const;

  const smt::Exprs& exprs_;
  std::vector<std::vector<IntervalSet>> pieces_;  // by word; each word has one or more
  std::vector<size_t> strides_;
  size_t size_ = 1;
};

// A formula, as boxes where it can be cut, as a condition of `out`: for print().
ConditionId describe(const smt::Exprs& exprs, smt::ExprId formula, Conditions& out);

// The union of boxes as a condition; a word whose whole domain is meant is not mentioned.
ConditionId describe(const smt::Exprs& exprs, const std::vector<ArgumentBox>& boxes,
                     Conditions& out);

}  // namespace bh
