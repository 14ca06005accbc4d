#include "tests/docs/recogniser.h"

#include <algorithm>

namespace bh::docs {

void Items::add(const Item& item) {
  const uint64_t key = uint64_t{item.rule} << 48 | uint64_t{item.alternative} << 40 |
                       uint64_t{item.dot} << 32 | item.origin;
  if (known_.insert(key).second) all_.push_back(item);
}

static Item advanced(Item item) {
  ++item.dot;
  return item;
}

Recogniser::Recogniser(const Grammar& grammar) : grammar_(grammar) {
  Items first;
  predict(0, 0, first);
  close(first, 0);
  sets_.push_back(std::move(first));
}

bool Recogniser::accepts(const std::vector<Word>& sentence) {
  size_t common = 0;
  while (common < sentence.size() && common < sentence_.size() &&
         sentence[common].text == sentence_[common].text) {
    ++common;
  }
  // A set depends on the words before it and, by the rule for quoted words, on the one after it.
  sets_.resize(std::clamp<size_t>(common, 1, sets_.size()));
  sentence_ = sentence;
  for (size_t at = sets_.size() - 1; at < sentence_.size(); ++at) {
    if (!scan(at)) return false;
  }
  return complete(sets_.back());
}

// What comes next in an item; nothing at its end.
const Term* Recogniser::next(const Item& item) const {
  const Sequence& sequence = grammar_.rules[item.rule].alternatives[item.alternative];
  return item.dot == sequence.size() ? nullptr : &sequence[item.dot];
}

void Recogniser::predict(size_t rule, size_t at, Items& to) const {
  for (size_t i = 0; i < grammar_.rules[rule].alternatives.size(); ++i) {
    to.add({static_cast<uint32_t>(rule), static_cast<uint32_t>(i), 0, static_cast<uint32_t>(at)});
  }
}

// Everything that follows from the items of the set before word `at`.
void Recogniser::close(Items& set, size_t at) const {
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

bool Recogniser::complete(const Items& set) const {
  for (size_t i = 0; i < set.size(); ++i) {
    if (set[i].rule == 0 && set[i].origin == 0 && next(set[i]) == nullptr) return true;
  }
  return false;
}

// The items after word `at`, taken as a quoted word or as a member of a class.
Items Recogniser::read(size_t at, TermKind as) const {
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

bool Recogniser::fits(const Items& set, size_t at) const {
  if (at == sentence_.size()) return complete(set);
  for (size_t i = 0; i < set.size(); ++i) {
    const Term* term = next(set[i]);
    if (term != nullptr && grammar_.matches(*term, sentence_[at])) return true;
  }
  return false;
}

bool Recogniser::scan(size_t at) {
  Items quoted = read(at, TermKind::Quoted);
  if (quoted.size() == 0 || !fits(quoted, at + 1)) {
    Items named = read(at, TermKind::Token);
    if (named.size() > 0) quoted = std::move(named);
  }
  if (quoted.size() == 0) return false;
  sets_.push_back(std::move(quoted));
  return true;
}

}  // namespace bh::docs
