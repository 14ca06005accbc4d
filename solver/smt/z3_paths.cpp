#include <fmt/format.h>
#include <z3++.h>

#include <algorithm>

#include "solver/smt/reach.h"

namespace bh::smt {

namespace {

// A state at one moment: a Boolean for each location, an integer for each counter.
struct Moment {
  std::vector<std::vector<z3::expr>> in;
  std::vector<std::vector<z3::expr>> counters;
};

class Unrolling {
 public:
  Unrolling(const Automata& automata, uint64_t rlimit)
      : automata_(automata), solver_(context_, z3::solver::simple()) {
    z3::params params(context_);
    params.set("rlimit", static_cast<unsigned>(std::clamp<uint64_t>(rlimit, 1, UINT32_MAX)));
    params.set("random_seed", 1u);
    solver_.set(params);
    for (const Automata::Automaton& a : automata.automata) counts_ = counts_ || !a.limits.empty();
    moments_.push_back(moment());
    for (size_t a = 0; a < automata.automata.size(); ++a) {
      solver_.add(moments_[0].in[a][automata.automata[a].initial]);
      for (const z3::expr& counter : moments_[0].counters[a]) solver_.add(counter == 0);
    }
  }

  z3::check_result look(const StateSet& set) {
    solver_.push();
    for (const std::vector<Within>& list : set) solver_.add(some_of(list));
    const z3::check_result result = solver_.check();
    if (result == z3::sat) shorten();
    solver_.pop();
    return result;
  }

  // One run more.
  void unroll() {
    const Moment now = moments_.back();
    moments_.push_back(moment());
    const Moment& then = moments_.back();
    z3::expr_vector chosen(context_);
    for (size_t m = 0; m < automata_.moves.size(); ++m) chosen.push_back(fresh_bool());
    solver_.add(z3::mk_or(chosen));
    if (chosen.size() > 1) solver_.add(z3::atmost(chosen, 1));
    const z3::expr times = fresh_int();
    solver_.add(times >= 1);
    if (!counts_) solver_.add(times == 1);
    std::vector<z3::expr_vector> moving;  // by automaton: the moves that mention it
    for (size_t a = 0; a < automata_.automata.size(); ++a) moving.emplace_back(context_);
    for (size_t m = 0; m < automata_.moves.size(); ++m) {
      const z3::expr choice = chosen[static_cast<unsigned>(m)];
      for (const Automata::Part& part : automata_.moves[m].parts) {
        moving[part.automaton].push_back(choice);
        apply(now, then, choice, times, part);
      }
    }
    for (size_t a = 0; a < automata_.automata.size(); ++a) {
      const z3::expr stays = !z3::mk_or(moving[a]);
      for (size_t l = 0; l < now.in[a].size(); ++l)
        solver_.add(z3::implies(stays && now.in[a][l], then.in[a][l]));
      for (size_t c = 0; c < now.counters[a].size(); ++c)
        solver_.add(z3::implies(stays, then.counters[a][c] == now.counters[a][c]));
    }
    chosen_.push_back(chosen);
    times_.push_back(times);
  }

  const std::vector<Run>& runs() const { return runs_; }

 private:
  void apply(const Moment& now, const Moment& then, const z3::expr& choice, const z3::expr& times,
             const Automata::Part& part) {
    const uint32_t a = part.automaton;
    z3::expr_vector possible(context_);
    for (const Automata::Step& step : part.steps) {
      possible.push_back(now.in[a][step.from]);
      const z3::expr made = choice && now.in[a][step.from];
      solver_.add(z3::implies(made, then.in[a][step.to]));
      if (counts_ && (step.to != step.from || step.clears))
        solver_.add(z3::implies(made, times == 1));
      for (size_t c = 0; c < now.counters[a].size(); ++c) {
        const z3::expr limit = number(automata_.automata[a].limits[c]);
        const z3::expr begin = step.clears ? number(0) : now.counters[a][c];
        const z3::expr end = step.counts == c ? begin + times : begin;
        z3::expr effect = then.counters[a][c] == end;
        if (step.below == c) effect = effect && now.counters[a][c] < limit;
        if (step.counts == c) effect = effect && end <= limit;
        solver_.add(z3::implies(made, effect));
      }
    }
    solver_.add(z3::implies(choice, z3::mk_or(possible)));
  }

