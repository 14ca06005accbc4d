#include "solver/smt/smt2.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh::smt {

// ---- formulas
// -----------------------------------------------------------------------------------

static std::string print_within(const std::string& word, const IntervalSet& set) {
  std::string text = "(or false";
  for (const Interval& i : set.intervals()) {
    text += i.low == i.high
                ? fmt::format(" (= {} {})", word, i.low)
                : fmt::format(" (and (<= {} {}) (<= {} {}))", i.low, word, word, i.high);
  }
  return text + ")";
}

static std::string word_name(uint32_t signature, uint32_t word) {
  return fmt::format("w{}_{}", signature, word);
}

std::string FormulaScript::term(uint32_t signature, const Exprs& exprs, ExprId formula) const {
  const Expr& expr = exprs[formula];
  switch (expr.kind) {
    case ConditionKind::True:
      return "true";
    case ConditionKind::False:
      return "false";
    case ConditionKind::In:
      return print_within(word_name(signature, expr.word), expr.set);
    case ConditionKind::And:
    case ConditionKind::Or:
      return fmt::format("f{}_{}", signature, formula.value);
  }
  BH_CHECK(false);
}

// Operands come before the formulas that they are part of.
void FormulaScript::define(uint32_t signature, const Exprs& exprs, ExprId formula) {
  std::vector<ExprId> open = {formula};
  while (!open.empty()) {
    const ExprId id = open.back();
    const Expr& expr = exprs[id];
    if (expr.operands.empty() || defined_.contains({signature, id})) {
      open.pop_back();
      continue;
    }
    const size_t before = open.size();
    for (ExprId operand : expr.operands) {
      if (!exprs[operand].operands.empty() && !defined_.contains({signature, operand}))
        open.push_back(operand);
    }
    if (open.size() > before) continue;
    defined_.insert({signature, id});
    text_ += fmt::format("(define-fun f{}_{} () Bool ({}", signature, id.value,
                         expr.kind == ConditionKind::And ? "and" : "or");
    for (ExprId operand : expr.operands) text_ += " " + term(signature, exprs, operand);
    text_ += "))\n";
  }
}

void FormulaScript::begin(uint32_t signature, const Exprs& exprs, ExprId formula,
                          std::string_view comment) {
  if (declared_.insert(signature).second) {
    for (uint32_t word = 0; word < exprs.domains().size(); ++word)
      text_ += fmt::format("(declare-const {} Int)\n", word_name(signature, word));
  }
  define(signature, exprs, formula);
  text_ += fmt::format("(push 1) ; {}\n", comment);
  for (uint32_t word = 0; word < exprs.domains().size(); ++word) {
    text_ += fmt::format("(assert {})\n",
                         print_within(word_name(signature, word), exprs.domains()[word]));
  }
}

void FormulaScript::ask(uint32_t signature, const Exprs& exprs, ExprId formula,
                        std::string_view comment) {
  begin(signature, exprs, formula, comment);
  text_ += fmt::format("(assert {})\n(check-sat)\n(pop 1)\n", term(signature, exprs, formula));
}

// As it was written: not simplified. No deeper than the language admits.
static std::string print_condition(uint32_t signature, const Exprs& exprs,
                                   const Conditions& conditions, ConditionId id) {
  const Condition& condition = conditions[id];
  switch (condition.kind) {
    case ConditionKind::True:
      return "true";
    case ConditionKind::False:
      return "false";
    case ConditionKind::In:
      if (condition.word >= exprs.domains().size()) return "false";
      return print_within(word_name(signature, condition.word), condition.set);
    case ConditionKind::And:
    case ConditionKind::Or: {
      std::string text = condition.kind == ConditionKind::And ? "(and" : "(or";
      for (ConditionId operand : condition.operands)
        text += " " + print_condition(signature, exprs, conditions, operand);
      return text + ")";
    }
  }
  BH_CHECK(false);
}

