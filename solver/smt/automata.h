// What moves, with nothing of the policy left: finite automata that make moves together. And what
// can be said about all states that they reach without reaching each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "solver/smt/solver.h"

namespace bh::smt {

// A state of the automata is a location of each and the values of their counters.
struct Automata {
  static constexpr uint32_t MostLocations = 64;
  static constexpr uint32_t None = UINT32_MAX;

  struct Automaton {
    uint32_t locations = 1;  // at most MostLocations
    uint32_t initial = 0;
    std::vector<uint32_t> limits;  // counter i counts 0 .. limits[i], from 0
    bool operator==(const Automaton&) const = default;
  };
  // What one automaton does in a move when it is in `from`.
  struct Step {
    uint32_t from = 0;
    uint32_t to = 0;
    uint32_t below = None;   // only while this counter of it is below its limit
    bool clears = false;     // first all of its counters begin again
    uint32_t counts = None;  // then this one goes up by one
    auto operator<=>(const Step&) const = default;
  };
  // INVARIANT: steps by `from`, none twice. Where there is none, the move is refused.
  struct Part {
    uint32_t automaton = 0;
    std::vector<Step> steps;
    uint64_t locations() const;  // that have a step; bit l is location l
    bool changes() const;        // whether some step leads elsewhere
    auto operator<=>(const Part&) const = default;
  };
  // Each part makes its step, or none does. Automata that are not mentioned stay as they are.
  struct Move {
    std::vector<Part> parts;  // by automaton
    auto operator<=>(const Move&) const = default;
  };

  std::vector<Automaton> automata;
  std::vector<Move> moves;
  bool operator==(const Automata&) const = default;
};

// Of a state: the automaton is in one of these locations, and has used up this counter.
struct Within {
  uint32_t automaton = 0;
  uint64_t locations = 0;
  uint32_t used_up = Automata::None;
};

// A set of states: those in which of each of the lists something is true.
using StateSet = std::vector<std::vector<Within>>;

// For each two automata, the pairs of locations that they may be in at the same time, as far as
// looking at three automata at a time tells: a superset of what is reached, counters ignored.
// Closed under every move, so it is an inductive invariant.
class PairInvariant {
 public:
  explicit PairInvariant(const Automata& automata);

  // Whether `a` may be in the location at all.
  bool may(uint32_t a, uint32_t location) const { return with(a, location, a) != 0; }
  // The locations that `b` may be in while `a` is in this one.
  uint64_t with(uint32_t a, uint32_t location, uint32_t b) const {
    return pairs_[(size_t{a} * Automata::MostLocations + location) * count_ + b];
  }

 private:
  void add(uint32_t a, uint32_t in_a, uint32_t b, uint32_t in_b);
  void apply(const Automata& automata, const Automata::Move& move, const Automata::Part& part,
             const Automata::Step& step);

  size_t count_;
  std::vector<uint64_t> pairs_;
  std::vector<size_t> changed_;  // by automaton: in which round it last got a pair
  size_t round_ = 1;
};

// ---- proofs
// -----------------------------------------------------------------------------------------

// Literals are numbered from 1, a negative one is negated: as in DIMACS.
using Clauses = std::vector<std::vector<int32_t>>;

// The claim that nothing satisfies all of these clauses.
struct Unsatisfiable {
  std::string name;  // "move 3"
  Clauses clauses;
};

// The claims that together say of an invariant that no reachable state is outside of it. Nothing
// in them depends on how it was found. The first variables say "automaton a is in location l", in
// this order; the others only belong to their own claim.
struct InvariantProof {
  uint32_t variables = 0;
  Clauses structure;                 // assumed by all: each automaton is in one location
  Unsatisfiable initial;             // the first state is outside
  Clauses invariant;                 // assumed by the moves, and by claims about reachable states
  std::vector<Unsatisfiable> moves;  // a move leads outside
};

InvariantProof make_proof(const Automata& automata, const PairInvariant& invariant);

// That the invariant keeps out of the set, whatever the counters are.
Unsatisfiable keeps_out_of(const Automata& automata, const StateSet& set);

class ClaimSolver {
 public:
  ClaimSolver() = default;
  ClaimSolver(const ClaimSolver&) = delete;
  ClaimSolver& operator=(const ClaimSolver&) = delete;
  virtual ~ClaimSolver() = default;
  // From now on.
  virtual void assume(const Clauses& clauses) = 0;
  virtual AnswerKind prove(const Unsatisfiable& claim) = 0;
};

// `rlimit` bounds each claim, see make_z3_solver.
std::unique_ptr<ClaimSolver> make_z3_claim_solver(uint64_t rlimit);

// Whether all claims of the proof hold; Violated and Unknown as the first that does not. The solver
// is new; afterwards it assumes the invariant.
AnswerKind prove(const InvariantProof& proof, ClaimSolver& solver);

// As SMT-LIB 2: a check-sat for each claim, all of which must answer "unsat".
std::string print_smt2(const InvariantProof& proof, const std::vector<Unsatisfiable>& claims);

}  // namespace bh::smt
