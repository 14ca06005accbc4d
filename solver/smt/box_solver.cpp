#include <algorithm>
#include <optional>

#include "solver/smt/solver.h"

namespace bh::smt {

namespace {

class BoxSolver final : public Solver {
 public:
  explicit BoxSolver(Solver& next) : next_(next) {}

  Answer prove_never(const Exprs& exprs, ExprId formula, Want want) override {
    const Expr& expr = exprs[formula];
    if (expr.kind == ConditionKind::False) return {AnswerKind::Holds, {}, {}};
    std::optional<std::vector<uint64_t>> least;
    if (expr.kind == ConditionKind::Or) {
      for (ExprId operand : expr.operands) {
        const auto words = least_of_box(exprs, operand);
        if (!words) return next_.prove_never(exprs, formula, want);
        if (!least || *words < *least) least = words;
      }
    } else {
      least = least_of_box(exprs, formula);
      if (!least) return next_.prove_never(exprs, formula, want);
    }
    BH_CHECK(exprs.evaluate(formula, *least));
    return {AnswerKind::Violated, want == Want::LeastWords ? *least : std::vector<uint64_t>{}, {}};
  }

 private:
  // Nothing when the formula is not a box. A box is never empty: its atoms are not, and each has
  // its own word.
  static std::optional<std::vector<uint64_t>> least_of_box(const Exprs& exprs, ExprId id) {
    const Expr& expr = exprs[id];
    std::vector<uint64_t> words;
    for (const IntervalSet& domain : exprs.domains()) words.push_back(*domain.least());
    if (expr.kind == ConditionKind::True) return words;
    const std::vector<ExprId> itself = {id};
    for (ExprId atom : expr.kind == ConditionKind::And ? expr.operands : itself) {
      if (exprs[atom].kind != ConditionKind::In) return std::nullopt;
      words[exprs[atom].word] = *exprs[atom].set.least();
    }
    return words;
  }

  Solver& next_;
};

}  // namespace

std::unique_ptr<Solver> make_box_solver(Solver& next) { return std::make_unique<BoxSolver>(next); }

}  // namespace bh::smt
