// What automata reach, counters and all, told by formulas instead of by trying.
#pragma once

#include <cstdint>
#include <vector>

#include "solver/smt/automata.h"

namespace bh::smt {

// A move, so many times in a row.
struct Run {
  size_t move = 0;
  uint64_t times = 1;
  bool operator==(const Run&) const = default;
};

struct Path {
  bool found = false;
  std::vector<Run> runs;
  uint64_t moves() const;  // all runs together, the largest number if there are more
};

// Looks for a way from the first state into the set: with one run, two, and so on up to
// `most_runs`, so that what is found has as few runs as possible. A run of several times changes
// nothing but counters. `rlimit` bounds each length, see make_z3_solver; the search ends with the
// first that exceeds it.
Path find_path(const Automata& automata, const StateSet& set, size_t most_runs, uint64_t rlimit);

// Proves that no reachable state is in the set, by an invariant that Spacer finds: it may tell
// numbers apart that are too many to try. Spacer is not believed: the invariant is shown to hold
// first, to be closed under every move and to keep out of the set. Unknown: not proved.
AnswerKind prove_unreachable(const Automata& automata, const StateSet& set, uint64_t rlimit);

}  // namespace bh::smt
