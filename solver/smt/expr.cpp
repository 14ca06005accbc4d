#include "solver/smt/expr.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace bh::smt {

Exprs::Exprs(std::vector<IntervalSet> domains) : domains_(std::move(domains)) {
  for (const IntervalSet& domain : domains_) BH_CHECK(!domain.empty());
  store_.add({ConditionKind::True, 0, {}, {}});
  store_.add({ConditionKind::False, 0, {}, {}});
  negations_ = {False, True};
}

static size_t hash_of(const Expr& expr) {
  size_t hash = static_cast<size_t>(expr.kind) * 31 + expr.word;
  const auto mix = [&hash](uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u + (hash >> 29);
  };
  for (const Interval& i : expr.set.intervals()) {
    mix(i.low);
    mix(i.high);
  }
  for (ExprId operand : expr.operands) mix(operand.value);
  return hash;
}

ExprId Exprs::add(Expr expr) {
  const size_t hash = hash_of(expr);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    if (store_[it->second] == expr) return it->second;
  }
  const ExprId id = store_.add(std::move(expr));
  negations_.emplace_back();
  by_hash_.emplace(hash, id);
  return id;
}

ExprId Exprs::in(uint32_t word, const IntervalSet& set) {
  if (word >= domains_.size()) return False;
  IntervalSet within = set & domains_[word];
  if (within.empty()) return False;
  if (within == domains_[word]) return True;
  return add({ConditionKind::In, word, std::move(within), {}});
}

ExprId Exprs::all_of(std::vector<ExprId> operands) {
  return combine(ConditionKind::And, std::move(operands));
}

ExprId Exprs::any_of(std::vector<ExprId> operands) {
  return combine(ConditionKind::Or, std::move(operands));
}

// Replaces the atoms on one word by one atom. False when the merged atom absorbs the whole formula.
bool Exprs::merge_atoms(ConditionKind kind, std::vector<ExprId>& operands) {
  std::map<uint32_t, std::pair<IntervalSet, uint32_t>> by_word;
  for (ExprId id : operands) {
    const Expr& expr = store_[id];
    if (expr.kind != ConditionKind::In) continue;
    auto [it, is_new] = by_word.try_emplace(expr.word, expr.set, 1);
    if (is_new) continue;
    IntervalSet& set = it->second.first;
    set = kind == ConditionKind::And ? set & expr.set : set | expr.set;
    ++it->second.second;
  }
  for (auto& [word, merged] : by_word) {
    if (merged.second == 1) continue;
    std::erase_if(operands, [&, w = word](ExprId id) {
      return store_[id].kind == ConditionKind::In && store_[id].word == w;
    });
    const ExprId atom = in(word, merged.first);
    if (atom == (kind == ConditionKind::And ? False : True)) return false;
    operands.push_back(atom);
  }
  return true;
}

ExprId Exprs::combine(ConditionKind kind, std::vector<ExprId> operands) {
  const ExprId neutral = kind == ConditionKind::And ? True : False;
  const ExprId absorbing = kind == ConditionKind::And ? False : True;
  std::vector<ExprId> flat;
  for (ExprId id : operands) {
    if (id == absorbing) return absorbing;
    if (id == neutral) continue;
    const Expr& expr = store_[id];
    if (expr.kind == kind) {
      flat.insert(flat.end(), expr.operands.begin(), expr.operands.end());
    } else {
      flat.push_back(id);
    }
  }
  if (flat.size() > 1) {
    if (!merge_atoms(kind, flat)) return absorbing;
    std::sort(flat.begin(), flat.end());
    flat.erase(std::unique(flat.begin(), flat.end()), flat.end());
    for (ExprId id : flat) {
      const ExprId negation = negations_[id.value];
      if (negation && std::binary_search(flat.begin(), flat.end(), negation)) {
        return absorbing;
      }
    }
  }
  if (flat.empty()) return neutral;
  if (flat.size() == 1) return flat[0];
  return add({kind, 0, {}, std::move(flat)});
}

ExprId Exprs::negate(ExprId id) {
  if (const ExprId known = negations_[id.value]) return known;
  const Expr expr = store_[id];
  ExprId result;
  if (expr.kind == ConditionKind::In) {
    result = in(expr.word, expr.set.complement());
  } else {
    std::vector<ExprId> negated;
    for (ExprId operand : expr.operands) negated.push_back(negate(operand));
    result =
        expr.kind == ConditionKind::And ? any_of(std::move(negated)) : all_of(std::move(negated));
  }
  negations_[id.value] = result;
  negations_[result.value] = id;
  return result;
}

