// The grammar of docs/language.md as data, read from the page itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bh::docs {

enum class WordKind : uint8_t { Name, Number, String, Duration, Symbol };

// One token of a sentence.
struct Word {
  std::string text;
  WordKind kind = WordKind::Name;
};

enum class TermKind : uint8_t {
  Quoted,  // "allow", "->"
  Token,   // NAME, STRING: a class of words
  Rule,    // defined by the grammar
};

struct Term {
  TermKind kind = TermKind::Quoted;
  std::string text;
  size_t rule = 0;  // Rule only
};

using Sequence = std::vector<Term>;

// `least`: the words of its shortest sentence; 0 when it may be empty.
struct Production {
  std::string name;  // of a bracket, star or list the name of the production that it stands in
  std::vector<Sequence> alternatives;
  size_t least = 0;
};

// INVARIANT: rule 0 is the first of the page, and every rule can end.
struct Grammar {
  std::vector<Production> rules;
  std::vector<std::string> reserved;  // words that cannot name anything
  std::vector<std::string> builtin_types;
  std::vector<std::string> errors;  // what is wrong with the page

  bool matches(const Term& term, const Word& word) const;
  size_t least(const Sequence& sequence) const;
};

// `page`: the text of docs/language.md.
Grammar read_grammar(std::string_view page);

}  // namespace bh::docs
