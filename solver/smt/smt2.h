// Questions about formulas as SMT-LIB 2 (version 2.6, logic QF_LIA), for other solvers to answer.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "solver/smt/automata.h"
#include "solver/smt/expr.h"

namespace bh::smt {

// One script with many check-sat.
class FormulaScript {
 public:
  // Adds a check-sat: can words within the domains make the formula true? `signature` tells one
  // Exprs from another; `comment` is one line.
  void ask(uint32_t signature, const Exprs& exprs, ExprId formula, std::string_view comment);
  // Adds a check-sat: are there words within the domains for which the formula and what it was made
  // of differ? That is what some of `allows` admits and none of `denies`.
  void compare(uint32_t signature, const Exprs& exprs, ExprId formula, const Conditions& conditions,
               const std::vector<ConditionId>& allows, const std::vector<ConditionId>& denies,
               std::string_view comment);
  const std::string& text() const { return text_; }

 private:
  // How the formula is written once its parts are defined.
  std::string term(uint32_t signature, const Exprs& exprs, ExprId formula) const;
  void define(uint32_t signature, const Exprs& exprs, ExprId formula);
  // Declares and defines what is needed, and begins the check-sat: words are within their domains.
  void begin(uint32_t signature, const Exprs& exprs, ExprId formula, std::string_view comment);

  std::string text_ = "(set-logic QF_LIA)\n";
  std::set<uint32_t> declared_;
  std::set<std::pair<uint32_t, ExprId>> defined_;
};

// A script in which every check-sat must answer "unsat": that all states which the automata reach
// are among those listed, and that none of these is in one of the sets. Nothing when they reach
// more than `most` states. Also nothing when they do reach a set.
struct ExplicitProof {
  std::string script;
  std::vector<std::string> claims;  // by check-sat
};
std::optional<ExplicitProof> prove_explicitly(const Automata& automata,
                                              const std::vector<StateSet>& sets, size_t most);

}  // namespace bh::smt
