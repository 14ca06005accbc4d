#include "tests/docs/recogniser.h"

#include <algorithm>
#include <unordered_set>

namespace bh::docs {

namespace {

// How much of an alternative was read since word `origin`.
struct Item {
  uint32_t rule;
  uint32_t alternative;
  uint32_t dot;
  uint32_t origin;
};

class Items {
 public:
  void add(const Item& item) {
    const uint64_t key = uint64_t{item.rule} << 48 | uint64_t{item.alternative} << 40 |
                         uint64_t{item.dot} << 32 | item.origin;
    if (known_.insert(key).second) all_.push_back(item);
  }
  size_t size() const { return all_.size(); }
  const Item& operator[](size_t i) const { return all_[i]; }

 private:
  std::vector<Item> all_;
  std::unordered_set<uint64_t> known_;
};

class Recogniser {
 public:
  Recogniser(const Grammar& grammar, const std::vector<Word>& sentence)
      : grammar_(grammar), sentence_(sentence) {}

  bool run() {
    Items first;
    predict(0, 0, first);
    close(first, 0);
    sets_.push_back(std::move(first));
    for (size_t at = 0; at < sentence_.size(); ++at) {
      if (!scan(at)) return false;
    }
    return complete(sets_.back());
  }

 private:
  // What comes next in an item; nothing at its end.
  const Term* next(const Item& item) const {
    const Sequence& sequence = grammar_.rules[item.rule].alternatives[item.alternative];
    return item.dot == sequence.size() ? nullptr : &sequence[item.dot];
  }

  static Item advanced(Item item) {
    ++item.dot;
    return item;
  }

  void predict(size_t rule, size_t at, Items& to) const {
    for (size_t i = 0; i < grammar_.rules[rule].alternatives.size(); ++i) {
      to.add({static_cast<uint32_t>(rule), static_cast<uint32_t>(i), 0, static_cast<uint32_t>(at)});
    }
  }

  // Everything that follows from the items of the set before word `at`.
  void close(Items& set, size_t at) const {
    for (size_t i = 0; i < set.size(); ++i) {
      const Item item = set[i];
      const Term* term = next(item);
      if (term != nullptr && term->kind == TermKind::Rule) {
        predict(term->rule, at, set);
        if (grammar_.rules[term->rule].least == 0) set.add(advanced(item));
      } else if (term == nullptr && item.origin != at) {
        const Items& before = sets_[item.origin];
        for (size_t k = 0; k < before.size(); ++k) {
          const Term* waited = next(before[k]);
          if (waited != nullptr && waited->kind == TermKind::Rule && waited->rule == item.rule)
            set.add(advanced(before[k]));
        }
      }
    }
  }

  bool complete(const Items& set) const {
    for (size_t i = 0; i < set.size(); ++i) {
      if (set[i].rule == 0 && set[i].origin == 0 && next(set[i]) == nullptr) return true;
    }
    return false;
  }

  // The items after word `at`, taken as a quoted word or as a member of a class.
  Items read(size_t at, TermKind as) const {
    Items set;
    for (size_t i = 0; i < sets_[at].size(); ++i) {
      const Item item = sets_[at][i];
      const Term* term = next(item);
      if (term != nullptr && term->kind == as && grammar_.matches(*term, sentence_[at]))
        set.add(advanced(item));
    }
    close(set, at + 1);
    return set;
  }

  bool fits(const Items& set, size_t at) const {
    if (at == sentence_.size()) return complete(set);
    for (size_t i = 0; i < set.size(); ++i) {
      const Term* term = next(set[i]);
      if (term != nullptr && grammar_.matches(*term, sentence_[at])) return true;
    }
    return false;
  }

  bool scan(size_t at) {
    Items quoted = read(at, TermKind::Quoted);
    if (quoted.size() == 0 || !fits(quoted, at + 1)) {
      Items named = read(at, TermKind::Token);
      if (named.size() > 0) quoted = std::move(named);
    }
    sets_.push_back(std::move(quoted));
    return sets_.back().size() > 0;
  }

  const Grammar& grammar_;
  const std::vector<Word>& sentence_;
  std::vector<Items> sets_;
};

}  // namespace

bool recognises(const Grammar& grammar, const std::vector<Word>& sentence) {
  return Recogniser(grammar, sentence).run();
}

}  // namespace bh::docs
