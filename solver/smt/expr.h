// Formulas over the words of one method's requests, as the solver asks about them. The same
// vocabulary as core's Conditions, but hash-consed: two formulas with the same id are equal without
// a question.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "core/base/id.h"
#include "core/base/interval_set.h"
#include "core/model/condition.h"

namespace bh::smt {

using ExprId = StrongId<struct ExprTag>;

struct Expr {
  ConditionKind kind = ConditionKind::True;
  uint32_t word = 0;  // In
  IntervalSet set;    // In: a proper, non-empty part of the word's domain
  std::vector<ExprId>
      operands;  // And, Or: two or more, sorted, none of the same kind; at most one In a word
  bool operator==(const Expr&) const = default;
};

// The formulas of one signature: one domain per word. Every formula is meant within the domains: an
// atom that the whole domain satisfies is True. A word beyond the signature satisfies no atom.
class Exprs {
 public:
  static constexpr ExprId True{0};
  static constexpr ExprId False{1};

  explicit Exprs(std::vector<IntervalSet> domains);  // none of them empty

  ExprId in(uint32_t word, const IntervalSet& set);
  ExprId all_of(std::vector<ExprId> operands);
  ExprId any_of(std::vector<ExprId> operands);
  ExprId negate(ExprId id);
  ExprId without(ExprId a, ExprId b);  // a and not b
  ExprId differ(ExprId a, ExprId b);                                     // a xor b
  ExprId import(const Conditions& conditions, ConditionId id);

  const Expr& operator[](ExprId id) const { return store_[id]; }
  const std::vector<IntervalSet>& domains() const { return domains_; }
  bool evaluate(ExprId id, const std::vector<uint64_t>& words) const;

 private:
  ExprId add(Expr expr);
  ExprId combine(ConditionKind kind, std::vector<ExprId> operands);
  bool merge_atoms(ConditionKind kind, std::vector<ExprId>& operands);

  std::vector<IntervalSet> domains_;
  Store<ExprId, Expr> store_;
  std::unordered_multimap<size_t, ExprId> by_hash_;
  std::vector<ExprId> negations_;  // by ExprId; of those that were asked for
};

// The formula among those of `to`, each atom replaced by `atom(word, set)`.
ExprId rebuild(const Exprs& from, ExprId id, Exprs& to,
               const std::function<ExprId(uint32_t, const IntervalSet&)>& atom);
// The formula as a condition, likewise. It nests no deeper than Conditions::MaxDepth.
ConditionId to_condition(const Exprs& from, ExprId id, Conditions& to,
                         const std::function<ConditionId(uint32_t, const IntervalSet&)>& atom);

// For each word, ascending, the values of its domain at which the truth of the formula can change:
// where an atom's interval begins or has ended, and the beginnings of the domain. The least value
// of a word in any set of words that the formula describes is one of these.
std::vector<std::vector<uint64_t>> turning_points(const Exprs& exprs, ExprId formula);

}  // namespace bh::smt
