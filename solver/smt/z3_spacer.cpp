#include <fmt/format.h>
#include <z3++.h>

#include <algorithm>
#include <set>
#include <vector>

#include "solver/smt/reach.h"

namespace bh::smt {

namespace {

// Of the context, and so of each question in it: a fixed point has no such setting of its own.
struct Limited : z3::config {
  explicit Limited(uint64_t rlimit) {
    set("rlimit", fmt::format("{}", std::clamp<uint64_t>(rlimit, 1, UINT32_MAX)).c_str());
  }
};

// A state as integers: of each automaton its location, then its counters.
class Unbounded {
 public:
  Unbounded(const Automata& automata, const StateSet& set, uint64_t rlimit)
      : automata_(automata),
        set_(set),
        config_(rlimit),
        context_(config_),
        now_(context_),
        then_(context_) {
    for (const Automata::Automaton& automaton : automata.automata) {
      first_.push_back(now_.size());
      for (size_t i = 0; i <= automaton.limits.size(); ++i) {
        now_.push_back(context_.int_const(fmt::format("now{}", now_.size()).c_str()));
        then_.push_back(context_.int_const(fmt::format("then{}", then_.size()).c_str()));
      }
    }
  }

  AnswerKind run() {
    z3::fixedpoint spacer(context_);
    z3::params params(context_);
    params.set("engine", context_.str_symbol("spacer"));
    params.set("spacer.random_seed", 1u);
    for (const char* rewriting : {"xform.slice", "xform.inline_eager", "xform.inline_linear"})
      params.set(rewriting,
                 false);  // each has been wrong, and the answer would lack what they drop
    spacer.set(params);
    z3::sort_vector sorts(context_);
    for (unsigned i = 0; i < now_.size(); ++i) sorts.push_back(context_.int_sort());
    z3::func_decl reached = context_.function("reached", sorts, context_.bool_sort());
    z3::func_decl bad = context_.function("bad", z3::sort_vector(context_), context_.bool_sort());
    spacer.register_relation(reached);
    spacer.register_relation(bad);
    const auto rule = [&](const z3::expr& body, const z3::expr& head) {
      z3::expr_vector variables(context_);
      for (const z3::expr& v : now_) variables.push_back(v);
      for (const z3::expr& v : then_) variables.push_back(v);
      z3::expr whole = z3::forall(variables, z3::implies(body, head));
      z3::symbol name = context_.str_symbol(fmt::format("rule{}", ++rules_).c_str());
      spacer.add_rule(whole, name);
    };
    rule(initial(), reached(now_));
    for (const Automata::Move& move : automata_.moves)
      rule(reached(now_) && leads(move), reached(then_));
    rule(reached(now_) && in_set(), bad());
    z3::expr query = bad();
    if (spacer.query(query) != z3::unsat) return AnswerKind::Unknown;
    const z3::expr answer = spacer.get_answer();
    for (unsigned i = 0; answer.is_app() && i < answer.num_args(); ++i) {
      if (defines(answer.arg(i), reached) && is_proof(answer.arg(i).body()))
        return AnswerKind::Holds;
    }
    return AnswerKind::Unknown;
  }

 private:
  // `forall A B: reached(A, B) = ..`
  static bool defines(const z3::expr& part, const z3::func_decl& relation) {
    if (!part.is_quantifier() || !part.body().is_eq()) return false;
    const z3::expr left = part.body().arg(0);
    if (!left.is_app() || left.decl().name() != relation.name()) return false;
    std::set<unsigned> variables;
    for (unsigned i = 0; i < left.num_args(); ++i) {
      if (left.arg(i).is_var()) variables.insert(Z3_get_index_value(left.ctx(), left.arg(i)));
    }
    return !variables.empty() && variables.size() == left.num_args() &&
           *variables.rbegin() + 1 == left.num_args();
  }

  // The right hand side of the definition for these values.
  static z3::expr of(const z3::expr& definition, const z3::expr_vector& values) {
    const z3::expr left = definition.arg(0);
    std::vector<unsigned> place(left.num_args());  // by bound variable
    for (unsigned i = 0; i < left.num_args(); ++i)
      place[Z3_get_index_value(left.ctx(), left.arg(i))] = i;
    z3::expr_vector by_variable(left.ctx());
    for (unsigned at : place) by_variable.push_back(values[at]);
    z3::expr right = definition.arg(1);
    return right.substitute(by_variable);
  }

