#include "solver/smt/reach.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh::smt {

static bool has(uint64_t locations, uint32_t location) { return (locations >> location & 1) != 0; }

static uint64_t all_of(const Automata::Automaton& automaton) {
  return automaton.locations == 64 ? UINT64_MAX : (uint64_t{1} << automaton.locations) - 1;
}

uint64_t Automata::Part::locations() const {
  uint64_t result = 0;
  for (const Step& step : steps) result |= uint64_t{1} << step.from;
  return result;
}

bool Automata::Part::changes() const {
  return std::any_of(steps.begin(), steps.end(), [](const Step& s) { return s.to != s.from; });
}

// ---- pairs
// ------------------------------------------------------------------------------------------

PairInvariant::PairInvariant(const Automata& automata)
    : count_(automata.automata.size()),
      pairs_(count_ * Automata::MostLocations * count_, 0),
      changed_(count_, 1) {
  for (uint32_t a = 0; a < count_; ++a) {
    for (uint32_t b = 0; b < count_; ++b) {
      add(a, automata.automata[a].initial, b, automata.automata[b].initial);
    }
  }
  std::vector<size_t> applied(automata.moves.size(), 0);
  for (bool more = true; more;) {
    more = false;
    for (size_t m = 0; m < automata.moves.size(); ++m) {
      const Automata::Move& move = automata.moves[m];
      const bool news = std::any_of(move.parts.begin(), move.parts.end(), [&](const auto& part) {
        return changed_[part.automaton] > applied[m];
      });
      if (!news) continue;
      more = true;
      applied[m] = round_++;
      for (const Automata::Part& part : move.parts) {
        for (const Automata::Step& step : part.steps) {
          if (step.to != step.from && may(part.automaton, step.from))
            apply(automata, move, part, step);
        }
      }
    }
  }
}

void PairInvariant::add(uint32_t a, uint32_t in_a, uint32_t b, uint32_t in_b) {
  const auto set = [&](uint32_t x, uint32_t in_x, uint32_t y, uint32_t in_y) {
    uint64_t& locations = pairs_[(size_t{x} * Automata::MostLocations + in_x) * count_ + y];
    if (has(locations, in_y)) return;
    locations |= uint64_t{1} << in_y;
    changed_[x] = changed_[y] = round_;
  };
  set(a, in_a, b, in_b);
  set(b, in_b, a, in_a);
}

// What the step of one part adds, whatever the other automata are in and do meanwhile.
void PairInvariant::apply(const Automata& automata, const Automata::Move& move,
                          const Automata::Part& part, const Automata::Step& step) {
  const uint32_t a = part.automaton;
  const auto possible = [&](uint32_t b, uint32_t in_b) {
    return std::all_of(move.parts.begin(), move.parts.end(), [&](const Automata::Part& third) {
      const uint32_t c = third.automaton;
      return (with(a, step.from, c) & with(b, in_b, c) & third.locations()) != 0;
    });
  };
  std::vector<uint64_t> present(count_, 0);  // by automaton: where it may be as the step is made
  for (uint32_t b = 0; b < count_; ++b) {
    for (uint32_t in_b = 0; in_b < automata.automata[b].locations; ++in_b) {
      if (has(with(a, step.from, b), in_b) && possible(b, in_b)) present[b] |= uint64_t{1} << in_b;
    }
    if (present[b] == 0) return;
  }
  std::vector<bool> moves(count_, false);
  for (const Automata::Part& other : move.parts) {
    moves[other.automaton] = true;
    for (const Automata::Step& s : other.steps) {
      const bool same = other.automaton == a;
      if (same ? s.from == step.from : has(present[other.automaton], s.from))
        add(a, step.to, other.automaton, s.to);
    }
  }
  for (uint32_t b = 0; b < count_; ++b) {
    for (uint32_t in_b = 0; !moves[b] && in_b < automata.automata[b].locations; ++in_b) {
      if (has(present[b], in_b)) add(a, step.to, b, in_b);
    }
  }
}

