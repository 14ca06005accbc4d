#include <fmt/format.h>
#include <z3++.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include "solver/smt/solver.h"

namespace bh::smt {

namespace {

// Of one question alone, so that no answer depends on what was asked before.
struct Session {
  z3::context context;
  z3::solver solver;

  explicit Session(unsigned rlimit) : solver(context) {
    z3::params params(context);
    params.set("rlimit", rlimit);
    params.set("random_seed", 1u);
    solver.set(params);
  }
};

// Words are unbounded integers within their domains: faster here than bit-vectors, and no operation
// of the language wraps.
class Encoder {
 public:
  Encoder(Session& session, const Exprs& exprs) : context_(session.context), exprs_(exprs) {}

  z3::expr word(uint32_t index) { return context_.int_const(fmt::format("w{}", index).c_str()); }

  z3::expr within(uint32_t index, const IntervalSet& set) {
    z3::expr_vector parts(context_);
    for (const Interval& i : set.intervals()) {
      parts.push_back(word(index) >= context_.int_val(i.low) &&
                      word(index) <= context_.int_val(i.high));
    }
    return z3::mk_or(parts);
  }

  z3::expr formula(ExprId id) {
    const auto known = done_.find(id);
    if (known != done_.end()) return known->second;
    const z3::expr result = encode(exprs_[id]);
    done_.emplace(id, result);
    return result;
  }

 private:
  z3::expr encode(const Expr& expr) {
    switch (expr.kind) {
      case ConditionKind::True:
        return context_.bool_val(true);
      case ConditionKind::False:
        return context_.bool_val(false);
      case ConditionKind::In:
        return within(expr.word, expr.set);
      case ConditionKind::And:
      case ConditionKind::Or: {
        z3::expr_vector parts(context_);
        for (ExprId operand : expr.operands) parts.push_back(formula(operand));
        return expr.kind == ConditionKind::And ? z3::mk_and(parts) : z3::mk_or(parts);
      }
    }
    BH_CHECK(false);
  }

  z3::context& context_;
  const Exprs& exprs_;
  std::map<ExprId, z3::expr> done_;
};

class Z3Solver final : public Solver {
 public:
  explicit Z3Solver(uint64_t rlimit)
      : rlimit_(static_cast<unsigned>(std::clamp<uint64_t>(rlimit, 1, UINT32_MAX))) {}

  Answer prove_never(const Exprs& exprs, ExprId formula, Want want) const override {
    try {
      const std::unique_ptr<Session> session = begin();
      return ask(*session, exprs, formula, want);
    } catch (const z3::exception& error) {
      return {AnswerKind::Unknown, {}, std::string("Z3 failed: ") + error.msg()};
    }
  }

 private:
  // Z3 prepares its process-wide tables with the first context: one at a time.
  std::unique_ptr<Session> begin() const {
    const std::lock_guard lock(beginning_);
    return std::make_unique<Session>(rlimit_);
  }

  Answer ask(Session& session, const Exprs& exprs, ExprId formula, Want want) const {
    z3::solver& solver = session.solver;
    Encoder encoder(session, exprs);
    for (uint32_t word = 0; word < exprs.domains().size(); ++word) {
      solver.add(encoder.within(word, exprs.domains()[word]));
    }
    solver.add(encoder.formula(formula));
    switch (solver.check()) {
      case z3::unsat:
        return {AnswerKind::Holds, {}, {}};
      case z3::unknown:
        return gave_up();
      case z3::sat:
        break;
    }
    if (want == Want::Verdict) return {AnswerKind::Violated, {}, {}};
    std::optional<std::vector<uint64_t>> words = least_words(session, exprs, formula, encoder);
    if (!words) return gave_up();
    if (!exprs.evaluate(formula, *words)) {
      return {AnswerKind::Unknown, {}, "Z3's witness does not satisfy the formula"};
    }
    return {AnswerKind::Violated, std::move(*words), {}};
  }

  Answer gave_up() const {
    return {AnswerKind::Unknown, {}, fmt::format("Z3 gave up within {} resource units", rlimit_)};
  }

  // The formula is known to be satisfiable. Fixes word after word to its least value, by bisection.
  static std::optional<std::vector<uint64_t>> least_words(Session& session, const Exprs& exprs,
                                                          ExprId formula, Encoder& encoder) {
    z3::solver& solver = session.solver;
    std::vector<uint64_t> words;
    const auto lists = turning_points(exprs, formula);
    for (uint32_t word = 0; word < lists.size(); ++word) {
      size_t low = 0;
      size_t high = lists[word].size() - 1;
      while (low < high) {
        const size_t middle = low + (high - low) / 2;
        solver.push();
        solver.add(encoder.word(word) <= session.context.int_val(lists[word][middle]));
        const z3::check_result result = solver.check();
        solver.pop();
        if (result == z3::unknown) return std::nullopt;
        if (result == z3::sat) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      words.push_back(lists[word][low]);
      solver.add(encoder.word(word) == session.context.int_val(words.back()));
    }
    return words;
  }

  unsigned rlimit_;
  mutable std::mutex beginning_;
};

}  // namespace

std::unique_ptr<Solver> make_z3_solver(uint64_t rlimit) {
  return std::make_unique<Z3Solver>(rlimit);
}

}  // namespace bh::smt
