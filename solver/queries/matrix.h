// The permission matrix: for each (subject, operation) that some allow speaks of, the rules that
// match and the condition under which a request is granted as far as rules go. Protocols come on
// top.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/model.h"
#include "solver/queries/questions.h"

namespace bh {

// A rule's word on one operation. The formula is of the operation's signature.
struct Match {
  RuleId rule;
  smt::ExprId when;
};

struct MatrixCell {
  ComponentId subject;
  OperationId operation;
  SignatureId signature;
  std::vector<Match> allows;  // declaration order, at least one
  std::vector<Match> denies;  // declaration order
  smt::ExprId denied;         // some deny matches
  smt::ExprId granted;        // some allow matches and no deny
};

class Matrix {
 public:
  Matrix(const Model& model, Questions& questions);
  const std::vector<MatrixCell>& cells() const { return cells_; }  // by operation, then by subject
  // Nothing when no allow speaks of it.
  const MatrixCell* find(ComponentId subject, OperationId operation) const;
  // The cells of one operation: [first, last).
  const MatrixCell* begin_of(OperationId operation) const {
    return cells_.data() + first_[operation.value];
  }
  const MatrixCell* end_of(OperationId operation) const {
    return cells_.data() + first_[operation.value + 1];
  }
  // How many cells some allow speaks of, and those that are not granted for all arguments or for
  // none.
  size_t conditional() const;

 private:
  std::vector<MatrixCell> cells_;
  std::vector<size_t> first_;  // by operation, and one past the last
};

// How many (rule, subject, operation) triples the policy stands for.
uint64_t count_entries(const Model& model);

}  // namespace bh