// ---- proofs
// -----------------------------------------------------------------------------------------

namespace {

class ProofMaker {
 public:
  explicit ProofMaker(const Automata& automata) : automata_(automata) {
    for (const Automata::Automaton& automaton : automata.automata) {
      first_.push_back(variables_ + 1);
      variables_ += static_cast<int32_t>(automaton.locations);
    }
  }

  int32_t in(uint32_t automaton, uint32_t location) const {
    return first_[automaton] + static_cast<int32_t>(location);
  }

  // That it is in one of the locations.
  std::vector<int32_t> within(uint32_t automaton, uint64_t locations) const {
    std::vector<int32_t> literals;
    for (uint32_t l = 0; l < automata_.automata[automaton].locations; ++l) {
      if (has(locations, l)) literals.push_back(in(automaton, l));
    }
    return literals;
  }

  Clauses structure() const {
    Clauses clauses;
    for (uint32_t a = 0; a < first_.size(); ++a) {
      const std::vector<int32_t> one = within(a, all_of(automata_.automata[a]));
      clauses.push_back(one);
      for (size_t i = 0; i < one.size(); ++i) {
        for (size_t j = i + 1; j < one.size(); ++j) clauses.push_back({-one[i], -one[j]});
      }
    }
    return clauses;
  }

  // Two locations that are never seen together; of one automaton: a location that it is never in.
  struct Pair {
    uint32_t a, in_a, b, in_b;
  };
  std::vector<Pair> excluded(const PairInvariant& invariant) const {
    std::vector<Pair> pairs;
    const uint32_t count = static_cast<uint32_t>(first_.size());
    for (uint32_t a = 0; a < count; ++a) {
      for (uint32_t in_a = 0; in_a < automata_.automata[a].locations; ++in_a) {
        if (!invariant.may(a, in_a)) {
          pairs.push_back({a, in_a, a, in_a});
          continue;
        }
        for (uint32_t b = a + 1; b < count; ++b) {
          for (uint32_t in_b = 0; in_b < automata_.automata[b].locations; ++in_b) {
            if (invariant.may(b, in_b) && !has(invariant.with(a, in_a, b), in_b))
              pairs.push_back({a, in_a, b, in_b});
          }
        }
      }
    }
    return pairs;
  }

  InvariantProof make(const PairInvariant& invariant) {
    InvariantProof proof;
    proof.structure = structure();
    const std::vector<Pair> pairs = excluded(invariant);
    for (const Pair& p : pairs) {
      proof.invariant.push_back({-in(p.a, p.in_a)});
      if (p.a != p.b) proof.invariant.back().push_back(-in(p.b, p.in_b));
    }
    proof.initial = {"the first state", outside(pairs, {})};
    for (uint32_t a = 0; a < first_.size(); ++a)
      proof.initial.clauses.push_back({in(a, automata_.automata[a].initial)});
    for (size_t m = 0; m < automata_.moves.size(); ++m) {
      const Automata::Move& move = automata_.moves[m];
      const bool changes = std::any_of(move.parts.begin(), move.parts.end(),
                                       [](const auto& part) { return part.changes(); });
      if (!changes) continue;
      Clauses clauses = outside(pairs, &move);
      for (const Automata::Part& part : move.parts)
        clauses.push_back(within(part.automaton, part.locations()));
      proof.moves.push_back({fmt::format("move {}", m + 1), std::move(clauses)});
    }
    proof.variables = static_cast<uint32_t>(most_variables_);
    return proof;
  }

