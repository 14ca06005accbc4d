// Whether a sentence belongs to a grammar: Earley's algorithm (An efficient context-free parsing
// algorithm, 1970), with nullable rules as Aycock and Horspool have them (Practical Earley parsing,
// 2002).
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "tests/docs/ebnf.h"

namespace bh::docs {

// How much of an alternative was read since word `origin`.
struct Item {
  uint32_t rule;
  uint32_t alternative;
  uint32_t dot;
  uint32_t origin;
};

class Items {
 public:
  void add(const Item& item);
  size_t size() const { return all_.size(); }
  const Item& operator[](size_t i) const { return all_[i]; }

 private:
  std::vector<Item> all_;
  std::unordered_set<uint64_t> known_;
};

class Recogniser {
 public:
  explicit Recogniser(const Grammar& grammar);
  // By the rule of docs/language.md, a word that could be both a quoted one and a NAME is the
  // quoted one if the word after it fits that. Fast when the sentence begins like the one before.
  bool accepts(const std::vector<Word>& sentence);

 private:
  const Term* next(const Item& item) const;
  void predict(size_t rule, size_t at, Items& to) const;
  void close(Items& set, size_t at) const;
  bool complete(const Items& set) const;
  Items read(size_t at, TermKind as) const;
  bool fits(const Items& set, size_t at) const;
  bool scan(size_t at);

  const Grammar& grammar_;
  std::vector<Word> sentence_;
  std::vector<Items> sets_;  // the one before each word, as far as they were needed
};

}  // namespace bh::docs
