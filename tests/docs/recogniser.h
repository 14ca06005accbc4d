// Whether a sentence belongs to a grammar: Earley's algorithm (An efficient context-free parsing
// algorithm, 1970), with nullable rules as Aycock and Horspool have them (Practical Earley parsing,
// 2002).
#pragma once

#include <vector>

#include "tests/docs/ebnf.h"

namespace bh::docs {

// By the rule of docs/language.md, a word that could be both a quoted one and a NAME is the quoted
// one if the word after it fits that.
bool recognises(const Grammar& grammar, const std::vector<Word>& sentence);

}  // namespace bh::docs
