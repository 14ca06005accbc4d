#include <fmt/format.h>
#include <z3++.h>

#include <algorithm>

#include "solver/smt/automata.h"

namespace bh::smt {

namespace {

class Z3ClaimSolver final : public ClaimSolver {
 public:
  explicit Z3ClaimSolver(uint64_t rlimit) : solver_(context_, z3::solver::simple()) {
    z3::params params(context_);
    params.set("rlimit", static_cast<unsigned>(std::clamp<uint64_t>(rlimit, 1, UINT32_MAX)));
    params.set("random_seed", 1u);
    solver_.set(params);
  }

  void assume(const Clauses& clauses) override {
    try {
      add(clauses);
    } catch (const z3::exception&) {
      broken_ = true;
    }
  }

  AnswerKind prove(const Unsatisfiable& claim) override {
    try {
      if (broken_) return AnswerKind::Unknown;
      solver_.push();
      add(claim.clauses);
      const z3::check_result result = solver_.check();
      solver_.pop();
      if (result == z3::unknown) return AnswerKind::Unknown;
      return result == z3::unsat ? AnswerKind::Holds : AnswerKind::Violated;
    } catch (const z3::exception&) {
      broken_ = true;
      return AnswerKind::Unknown;
    }
  }

 private:
  void add(const Clauses& clauses) {
    for (const std::vector<int32_t>& clause : clauses) {
      z3::expr_vector literals(context_);
      for (int32_t literal : clause) {
        const z3::expr& variable = this->variable(literal > 0 ? literal : -literal);
        literals.push_back(literal > 0 ? variable : !variable);
      }
      solver_.add(z3::mk_or(literals));
    }
  }

  const z3::expr& variable(int32_t number) {
    while (variables_.size() < static_cast<size_t>(number)) {
      variables_.push_back(context_.bool_const(fmt::format("v{}", variables_.size() + 1).c_str()));
    }
    return variables_[static_cast<size_t>(number) - 1];
  }

  z3::context context_;
  z3::solver solver_;
  std::vector<z3::expr> variables_;
  bool broken_ = false;
};

}  // namespace

std::unique_ptr<ClaimSolver> make_z3_claim_solver(uint64_t rlimit) {
  return std::make_unique<Z3ClaimSolver>(rlimit);
}

}  // namespace bh::smt
