#include "solver/queries/questions.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace bh {

// What a step of the box search counts of the budget.
static constexpr uint64_t UnitsPerStep = 10'000;

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

static bool is_trivial(smt::ExprId formula) {
  return formula == smt::Exprs::True || formula == smt::Exprs::False;
}

std::optional<smt::AnswerKind>& Questions::answer(const Question& question) {
  if (answers_.size() <= question.signature.value) answers_.resize(signatures_.size());
  std::vector<std::optional<smt::AnswerKind>>& list = answers_[question.signature.value];
  if (list.size() <= question.formula.value)
    list.resize(std::max<size_t>(question.formula.value + 1, list.size() * 2));
  return list[question.formula.value];
}

smt::AnswerKind Questions::never(SignatureId signature, smt::ExprId formula) {
  if (formula == smt::Exprs::False) return smt::AnswerKind::Holds;
  if (formula == smt::Exprs::True) return smt::AnswerKind::Violated;
  std::optional<smt::AnswerKind>& known = answer({signature, formula});
  if (!known) {
    known = solver_->prove_never(exprs(signature), formula, smt::Want::Verdict).kind;
    ++asked_;
  }
  if (keeps_trail_) trail_.insert_or_assign({signature, formula}, *known);
  return *known;
}

const smt::Answer& Questions::least(SignatureId signature, smt::ExprId formula) {
  const auto [it, is_new] = least_.try_emplace({signature, formula});
  if (is_new) it->second = solver_->prove_never(exprs(signature), formula, smt::Want::LeastWords);
  if (keeps_trail_ && !is_trivial(formula))
    trail_.emplace(Question{signature, formula}, it->second.kind);
  return it->second;
}

void Questions::prepare(std::vector<Question> questions, unsigned threads) {
  std::sort(questions.begin(), questions.end());
  questions.erase(std::unique(questions.begin(), questions.end()), questions.end());
  std::erase_if(questions,
                [&](const Question& q) { return is_trivial(q.formula) || answer(q).has_value(); });
  std::vector<smt::AnswerKind> kinds(questions.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t at = next++; at < questions.size(); at = next++) {
      const Question& q = questions[at];
      kinds[at] = solver_->prove_never(exprs(q.signature), q.formula, smt::Want::Verdict).kind;
    }
  };
  constexpr size_t WorthAThread = 500;
  std::vector<std::thread> others;
  const size_t useful = std::min<size_t>(threads, 1 + questions.size() / WorthAThread);
  for (size_t i = 1; i < useful; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  for (size_t i = 0; i < questions.size(); ++i) answer(questions[i]) = kinds[i];
  asked_ += questions.size();
}

}  // namespace bh
