// The formulas of all signatures, and every question about them, each asked at most once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/model/model.h"
#include "solver/smt/expr.h"
#include "solver/smt/solver.h"

namespace bh {

using SignatureId = StrongId<struct SignatureTag>;

// Can words within the domains make the formula true?
struct Question {
  SignatureId signature;
  smt::ExprId formula;
  auto operator<=>(const Question&) const = default;
};

class Questions {
 public:
  explicit Questions(uint64_t rlimit);

  // The one signature with these domains; methods whose parameters have equal domains share it.
  SignatureId signature(const std::vector<IntervalSet>& domains);
  SignatureId signature_of(const Model& model, MethodId method);
  smt::Exprs& exprs(SignatureId id) { return *signatures_[id]; }
  const smt::Exprs& exprs(SignatureId id) const { return *signatures_[id]; }

  // Holds = they cannot.
  smt::AnswerKind never(SignatureId signature, smt::ExprId formula);
  // The same with the least such words, and with the reason when unknown.
  const smt::Answer& least(SignatureId signature, smt::ExprId formula);
  // Answers questions ahead of time, on so many threads. What is said does not depend on these.
  void prepare(std::vector<Question> questions, unsigned threads);

  // What was asked of never() and least() since the last time, with its answer; nothing of what is
  // trivial, nor before keep_trail().
  void keep_trail() { keeps_trail_ = true; }
  std::map<Question, smt::AnswerKind> take_trail() { return std::exchange(trail_, {}); }

  // Distinct questions that were not trivially answered.
  size_t asked() const { return asked_; }

 private:
  std::optional<smt::AnswerKind>& answer(const Question& question);

  Store<SignatureId, std::unique_ptr<smt::Exprs>> signatures_;
  std::unique_ptr<smt::Solver> z3_;
  std::unique_ptr<smt::Solver> solver_;
  std::vector<std::vector<std::optional<smt::AnswerKind>>> answers_;  // by signature, by formula
  size_t asked_ = 0;
  bool keeps_trail_ = false;
  std::map<Question, smt::AnswerKind> trail_;
  std::map<Question, smt::Answer> least_;
};

}  // namespace bh
