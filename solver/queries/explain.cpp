#include "solver/queries/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "solver/reference/evaluator.h"

namespace bh {

namespace {

// ---- how much an allow misses

struct Atom {
  uint32_t word;
  IntervalSet set;
};

// The fewest atoms that would have to be true for the condition to hold; nothing when it never
// does. Conditions nest at most Conditions::MaxDepth levels deep.
std::optional<std::vector<Atom>> missing(const Conditions& conditions, ConditionId id,
                                         const std::vector<uint64_t>& words) {
  const Condition& condition = conditions[id];
  switch (condition.kind) {
    case ConditionKind::True:
      return std::vector<Atom>();
    case ConditionKind::False:
      return std::nullopt;
    case ConditionKind::In:
      if (condition.set.contains(words[condition.word])) return std::vector<Atom>();
      return std::vector<Atom>{{condition.word, condition.set}};
    case ConditionKind::And: {
      std::vector<Atom> all;
      for (ConditionId operand : condition.operands) {
        const auto part = missing(conditions, operand, words);
        if (!part) return std::nullopt;
        all.insert(all.end(), part->begin(), part->end());
      }
      return all;
    }
    case ConditionKind::Or: {
      std::optional<std::vector<Atom>> best;
      for (ConditionId operand : condition.operands) {
        auto part = missing(conditions, operand, words);
        if (part && (!best || part->size() < best->size())) best = std::move(part);
      }
      return best;
    }
  }
  BH_CHECK(false);
}

class Explainer {
 public:
  Explainer(Engine& engine, const Request& request)
      : engine_(engine), model_(engine.model), request_(request), evaluator_(engine.checked) {
    result_.request = request;
  }

  RequestExplanation run(const Trace& before, uint64_t rest_ms) {
    result_.before = before;
    result_.rest_ms = rest_ms;
    for (const TraceStep& step : before) {
      if (!evaluator_.step(step).granted()) result_.internal_error = true;
    }
    evaluator_.wait_ms(rest_ms);
    result_.decision = evaluator_.decide(request_);
    for (RuleId id : model_.rules.ids()) {
      if (!evaluator_.matches(id, request_)) continue;
      (model_.rules[id].kind == RuleKind::Allow ? result_.allows : result_.denies).push_back(id);
    }
    result_.protocols = views(evaluator_);
    anywhere();
    if (result_.allows.empty()) nearest();
    return std::move(result_);
  }

 private:
  std::vector<ProtocolView> views(const Evaluator& evaluator) const {
    std::vector<ProtocolView> result;
    const EndpointId endpoint = model_.operations[request_.operation].endpoint;
    for (ProtocolId id : engine_.protocols[endpoint.value]) {
      const bool permits = evaluator.permits(id, request_);
      result.push_back({id, evaluator.state(id, request_.caller), permits,
                        permits ? "" : why_not(evaluator, id)});
    }
    return result;
  }

  std::string why_not(const Evaluator& evaluator, ProtocolId id) const {
    const Protocol& protocol = model_.protocols[id];
    const uint32_t state = evaluator.state(id, request_.caller);
    const MethodId method = model_.operations[request_.operation].method;
    if (const auto used = evaluator.used_up(id, request_)) {
      return fmt::format("its {} are used up", *protocol.transitions[*used].at_most);
    }
    for (const Transition& transition : protocol.transitions) {
      if (transition.from != state || transition.method != method) continue;
      const ComponentId holder = evaluator.holder(id);
      const std::string held =
          holder.valid() ? "held by " + model_.components[holder].name : "held by nobody";
      if (transition.mover == Mover::Same) return "only by the holder; it is " + held;
      if (transition.mover == Mover::Other && holder == request_.caller)
        return "only by another than the holder; it is " + held;
      return "not by this caller";
    }
    return "no transition for it there";
  }

  // The shortest way to being granted just this request.
  void anywhere() {
    result_.anywhere = reach_request(engine_, request_);
    if (result_.anywhere.can != Can::Yes) return;
    Evaluator there(engine_.checked);
    const Trace& trace = result_.anywhere.trace;
    for (size_t i = 0; i + 1 < trace.size(); ++i) {
      if (!there.step(trace[i]).granted()) result_.internal_error = true;
    }
    there.wait_ms(trace.back().wait_ms);
    result_.there = views(there);
    if (trace.back().request != request_ || !there.decide(request_).granted())
      result_.internal_error = true;
  }

