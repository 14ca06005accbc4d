// What tests decide about a number that is used again behind them: under `case ASK:` of
// `switch (m.head.kind)`, m.head.kind is ASK.
#pragma once

#include <clang/AST/Expr.h>
#include <clang/Analysis/CFG.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/facts/facts.h"

namespace bh {

// The condition that decides a two-way branch; null when the block does not end with one. For the
// last operand of `a && b` that is b alone: the block is reached only where a held.
const clang::Expr* branch_condition(const clang::CFGBlock& block);

// Of one function. A test is forgotten where the function assigns the field in any object, or hands
// out the object's address to be written to; what others do who kept that address is not seen.
class TestedValues {
 public:
  // What a constant expression is; another kind of atom for all else.
  using Constant = std::function<Atom(const clang::Expr*)>;

  // Borrows the last two.
  TestedValues(const clang::CFG& cfg, const clang::ASTContext& context, const Constant& constant);

  // At the start of the block, and then behind each of its elements in turn.
  void enter(const clang::CFGBlock& block);
  void pass(const clang::CFGElement& element) { pass(element, now_); }
  // What the expression is one of at this point; null when no test has decided that.
  const std::set<Atom>* known(const clang::Expr* expression) const;

 private:
  // A local variable or parameter, and the fields that lead from it to a number; or empty.
  using Path = std::vector<const clang::ValueDecl*>;
  using State = std::map<Path, std::set<Atom>>;

  Path path_of(const clang::Expr* expression) const;
  // Of an expression that has the whole number.
  Path number(const clang::Expr* expression) const;
  void note_shared(const clang::CFG& cfg);
  std::set<Path> tested(const clang::CFG& cfg) const;
  void note_wanted(const clang::CFG& cfg);
  void solve(const clang::CFG& cfg);
  // The comparison with a constant that a two-way branch makes.
  struct Comparison {
    Path path;
    Atom constant;
    bool equal = true;
  };
  Comparison comparison(const clang::CFGBlock& block) const;
  State behind(const clang::CFGBlock& block, size_t side, State state) const;
  void pass(const clang::CFGElement& element, State& state) const;
  void written(const clang::Expr* to, State& state) const;
  void handed_out(const clang::Expr* argument, State& state) const;

  const clang::ASTContext& context_;
  const Constant& constant_;
  std::set<const clang::ValueDecl*> shared_;  // variables that lambdas may write
  std::set<Path> wanted_;                     // tested and used again
  std::map<unsigned, State> entries_;         // by block
  State now_;
};

}  // namespace bh