  z3::expr some_of(const std::vector<Within>& list) {
    z3::expr_vector any(context_);
    const Moment& now = moments_.back();
    for (const Within& within : list) {
      const uint32_t a = within.automaton;
      z3::expr_vector in(context_);
      for (uint32_t l = 0; l < now.in[a].size(); ++l) {
        if ((within.locations >> l & 1) != 0) in.push_back(now.in[a][l]);
      }
      const uint32_t c = within.used_up;
      if (c == Automata::None) {
        any.push_back(z3::mk_or(in));
      } else {
        any.push_back(z3::mk_or(in) &&
                      now.counters[a][c] == number(automata_.automata[a].limits[c]));
      }
    }
    return z3::mk_or(any);
  }

  // The state is there: takes what has the fewest moves in all, as far as the budget goes.
  void shorten() {
    read();
    if (!counts_ || times_.empty()) return;
    z3::expr sum = number(0);
    for (const z3::expr& times : times_) sum = sum + times;
    uint64_t least = times_.size();
    for (uint64_t most = total(); least < most;) {
      const uint64_t middle = least + (most - least) / 2;
      solver_.push();
      solver_.add(sum <= context_.int_val(middle));
      const z3::check_result result = solver_.check();
      if (result == z3::sat) read();
      solver_.pop();
      if (result == z3::unknown) return;
      if (result == z3::sat) {
        most = total();
      } else {
        least = middle + 1;
      }
    }
  }

  uint64_t total() const {
    uint64_t sum = 0;
    for (const Run& run : runs_) sum += run.times;
    return sum;
  }

  void read() {
    const z3::model model = solver_.get_model();
    runs_.clear();
    for (size_t i = 0; i < chosen_.size(); ++i) {
      Run run;
      while (!model.eval(chosen_[i][static_cast<unsigned>(run.move)], true).is_true()) ++run.move;
      run.times = model.eval(times_[i], true).get_numeral_uint64();
      runs_.push_back(run);
    }
  }

  Moment moment() {
    Moment made;
    for (const Automata::Automaton& automaton : automata_.automata) {
      z3::expr_vector in(context_);
      for (uint32_t l = 0; l < automaton.locations; ++l) in.push_back(fresh_bool());
      solver_.add(z3::mk_or(in));
      if (in.size() > 1) solver_.add(z3::atmost(in, 1));
      made.in.emplace_back();
      for (const z3::expr& location : in) made.in.back().push_back(location);
      made.counters.emplace_back();
      for (size_t c = 0; c < automaton.limits.size(); ++c)
        made.counters.back().push_back(fresh_int());
    }
    return made;
  }

  z3::expr fresh_bool() { return context_.bool_const(fmt::format("v{}", ++names_).c_str()); }
  z3::expr fresh_int() { return context_.int_const(fmt::format("v{}", ++names_).c_str()); }
  z3::expr number(uint32_t value) { return context_.int_val(value); }

  const Automata& automata_;
  z3::context context_;
  z3::solver solver_;
  std::vector<Moment> moments_;
  std::vector<z3::expr_vector> chosen_;
  std::vector<z3::expr> times_;
  std::vector<Run> runs_;
  size_t names_ = 0;
  bool counts_ = false;
};

}  // namespace

Path find_path(const Automata& automata, const StateSet& set, size_t most_runs, uint64_t rlimit) {
  try {
    Unrolling unrolling(automata, rlimit);
    for (size_t runs = 0; runs <= most_runs; ++runs) {
      if (runs > 0 && automata.moves.empty()) break;
      if (runs > 0) unrolling.unroll();
      switch (unrolling.look(set)) {
        case z3::unsat:
          continue;
        case z3::sat:
          return {true, unrolling.runs()};
        case z3::unknown:
          return {};
      }
    }
  } catch (const z3::exception&) {
  }
  return {};
}

}  // namespace bh::smt