void FormulaScript::compare(uint32_t signature, const Exprs& exprs, ExprId formula,
                            const Conditions& conditions, const std::vector<ConditionId>& allows,
                            const std::vector<ConditionId>& denies, std::string_view comment) {
  begin(signature, exprs, formula, comment);
  const auto any = [&](const std::vector<ConditionId>& list) {
    std::string text = "(or false";
    for (ConditionId id : list) text += " " + print_condition(signature, exprs, conditions, id);
    return text + ")";
  };
  text_ += fmt::format("(assert (distinct {} (and {} (not {}))))\n(check-sat)\n(pop 1)\n",
                       term(signature, exprs, formula), any(allows), any(denies));
}

// ---- automata
// -----------------------------------------------------------------------------------

namespace {

using State = std::vector<uint32_t>;  // of each automaton its location, then its counters

class Explicit {
 public:
  explicit Explicit(const Automata& automata) : automata_(automata) {
    for (const Automata::Automaton& automaton : automata.automata) {
      place_.push_back(size_);
      size_ += 1 + automaton.limits.size();
    }
  }

  // All states that are reached; nothing when there are more than `most`.
  std::optional<std::vector<State>> reach(size_t most) const {
    State initial(size_, 0);
    for (size_t a = 0; a < place_.size(); ++a) initial[place_[a]] = automata_.automata[a].initial;
    std::vector<State> states = {initial};
    std::set<State> known = {initial};
    for (size_t at = 0; at < states.size(); ++at) {
      for (const Automata::Move& move : automata_.moves) {
        std::optional<State> next = after(states[at], move);
        if (!next || !known.insert(*next).second) continue;
        if (states.size() == most) return std::nullopt;
        states.push_back(std::move(*next));
      }
    }
    return states;
  }

  bool is_in(const State& state, const StateSet& set) const {
    return std::all_of(set.begin(), set.end(), [&](const std::vector<Within>& list) {
      return std::any_of(list.begin(), list.end(), [&](const Within& within) {
        const size_t place = place_[within.automaton];
        const uint32_t c = within.used_up;
        return (within.locations >> state[place] & 1) != 0 &&
               (c == Automata::None || state[place + 1 + c] == limit(within.automaton, c));
      });
    });
  }

  std::string declare() const {
    std::string text;
    for (const char* side : {"x", "y"}) {
      for (size_t i = 0; i < size_; ++i) text += fmt::format("(declare-const {}{} Int)\n", side, i);
    }
    return text;
  }

  std::string print_reached(const std::vector<State>& states) const {
    std::string text = "(define-fun reached (";
    for (size_t i = 0; i < size_; ++i) text += fmt::format("(s{} Int)", i);
    text += ") Bool (or false\n";
    for (const State& state : states) text += "  " + print_state(state, "s") + "\n";
    return text + "))\n";
  }

  std::string print_initial() const {
    State initial(size_, 0);
    for (size_t a = 0; a < place_.size(); ++a) initial[place_[a]] = automata_.automata[a].initial;
    return print_state(initial, "x");
  }

  std::string application(const char* side) const {
    std::string text = "(reached";
    for (size_t i = 0; i < size_; ++i) text += fmt::format(" {}{}", side, i);
    return text + ")";
  }

  // From x to y.
  std::string print_move(const Automata::Move& move) const {
    std::string text = "(and true";
    std::set<uint32_t> moved;
    for (const Automata::Part& part : move.parts) {
      moved.insert(part.automaton);
      text += "\n  (or false";
      for (const Automata::Step& step : part.steps) text += print_step(part.automaton, step);
      text += ")";
    }
    for (uint32_t a = 0; a < place_.size(); ++a) {
      if (moved.contains(a)) continue;
      for (size_t i = place_[a]; i < end_of(a); ++i) text += fmt::format(" (= y{} x{})", i, i);
    }
    return text + ")";
  }

  std::string print_set(const StateSet& set) const {
    std::string text = "(and true";
    for (const std::vector<Within>& list : set) {
      text += " (or false";
      for (const Within& within : list) {
        for (uint32_t l = 0; l < Automata::MostLocations; ++l) {
          if ((within.locations >> l & 1) == 0) continue;
          const size_t place = place_[within.automaton];
          text += fmt::format(" (and (= x{} {})", place, l);
          if (const uint32_t c = within.used_up; c != Automata::None)
            text += fmt::format(" (= x{} {})", place + 1 + c, limit(within.automaton, c));
          text += ")";
        }
      }
      text += ")";
    }
    return text + ")";
  }

