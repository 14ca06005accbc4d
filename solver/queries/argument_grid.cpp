#include "solver/queries/argument_grid.h"

#include <algorithm>
#include <map>
#include <set>

namespace bh {

namespace {

using Sets = std::vector<std::vector<const IntervalSet*>>;  // by word

Sets atoms_of(const smt::Exprs& exprs, const std::vector<smt::ExprId>& formulas) {
  Sets sets(exprs.domains().size());
  std::set<smt::ExprId> seen(formulas.begin(), formulas.end());
  std::vector<smt::ExprId> open(seen.begin(), seen.end());
  while (!open.empty()) {
    const smt::Expr& expr = exprs[open.back()];
    open.pop_back();
    if (expr.kind == ConditionKind::In) sets[expr.word].push_back(&expr.set);
    for (const smt::ExprId operand : expr.operands) {
      if (seen.insert(operand).second) open.push_back(operand);
    }
  }
  return sets;
}

// The parts of a domain whose values lie in the same of the sets.
std::vector<IntervalSet> cut_domain(const IntervalSet& domain,
                                    const std::vector<const IntervalSet*>& sets) {
  std::set<uint64_t> starts;
  for (const Interval& i : domain.intervals()) starts.insert(i.low);
  for (const IntervalSet* set : sets) {
    for (const Interval& i : set->intervals()) {
      starts.insert(i.low);
      if (i.high != UINT64_MAX) starts.insert(i.high + 1);
    }
  }
  std::map<std::vector<bool>, size_t> place;
  std::vector<std::vector<Interval>> parts;
  for (const Interval& whole : domain.intervals()) {
    for (auto at = starts.lower_bound(whole.low); at != starts.end() && *at <= whole.high; ++at) {
      const auto next = std::next(at);
      const uint64_t high = next == starts.end() ? whole.high : std::min(whole.high, *next - 1);
      std::vector<bool> key;
      for (const IntervalSet* set : sets) key.push_back(set->contains(*at));
      const auto [found, is_new] = place.emplace(std::move(key), parts.size());
      if (is_new) parts.emplace_back();
      parts[found->second].push_back({*at, high});
    }
  }
  std::vector<IntervalSet> pieces;
  for (std::vector<Interval>& part : parts) pieces.emplace_back(std::move(part));
  return pieces;
}

void sort_unique(std::vector<const IntervalSet*>& sets) {
  const auto less = [](const IntervalSet* a, const IntervalSet* b) {
    return std::lexicographical_compare(
        a->intervals().begin(), a->intervals().end(), b->intervals().begin(), b->intervals().end(),
        [](Interval x, Interval y) { return std::pair(x.low, x.high) < std::pair(y.low, y.high); });
  };
  std::sort(sets.begin(), sets.end(), less);
  sets.erase(std::unique(sets.begin(), sets.end(),
                         [](const IntervalSet* a, const IntervalSet* b) { return *a == *b; }),
             sets.end());
}

}  // namespace

std::optional<ArgumentGrid> ArgumentGrid::cut(const smt::Exprs& exprs,
                                              const std::vector<smt::ExprId>& formulas,
                                              size_t most) {
  Sets sets = atoms_of(exprs, formulas);
  std::vector<std::vector<IntervalSet>> pieces;
  size_t size = 1;
  for (size_t word = 0; word < sets.size(); ++word) {
    sort_unique(sets[word]);
    if (sets[word].size() > most) return std::nullopt;
    pieces.push_back(cut_domain(exprs.domains()[word], sets[word]));
    size *= pieces.back().size();
    if (size > most) return std::nullopt;
  }
  return ArgumentGrid(exprs, std::move(pieces));
}

ArgumentGrid::ArgumentGrid(const smt::Exprs& exprs, std::vector<std::vector<IntervalSet>> pieces)
    : exprs_(exprs), pieces_(std::move(pieces)), strides_(pieces_.size()) {
  for (size_t word = pieces_.size(); word-- > 0;) {
    strides_[word] = size_;
    size_ *= pieces_[word].size();
  }
}

size_t ArgumentGrid::piece_of(size_t combination, size_t word) const {
  return combination / strides_[word] % pieces_[word].size();
}

ArgumentGrid::Table ArgumentGrid::table(smt::ExprId formula) const {
  Table table(size_);
  std::vector<uint64_t> words(pieces_.size());
  for (size_t i = 0; i < size_; ++i) {
    for (size_t word = 0; word < words.size(); ++word) {
      words[word] = *pieces_[word][piece_of(i, word)].least();
    }
    table[i] = exprs_.evaluate(formula, words);
  }
  return table;
}

std::vector<size_t> ArgumentGrid::combinations(const std::vector<std::vector<bool>>& pieces) const {
  std::vector<size_t> all = {0};
  for (size_t word = 0; word < pieces.size(); ++word) {
    std::vector<size_t> more;
    for (const size_t begin : all) {
      for (size_t piece = 0; piece < pieces[word].size(); ++piece) {
        if (pieces[word][piece]) more.push_back(begin + piece * strides_[word]);
      }
    }
    all = std::move(more);
  }
  return all;
}

// The box of the seed, made as wide as `may` lets it be, one word after the other.
ArgumentGrid::Choice ArgumentGrid::widen(size_t seed, size_t first_word, const Table& may) const {
  Choice choice;
  for (size_t word = 0; word < pieces_.size(); ++word) {
    choice.pieces.emplace_back(pieces_[word].size());
    choice.pieces[word][piece_of(seed, word)] = true;
  }
  const auto lies_within = [&](const std::vector<std::vector<bool>>& pieces) {
    const std::vector<size_t> all = combinations(pieces);
    return std::all_of(all.begin(), all.end(), [&](size_t i) { return may[i]; });
  };
  for (size_t n = 0; n < pieces_.size(); ++n) {
    const size_t word = (first_word + n) % pieces_.size();
    for (size_t piece = 0; piece < pieces_[word].size(); ++piece) {
      if (choice.pieces[word][piece]) continue;
      std::vector<std::vector<bool>> only = choice.pieces;
      std::fill(only[word].begin(), only[word].end(), false);
      only[word][piece] = true;
      if (lies_within(only)) choice.pieces[word][piece] = true;
    }
  }
  choice.combinations = combinations(choice.pieces);
  return choice;
}

ArgumentBox ArgumentGrid::box(const Choice& choice) const {
  ArgumentBox box;
  for (size_t word = 0; word < pieces_.size(); ++word) {
    std::vector<Interval> intervals;
    for (size_t piece = 0; piece < pieces_[word].size(); ++piece) {
      if (!choice.pieces[word][piece]) continue;
      const std::vector<Interval>& more = pieces_[word][piece].intervals();
      intervals.insert(intervals.end(), more.begin(), more.end());
    }
    box.emplace_back(std::move(intervals));
  }
  return box;
}

std::vector<ArgumentBox> ArgumentGrid::cover(const Table& must, const Table& may) const {
  std::vector<size_t> covered(size_);  // by how many of the boxes
  std::vector<Choice> chosen;
  for (size_t seed = 0; seed < size_; ++seed) {
    if (!must[seed] || covered[seed] > 0) continue;
    std::optional<Choice> best;
    size_t best_gain = 0;
    for (size_t first = 0; first < std::max<size_t>(pieces_.size(), 1); ++first) {
      Choice next = widen(seed, first, may);
      const auto gain =
          static_cast<size_t>(std::count_if(next.combinations.begin(), next.combinations.end(),
                                            [&](size_t i) { return must[i] && covered[i] == 0; }));
      if (gain <= best_gain) continue;
      best_gain = gain;
      best = std::move(next);
    }
    for (const size_t i : best->combinations) ++covered[i];
    chosen.push_back(std::move(*best));
  }
  std::vector<ArgumentBox> boxes;
  for (const Choice& choice : chosen) {
    const bool needed = std::any_of(choice.combinations.begin(), choice.combinations.end(),
                                    [&](size_t i) { return must[i] && covered[i] == 1; });
    if (needed) {
      boxes.push_back(box(choice));
    } else {
      for (const size_t i : choice.combinations) --covered[i];
    }
  }
  return boxes;
}

ConditionId describe(const smt::Exprs& exprs, const std::vector<ArgumentBox>& boxes,
                     Conditions& out) {
  std::vector<ConditionId> alternatives;
  for (const ArgumentBox& box : boxes) {
    std::vector<ConditionId> atoms;
    for (uint32_t word = 0; word < box.size(); ++word) {
      if (box[word] != exprs.domains()[word]) atoms.push_back(out.in(word, box[word]));
    }
    alternatives.push_back(out.all_of(atoms));
  }
  return out.any_of(alternatives);
}

// The formula as it stands. Recursive: conditions nest to Conditions::MaxDepth, and formulas are
// made of a few of them.
static ConditionId copy(const smt::Exprs& exprs, smt::ExprId formula, Conditions& out) {
  const smt::Expr& expr = exprs[formula];
  switch (expr.kind) {
    case ConditionKind::True:
      return Conditions::True;
    case ConditionKind::False:
      return Conditions::False;
    case ConditionKind::In:
      return out.in(expr.word, expr.set);
    case ConditionKind::And:
    case ConditionKind::Or: {
      std::vector<ConditionId> operands;
      for (const smt::ExprId operand : expr.operands) operands.push_back(copy(exprs, operand, out));
      return expr.kind == ConditionKind::And ? out.all_of(operands) : out.any_of(operands);
    }
  }
  BH_CHECK(false);
}

ConditionId describe(const smt::Exprs& exprs, smt::ExprId formula, Conditions& out) {
  const std::optional<ArgumentGrid> grid = ArgumentGrid::cut(exprs, {formula});
  if (!grid) return copy(exprs, formula, out);
  const ArgumentGrid::Table table = grid->table(formula);
  return describe(exprs, grid->cover(table, table), out);
}

}  // namespace bh
