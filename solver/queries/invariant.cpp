#include "solver/queries/invariant.h"

#include <algorithm>

namespace bh {

const Invariants::Known& Invariants::know(const smt::Automata& automata) {
  const auto at = std::find_if(known_.begin(), known_.end(),
                               [&](const Known& known) { return known.automata == automata; });
  if (at != known_.end()) return *at;
  constexpr size_t Most = 8;  // each keeps a solver
  if (known_.size() == Most) known_.erase(known_.begin());
  Known& known = known_.emplace_back();
  known.automata = automata;
  std::unique_ptr<smt::ClaimSolver> solver = smt::make_z3_claim_solver(rlimit_);
  const smt::PairInvariant pairs(automata);
  if (prove(make_proof(automata, pairs), *solver) == smt::AnswerKind::Holds)
    known.solver = std::move(solver);
  return known;
}

bool Invariants::keep_out(const smt::Automata& automata, const smt::StateSet& set) {
  const Known& known = know(automata);
  return known.solver != nullptr &&
         known.solver->prove(keeps_out_of(automata, set)) == smt::AnswerKind::Holds;
}

}  // namespace bh