 private:
  uint32_t limit(uint32_t automaton, uint32_t counter) const {
    return automata_.automata[automaton].limits[counter];
  }

  size_t end_of(uint32_t automaton) const {
    return place_[automaton] + 1 + automata_.automata[automaton].limits.size();
  }

  std::optional<State> after(const State& state, const Automata::Move& move) const {
    State next = state;
    for (const Automata::Part& part : move.parts) {
      const size_t place = place_[part.automaton];
      const auto step = std::find_if(part.steps.begin(), part.steps.end(),
                                     [&](const auto& s) { return s.from == state[place]; });
      if (step == part.steps.end()) return std::nullopt;
      const std::vector<uint32_t>& limits = automata_.automata[part.automaton].limits;
      if (step->below != Automata::None && state[place + 1 + step->below] >= limits[step->below])
        return std::nullopt;
      next[place] = step->to;
      if (step->clears) {
        std::fill_n(next.begin() + static_cast<ptrdiff_t>(place) + 1, limits.size(), 0);
      }
      if (step->counts != Automata::None) ++next[place + 1 + step->counts];
    }
    return next;
  }

  std::string print_step(uint32_t automaton, const Automata::Step& step) const {
    const size_t place = place_[automaton];
    const std::vector<uint32_t>& limits = automata_.automata[automaton].limits;
    std::string text = fmt::format(" (and (= x{} {}) (= y{} {})", place, step.from, place, step.to);
    if (step.below != Automata::None)
      text += fmt::format(" (< x{} {})", place + 1 + step.below, limits[step.below]);
    for (uint32_t c = 0; c < limits.size(); ++c) {
      const std::string before = step.clears ? "0" : fmt::format("x{}", place + 1 + c);
      text += fmt::format(fmt::runtime(step.counts == c ? " (= y{} (+ {} 1))" : " (= y{} {})"),
                          place + 1 + c, before);
    }
    return text + ")";
  }

  static std::string print_state(const State& state, const char* side) {
    std::string text = "(and true";
    for (size_t i = 0; i < state.size(); ++i)
      text += fmt::format(" (= {}{} {})", side, i, state[i]);
    return text + ")";
  }

  const Automata& automata_;
  std::vector<size_t> place_;  // by automaton, of its location
  size_t size_ = 0;
};

}  // namespace

std::optional<ExplicitProof> prove_explicitly(const Automata& automata,
                                              const std::vector<StateSet>& sets, size_t most) {
  const Explicit all(automata);
  const std::optional<std::vector<State>> states = all.reach(most);
  if (!states) return std::nullopt;
  for (const StateSet& set : sets) {
    for (const State& state : *states) {
      if (all.is_in(state, set)) return std::nullopt;
    }
  }
  ExplicitProof proof;
  proof.script = "(set-logic QF_LIA)\n" + all.declare() + all.print_reached(*states);
  const auto claim = [&](std::string what, const std::string& assertions) {
    proof.script += "(push 1) ; " + what + "\n" + assertions + "(check-sat)\n(pop 1)\n";
    proof.claims.push_back(std::move(what));
  };
  claim("the first state is listed",
        "(assert " + all.print_initial() + ")\n(assert (not " + all.application("x") + "))\n");
  for (size_t m = 0; m < automata.moves.size(); ++m) {
    claim(fmt::format("move {} leads to what is listed", m + 1),
          "(assert " + all.application("x") + ")\n(assert " + all.print_move(automata.moves[m]) +
              ")\n(assert (not " + all.application("y") + "))\n");
  }
  for (size_t s = 0; s < sets.size(); ++s) {
    claim(fmt::format("nothing listed is in set {}", s + 1),
          "(assert " + all.application("x") + ")\n(assert " + all.print_set(sets[s]) + ")\n");
  }
  return proof;
}

}  // namespace bh::smt