 private:
  // That the state (after the move, if there is one) has some excluded pair. Of a move, only pairs
  // that it touches: the others were there before.
  Clauses outside(const std::vector<Pair>& pairs, const Automata::Move* move) {
    std::vector<const Automata::Part*> part_of(first_.size(), nullptr);
    for (size_t i = 0; move != nullptr && i < move->parts.size(); ++i) {
      if (move->parts[i].changes()) part_of[move->parts[i].automaton] = &move->parts[i];
    }
    const auto then_in = [&](uint32_t automaton, uint32_t location) {
      if (part_of[automaton] == nullptr) return std::vector<int32_t>{in(automaton, location)};
      std::vector<int32_t> before;
      for (const Automata::Step& step : part_of[automaton]->steps) {
        if (step.to == location) before.push_back(in(automaton, step.from));
      }
      return before;
    };
    Clauses clauses;
    std::vector<int32_t> some;
    for (const Pair& p : pairs) {
      if (move != nullptr && part_of[p.a] == nullptr && part_of[p.b] == nullptr) continue;
      std::vector<int32_t> a = then_in(p.a, p.in_a);
      std::vector<int32_t> b = then_in(p.b, p.in_b);
      if (a.empty() || b.empty()) continue;
      some.push_back(variables_ + 1 + static_cast<int32_t>(some.size()));
      a.push_back(-some.back());
      b.push_back(-some.back());
      clauses.push_back(std::move(a));
      if (p.a != p.b) clauses.push_back(std::move(b));
    }
    most_variables_ = std::max(most_variables_, variables_ + static_cast<int32_t>(some.size()));
    clauses.push_back(std::move(some));
    return clauses;
  }

  const Automata& automata_;
  std::vector<int32_t> first_;  // by automaton: the variable of its first location
  int32_t variables_ = 0;
  int32_t most_variables_ = 0;
};

void print_clauses(std::string& text, const Clauses& clauses) {
  for (const std::vector<int32_t>& clause : clauses) {
    text += "(assert (or false";
    for (int32_t literal : clause) {
      text += literal > 0 ? fmt::format(" v{}", literal) : fmt::format(" (not v{})", -literal);
    }
    text += "))\n";
  }
}

}  // namespace

InvariantProof make_proof(const Automata& automata, const PairInvariant& invariant) {
  return ProofMaker(automata).make(invariant);
}

Unsatisfiable keeps_out_of(const Automata& automata, const StateSet& set) {
  const ProofMaker maker(automata);
  Unsatisfiable claim{"the goal", {}};
  for (const std::vector<Within>& list : set) {
    std::vector<int32_t>& clause = claim.clauses.emplace_back();
    for (const Within& within : list) {
      const std::vector<int32_t> literals = maker.within(within.automaton, within.locations);
      clause.insert(clause.end(), literals.begin(), literals.end());
    }
  }
  return claim;
}

AnswerKind prove(const InvariantProof& proof, ClaimSolver& solver) {
  solver.assume(proof.structure);
  const AnswerKind initial = solver.prove(proof.initial);
  if (initial != AnswerKind::Holds) return initial;
  solver.assume(proof.invariant);
  for (const Unsatisfiable& move : proof.moves) {
    const AnswerKind answer = solver.prove(move);
    if (answer != AnswerKind::Holds) return answer;
  }
  return AnswerKind::Holds;
}

uint64_t Path::moves() const {
  uint64_t sum = 0;
  for (const Run& run : runs) sum += std::min(run.times, UINT64_MAX - sum);
  return sum;
}

std::string print_smt2(const InvariantProof& proof, const std::vector<Unsatisfiable>& claims) {
  std::string text = "(set-logic QF_UF)\n";
  for (uint32_t v = 1; v <= proof.variables; ++v)
    text += fmt::format("(declare-const v{} Bool)\n", v);
  const auto print = [&](const Unsatisfiable& claim) {
    text += "(push 1) ; " + claim.name + "\n";
    print_clauses(text, claim.clauses);
    text += "(check-sat)\n(pop 1)\n";
  };
  print_clauses(text, proof.structure);
  print(proof.initial);
  print_clauses(text, proof.invariant);
  for (const Unsatisfiable& move : proof.moves) print(move);
  for (const Unsatisfiable& claim : claims) print(claim);
  return text;
}

}  // namespace bh::smt