  void nearest() {
    const EndpointId endpoint = model_.operations[request_.operation].endpoint;
    for (RuleId id : model_.rules.ids()) {
      const Rule& rule = model_.rules[id];
      if (rule.kind != RuleKind::Allow) continue;
      std::optional<NearMiss> best;
      for (const ConditionalOperation& target : rule.targets) {
        if (model_.operations[target.operation].endpoint != endpoint) continue;
        auto miss = miss_of(id, target);
        if (miss && (!best || key(*miss) < key(*best))) best = std::move(miss);
      }
      if (best) result_.nearest.push_back(std::move(*best));
    }
    constexpr size_t Shown = 3;
    std::sort(result_.nearest.begin(), result_.nearest.end(),
              [&](const NearMiss& a, const NearMiss& b) {
                return std::pair(key(a), a.rule) < std::pair(key(b), b.rule);
              });
    // Rules for other methods and other callers help only where there is nothing nearer.
    if (!result_.nearest.empty()) {
      const auto first = key(result_.nearest.front());
      const auto farther = std::find_if(
          result_.nearest.begin(), result_.nearest.end(),
          [&](const NearMiss& miss) { return std::get<0>(key(miss)) > std::get<0>(first); });
      result_.nearest.erase(farther, result_.nearest.end());
    }
    if (result_.nearest.size() > Shown) result_.nearest.resize(Shown);
  }

  // First those that speak of the method and the caller; then by how many conditions they miss.
  std::tuple<int, size_t> key(const NearMiss& miss) const {
    const std::vector<ComponentId>& subjects = model_.rules[miss.rule].subjects;
    const bool named =
        std::find(subjects.begin(), subjects.end(), request_.caller) != subjects.end();
    const bool method = miss.operation == request_.operation;
    return {method && named ? 0 : (method ? 1 : (named ? 2 : 3)), miss.short_of.size()};
  }

  std::optional<NearMiss> miss_of(RuleId id, const ConditionalOperation& target) const {
    NearMiss miss{id, target.operation, {}};
    const Rule& rule = model_.rules[id];
    const std::string& caller = model_.components[request_.caller].name;
    if (std::find(rule.subjects.begin(), rule.subjects.end(), request_.caller) ==
        rule.subjects.end()) {
      miss.short_of.push_back({"the caller is " + caller, names(rule.subjects)});
    } else if (!covers(model_, target, request_.caller)) {
      miss.short_of.push_back(
          {"the caller is " + caller, target.whose == Whose::Own ? "the owner" : "not the owner"});
    }
    if (target.operation != request_.operation) {
      miss.short_of.push_back({"the method is " + model_.method_of(request_.operation).name,
                               model_.method_of(target.operation).name});
      return miss;
    }
    const auto atoms = missing(model_.conditions, target.when, request_.words);
    if (!atoms) return std::nullopt;
    const Method& method = model_.method_of(request_.operation);
    Conditions conditions;
    for (const Atom& atom : *atoms) {
      const auto text = [&](const IntervalSet& set) {
        return print(model_, conditions, request_.operation, conditions.in(atom.word, set));
      };
      BH_CHECK(atom.word < method.parameters.size());
      miss.short_of.push_back(
          {text(IntervalSet::single(request_.words[atom.word])), text(atom.set)});
    }
    if (miss.short_of.empty()) return std::nullopt;
    return miss;
  }

  std::string names(const std::vector<ComponentId>& ids) const {
    constexpr size_t Shown = 5;
    std::vector<std::string> list;
    for (size_t i = 0; i < ids.size() && i < Shown; ++i)
      list.push_back(model_.components[ids[i]].name);
    const std::string more =
        ids.size() > Shown ? fmt::format(" and {} more", ids.size() - Shown) : "";
    return list.empty() ? "nobody" : fmt::format("{}{}", fmt::join(list, ", "), more);
  }

  Engine& engine_;
  const Model& model_;
  Request request_;
  Evaluator evaluator_;
  RequestExplanation result_;
};

}  // namespace

std::vector<uint64_t> choose_words(Engine& engine, ComponentId caller, OperationId operation,
                                   const std::vector<std::optional<uint64_t>>& given) {
  smt::Exprs& exprs = engine.exprs(operation);
  std::vector<smt::ExprId> parts;
  std::vector<uint64_t> words;
  for (uint32_t i = 0; i < given.size(); ++i) {
    if (given[i]) parts.push_back(exprs.in(i, IntervalSet::single(*given[i])));
    words.push_back(given[i].value_or(exprs.domains()[i].least().value_or(0)));
  }
  const MatrixCell* cell = engine.matrix.find(caller, operation);
  if (cell == nullptr) return words;
  parts.push_back(cell->granted);
  const smt::Answer& least =
      engine.questions.least(cell->signature, exprs.all_of(std::move(parts)));
  return least.kind == smt::AnswerKind::Violated ? least.words : words;
}

Reachability reach_request(Engine& engine, const Request& request) {
  smt::Exprs& exprs = engine.exprs(request.operation);
  std::vector<smt::ExprId> words;
  for (uint32_t i = 0; i < request.words.size(); ++i)
    words.push_back(exprs.in(i, IntervalSet::single(request.words[i])));
  return engine.reach(request.caller, {{request.operation, exprs.all_of(std::move(words))}});
}

RequestExplanation explain_request(Engine& engine, const Request& request, const Trace& before,
                                   uint64_t rest_ms) {
  return Explainer(engine, request).run(before, rest_ms);
}

}  // namespace bh
