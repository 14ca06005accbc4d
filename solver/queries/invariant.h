// Proofs that protocols never get somewhere, by an inductive invariant instead of a search: for
// endpoints with more states than can be explored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "solver/smt/automata.h"

namespace bh {

class Invariants {
 public:
  explicit Invariants(uint64_t rlimit) : rlimit_(rlimit) {}

  // Proves that the automata never get into the set: finds the pairs of locations that they can be
  // in, and has the solver show that these are closed under every move and keep out of the set.
  // Nothing of the search for them is trusted. False: not proved.
  bool keep_out(const smt::Automata& automata, const smt::StateSet& set);

 private:
  struct Known {
    smt::Automata automata;
    std::unique_ptr<smt::ClaimSolver> solver;  // assumes the invariant; none when it was not proved
  };
  const Known& know(const smt::Automata& automata);

  uint64_t rlimit_;
  std::vector<Known> known_;  // the latest
};

}  // namespace bh