ExprId Exprs::without(ExprId a, ExprId b) {
  if (a == False || b == False) return a;
  return all_of({a, negate(b)});
}

ExprId Exprs::differ(ExprId a, ExprId b) {
  if (a == b) return False;
  return any_of({without(a, b), without(b, a)});
}

ExprId Exprs::import(const Conditions& conditions, ConditionId id) {
  const Condition& condition = conditions[id];
  switch (condition.kind) {
    case ConditionKind::True:
      return True;
    case ConditionKind::False:
      return False;
    case ConditionKind::In:
      return in(condition.word, condition.set);
    case ConditionKind::And:
    case ConditionKind::Or: {
      std::vector<ExprId> operands;
      for (ConditionId operand : condition.operands)
        operands.push_back(import(conditions, operand));
      return combine(condition.kind, std::move(operands));
    }
  }
  BH_CHECK(false);
}

bool Exprs::evaluate(ExprId id, const std::vector<uint64_t>& words) const {
  const Expr& expr = store_[id];
  const auto operand_holds = [&](ExprId operand) { return evaluate(operand, words); };
  switch (expr.kind) {
    case ConditionKind::True:
      return true;
    case ConditionKind::False:
      return false;
    case ConditionKind::In:
      return expr.word < words.size() && expr.set.contains(words[expr.word]);
    case ConditionKind::And:
      return std::all_of(expr.operands.begin(), expr.operands.end(), operand_holds);
    case ConditionKind::Or:
      return std::any_of(expr.operands.begin(), expr.operands.end(), operand_holds);
  }
  BH_CHECK(false);
}

std::vector<std::vector<uint64_t>> turning_points(const Exprs& exprs, ExprId formula) {
  std::vector<std::set<uint64_t>> values(exprs.domains().size());
  const auto add = [&](uint32_t word, const IntervalSet& set) {
    for (const Interval& i : set.intervals()) {
      values[word].insert(i.low);
      if (i.high != UINT64_MAX) values[word].insert(i.high + 1);
    }
  };
  for (uint32_t word = 0; word < values.size(); ++word) add(word, exprs.domains()[word]);
  std::set<ExprId> seen;
  std::vector<ExprId> open = {formula};
  while (!open.empty()) {
    const ExprId id = open.back();
    open.pop_back();
    if (!seen.insert(id).second) continue;
    if (exprs[id].kind == ConditionKind::In) add(exprs[id].word, exprs[id].set);
    open.insert(open.end(), exprs[id].operands.begin(), exprs[id].operands.end());
  }
  std::vector<std::vector<uint64_t>> result;
  for (uint32_t word = 0; word < values.size(); ++word) {
    std::vector<uint64_t>& list = result.emplace_back();
    std::copy_if(values[word].begin(), values[word].end(), std::back_inserter(list),
                 [&](uint64_t value) { return exprs.domains()[word].contains(value); });
  }
  return result;
}

ExprId rebuild(const Exprs& from, ExprId id, Exprs& to,
               const std::function<ExprId(uint32_t, const IntervalSet&)>& atom) {
  const Expr expr = from[id];
  std::vector<ExprId> operands;
  for (ExprId operand : expr.operands) operands.push_back(rebuild(from, operand, to, atom));
  switch (expr.kind) {
    case ConditionKind::True:
      return Exprs::True;
    case ConditionKind::False:
      return Exprs::False;
    case ConditionKind::In:
      return atom(expr.word, expr.set);
    case ConditionKind::And:
      return to.all_of(std::move(operands));
    case ConditionKind::Or:
      return to.any_of(std::move(operands));
  }
  BH_CHECK(false);
}

ConditionId to_condition(const Exprs& from, ExprId id, Conditions& to,
                         const std::function<ConditionId(uint32_t, const IntervalSet&)>& atom) {
  const Expr& expr = from[id];
  std::vector<ConditionId> operands;
  for (ExprId operand : expr.operands) operands.push_back(to_condition(from, operand, to, atom));
  switch (expr.kind) {
    case ConditionKind::True:
      return Conditions::True;
    case ConditionKind::False:
      return Conditions::False;
    case ConditionKind::In:
      return atom(expr.word, expr.set);
    case ConditionKind::And:
      return to.all_of(operands);
    case ConditionKind::Or:
      return to.any_of(operands);
  }
  BH_CHECK(false);
}

}  // namespace bh::smt
