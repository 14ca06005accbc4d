#include "solver/queries/questions.h"

namespace bh {

// What a step of the box search counts of the budget.
static constexpr uint64_t UnitsPerStep = 1000;

Questions::Questions(uint64_t rlimit)
    : z3_(smt::make_z3_solver(rlimit)),
      solver_(smt::make_box_solver(*z3_, rlimit / UnitsPerStep)) {}

SignatureId Questions::signature(const std::vector<IntervalSet>& domains) {
  for (SignatureId id : signatures_.ids()) {
    if (signatures_[id]->domains() == domains) return id;
  }
  return signatures_.add(std::make_unique<smt::Exprs>(domains));
}

SignatureId Questions::signature_of(const Model& model, MethodId method) {
  std::vector<IntervalSet> domains;
  for (const Parameter& parameter : model.methods[method].parameters) {
    domains.push_back(model.types[parameter.type].domain);
  }
  return signature(domains);
}

smt::AnswerKind Questions::never(SignatureId signature, smt::ExprId formula) {
  if (formula == smt::Exprs::False) return smt::AnswerKind::Holds;
  if (formula == smt::Exprs::True) return smt::AnswerKind::Violated;
  const auto [it, is_new] = answers_.try_emplace({signature, formula}, smt::AnswerKind::Unknown);
  if (is_new) it->second = solver_->prove_never(exprs(signature), formula, smt::Want::Verdict).kind;
  return it->second;
}

const smt::Answer& Questions::least(SignatureId signature, smt::ExprId formula) {
  const auto [it, is_new] = least_.try_emplace({signature, formula});
  if (is_new) it->second = solver_->prove_never(exprs(signature), formula, smt::Want::LeastWords);
  return it->second;
}

}  // namespace bh
