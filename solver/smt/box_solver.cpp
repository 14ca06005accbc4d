#include <algorithm>
#include <optional>

#include "solver/smt/solver.h"

namespace bh::smt {

namespace {

using Box = std::vector<IntervalSet>;  // by word: the values it may still have; none is empty

// Looks for a box within the domains in which a formula is true everywhere. Conjunctions narrow the
// box; of a disjunction each operand is tried that the box leaves possible.
class BoxSearch {
 public:
  BoxSearch(const Exprs& exprs, uint64_t steps) : exprs_(exprs), steps_(steps) {}

  enum class Result : uint8_t { Found, Impossible, GaveUp };

  Result search(ExprId formula, Box box) {
    std::vector<Branch> open;
    open.push_back({std::move(box), {formula}, {}});
    while (!open.empty()) {
      Branch branch = std::move(open.back());
      open.pop_back();
      if (steps_ == 0) return Result::GaveUp;
      --steps_;
      if (!narrow(branch)) continue;
      if (branch.choices.empty()) return Result::Found;
      split(std::move(branch), open);
    }
    return Result::Impossible;
  }

 private:
  // What is left to make true: formulas not looked at, and disjunctions.
  struct Branch {
    Box box;
    std::vector<ExprId> pending;
    std::vector<ExprId> choices;
  };
  enum class Truth : uint8_t { Always, Never, Maybe };

  // False when the branch cannot be true. Afterwards nothing is pending, and no choice has only one
  // operand that is possible.
  bool narrow(Branch& branch) const {
    while (true) {
      while (!branch.pending.empty()) {
        const ExprId id = branch.pending.back();
        branch.pending.pop_back();
        const Expr& expr = exprs_[id];
        switch (expr.kind) {
          case ConditionKind::True:
            break;
          case ConditionKind::False:
            return false;
          case ConditionKind::In: {
            IntervalSet& values = branch.box[expr.word];
            values = values & expr.set;
            if (values.empty()) return false;
            break;
          }
          case ConditionKind::And:
            branch.pending.insert(branch.pending.end(), expr.operands.begin(), expr.operands.end());
            break;
          case ConditionKind::Or:
            branch.choices.push_back(id);
            break;
        }
      }
      if (!settle_choices(branch)) return false;
      if (branch.pending.empty()) return true;
    }
  }

  // Drops the choices that the box has made, and takes the only operand that it leaves of others.
  bool settle_choices(Branch& branch) const {
    std::vector<ExprId> left;
    for (ExprId choice : branch.choices) {
      ExprId only;
      size_t possible = 0;
      bool made = false;
      for (ExprId operand : exprs_[choice].operands) {
        const Truth truth = evaluate(operand, branch.box);
        made = made || truth == Truth::Always;
        if (truth == Truth::Never) continue;
        if (++possible == 1) only = operand;
      }
      if (made) continue;
      if (possible == 0) return false;
      if (possible == 1) {
        branch.pending.push_back(only);
      } else {
        left.push_back(choice);
      }
    }
    branch.choices = std::move(left);
    return true;
  }

  void split(Branch branch, std::vector<Branch>& open) const {
    const auto shortest = std::min_element(
        branch.choices.begin(), branch.choices.end(),
        [&](ExprId a, ExprId b) { return exprs_[a].operands.size() < exprs_[b].operands.size(); });
    const ExprId choice = *shortest;
    branch.choices.erase(shortest);
    for (ExprId operand : exprs_[choice].operands) {
      Branch& next = open.emplace_back(branch);
      next.pending.push_back(operand);
    }
  }

  // Of a conjunction or disjunction Maybe is said where operands would have to be looked at
  // together. A formula is no deeper than the language admits.
  Truth evaluate(ExprId id, const Box& box) const {
    const Expr& expr = exprs_[id];
    switch (expr.kind) {
      case ConditionKind::True:
        return Truth::Always;
      case ConditionKind::False:
        return Truth::Never;
      case ConditionKind::In:
        if (!meets(box[expr.word], expr.set)) return Truth::Never;
        return box[expr.word].subset_of(expr.set) ? Truth::Always : Truth::Maybe;
      case ConditionKind::And:
      case ConditionKind::Or: {
        const Truth absorbing = expr.kind == ConditionKind::And ? Truth::Never : Truth::Always;
        Truth result = expr.kind == ConditionKind::And ? Truth::Always : Truth::Never;
        for (ExprId operand : expr.operands) {
          const Truth truth = evaluate(operand, box);
          if (truth == absorbing) return absorbing;
          if (truth == Truth::Maybe) result = Truth::Maybe;
        }
        return result;
      }
    }
    BH_CHECK(false);
  }

  static bool meets(const IntervalSet& a, const IntervalSet& b) {
    auto x = a.intervals().begin();
    auto y = b.intervals().begin();
    while (x != a.intervals().end() && y != b.intervals().end()) {
      if (x->low <= y->high && y->low <= x->high) return true;
      (x->high < y->high ? x : y)++;
    }
    return false;
  }

  const Exprs& exprs_;
  uint64_t steps_;
};

class BoxSolver final : public Solver {
 public:
  BoxSolver(const Solver& next, uint64_t steps) : next_(next), steps_(steps) {}

  Answer prove_never(const Exprs& exprs, ExprId formula, Want want) const override {
    BoxSearch boxes(exprs, steps_);
    switch (boxes.search(formula, exprs.domains())) {
      case BoxSearch::Result::Impossible:
        return {AnswerKind::Holds, {}, {}};
      case BoxSearch::Result::GaveUp:
        return next_.prove_never(exprs, formula, want);
      case BoxSearch::Result::Found:
        break;
    }
    if (want == Want::Verdict) return {AnswerKind::Violated, {}, {}};
    std::optional<std::vector<uint64_t>> words = least_words(exprs, formula, boxes);
    if (!words) return next_.prove_never(exprs, formula, want);
    BH_CHECK(exprs.evaluate(formula, *words));
    return {AnswerKind::Violated, std::move(*words), {}};
  }

 private:
  // The formula is known to be satisfiable. Fixes word after word to its least value, by bisection.
  static std::optional<std::vector<uint64_t>> least_words(const Exprs& exprs, ExprId formula,
                                                          BoxSearch& boxes) {
    const auto lists = turning_points(exprs, formula);
    Box box = exprs.domains();
    std::vector<uint64_t> words;
    for (uint32_t word = 0; word < lists.size(); ++word) {
      size_t low = 0;
      size_t high = lists[word].size() - 1;
      while (low < high) {
        const size_t middle = low + (high - low) / 2;
        Box lower = box;
        lower[word] = lower[word] & IntervalSet::range(0, lists[word][middle]);
        const BoxSearch::Result result = boxes.search(formula, std::move(lower));
        if (result == BoxSearch::Result::GaveUp) return std::nullopt;
        if (result == BoxSearch::Result::Found) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      words.push_back(lists[word][low]);
      box[word] = IntervalSet::single(words.back());
    }
    return words;
  }

  const Solver& next_;
  uint64_t steps_;
};

}  // namespace

std::unique_ptr<Solver> make_box_solver(const Solver& next, uint64_t steps) {
  return std::make_unique<BoxSolver>(next, steps);
}

}  // namespace bh::smt