  // By plain queries.
  bool is_proof(const z3::expr& definition) {
    z3::solver solver(context_);
    const z3::expr before = of(definition, now_);
    const z3::expr after = of(definition, then_);
    const auto never = [&](const z3::expr& formula) {
      solver.push();
      solver.add(formula);
      const z3::check_result result = solver.check();
      solver.pop();
      return result == z3::unsat;
    };
    return never(initial() && !before) && never(before && in_set()) &&
           std::all_of(
               automata_.moves.begin(), automata_.moves.end(),
               [&](const Automata::Move& move) { return never(before && leads(move) && !after); });
  }

  z3::expr initial() {
    z3::expr_vector all(context_);
    for (size_t a = 0; a < automata_.automata.size(); ++a) {
      all.push_back(location(now_, a) == number(automata_.automata[a].initial));
      for (size_t c = 0; c < automata_.automata[a].limits.size(); ++c)
        all.push_back(counter(now_, a, c) == 0);
    }
    return z3::mk_and(all);
  }

  // That the move, once, makes `then` of `now`.
  z3::expr leads(const Automata::Move& move) {
    z3::expr_vector all(context_);
    std::vector<bool> moves(automata_.automata.size(), false);
    for (const Automata::Part& part : move.parts) {
      moves[part.automaton] = true;
      z3::expr_vector some(context_);
      for (const Automata::Step& step : part.steps) some.push_back(makes(part.automaton, step));
      all.push_back(z3::mk_or(some));
    }
    for (size_t a = 0; a < moves.size(); ++a) {
      const size_t values = automata_.automata[a].limits.size() + 1;
      for (size_t i = 0; !moves[a] && i < values; ++i) {
        const unsigned at = first_[a] + static_cast<unsigned>(i);
        all.push_back(then_[at] == now_[at]);
      }
    }
    return z3::mk_and(all);
  }

  z3::expr makes(size_t a, const Automata::Step& step) {
    z3::expr_vector all(context_);
    all.push_back(location(now_, a) == number(step.from));
    all.push_back(location(then_, a) == number(step.to));
    for (size_t c = 0; c < automata_.automata[a].limits.size(); ++c) {
      if (step.below == c) all.push_back(counter(now_, a, c) < limit(a, c));
      const z3::expr begin = step.clears ? number(0) : counter(now_, a, c);
      all.push_back(counter(then_, a, c) == (step.counts == c ? begin + 1 : begin));
    }
    return z3::mk_and(all);
  }

  z3::expr in_set() {
    z3::expr_vector all(context_);
    for (const std::vector<Within>& list : set_) {
      z3::expr_vector some(context_);
      for (const Within& within : list) {
        const uint32_t a = within.automaton;
        for (uint32_t l = 0; l < automata_.automata[a].locations; ++l) {
          if ((within.locations >> l & 1) == 0) continue;
          const z3::expr there = location(now_, a) == number(l);
          const uint32_t c = within.used_up;
          some.push_back(c == Automata::None ? there : there && counter(now_, a, c) == limit(a, c));
        }
      }
      all.push_back(z3::mk_or(some));
    }
    return z3::mk_and(all);
  }

  z3::expr location(const z3::expr_vector& state, size_t a) { return state[first_[a]]; }
  z3::expr counter(const z3::expr_vector& state, size_t a, size_t c) {
    return state[first_[a] + 1 + static_cast<unsigned>(c)];
  }
  z3::expr limit(size_t a, size_t c) { return number(automata_.automata[a].limits[c]); }
  z3::expr number(uint32_t value) { return context_.int_val(value); }

  const Automata& automata_;
  const StateSet& set_;
  Limited config_;
  z3::context context_;
  z3::expr_vector now_;
  z3::expr_vector then_;
  std::vector<unsigned> first_;  // by automaton: the place of its location
  size_t rules_ = 0;
};

}  // namespace

AnswerKind prove_unreachable(const Automata& automata, const StateSet& set, uint64_t rlimit) {
  try {
    return Unbounded(automata, set, rlimit).run();
  } catch (const z3::exception&) {
    return AnswerKind::Unknown;
  }
}

}  // namespace bh::smt
