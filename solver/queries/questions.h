// The formulas of all signatures, and every question about them, each asked at most once.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/model/model.h"
#include "solver/smt/expr.h"
#include "solver/smt/solver.h"

namespace bh {

using SignatureId = StrongId<struct SignatureTag>;

class Questions {
 public:
  explicit Questions(uint64_t rlimit);

  // The one signature with these domains; methods whose parameters have equal domains share it.
  SignatureId signature(const std::vector<IntervalSet>& domains);
  SignatureId signature_of(const Model& model, MethodId method);
  smt::Exprs& exprs(SignatureId id) { return *signatures_[id]; }
  const smt::Exprs& exprs(SignatureId id) const { return *signatures_[id]; }

  // Can words within the domains make the formula true? Holds = they cannot.
  smt::AnswerKind never(SignatureId signature, smt::ExprId formula);
  // The same with the least such words, and with the reason when unknown.
  const smt::Answer& least(SignatureId signature, smt::ExprId formula);

  size_t asked() const {
    return answers_.size();
  }  // distinct questions that were not trivially answered

 private:
  Store<SignatureId, std::unique_ptr<smt::Exprs>> signatures_;
  std::unique_ptr<smt::Solver> z3_;
  std::unique_ptr<smt::Solver> solver_;
  std::map<std::pair<SignatureId, smt::ExprId>, smt::AnswerKind> answers_;
  std::map<std::pair<SignatureId, smt::ExprId>, smt::Answer> least_;
};

}  // namespace bh
