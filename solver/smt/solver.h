// Questions about formulas, and who answers them. Nothing here mentions Z3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "solver/smt/expr.h"

namespace bh::smt {

enum class AnswerKind : uint8_t {
  Holds,     // proved: no words within the domains make the formula true
  Violated,  // some do
  Unknown,   // neither; `reason` says why
};

struct Answer {
  AnswerKind kind = AnswerKind::Unknown;
  // Violated, and asked for: the least words that make the formula true, compared word by word in
  // order. The same whatever was asked before, and checked by evaluating the formula.
  std::vector<uint64_t> words;
  std::string reason;
};

enum class Want : uint8_t { Verdict, LeastWords };

// Has no memory: an answer does not depend on the questions before it, and several threads may ask
// at the same time.
class Solver {
 public:
  Solver() = default;
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;
  virtual ~Solver() = default;
  // Is the formula false for all words within the domains?
  virtual Answer prove_never(const Exprs& exprs, ExprId formula, Want want) const = 0;
};

// Z3, with a fixed seed and a context for each question. `rlimit` bounds each question in Z3's
// resource units, so that every machine gives up at the same place; a question that exceeds it is
// Unknown.
std::unique_ptr<Solver> make_z3_solver(uint64_t rlimit);

// Decides a formula itself, exactly, by narrowing the domains to a box in which it is true
// everywhere: for the conditions that people write some microseconds. One that takes more than
// `steps` (choices between the operands of a disjunction) is passed on to `next`, which must
// outlive it.
std::unique_ptr<Solver> make_box_solver(const Solver& next, uint64_t steps);

}  // namespace bh::smt
