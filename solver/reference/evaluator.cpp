#include "solver/reference/evaluator.h"

#include <algorithm>

namespace bh {

bool holds(const Conditions& conditions, ConditionId id, const std::vector<uint64_t>& words) {
  const Condition& condition = conditions[id];
  const auto operand_holds = [&](ConditionId operand) { return holds(conditions, operand, words); };
  switch (condition.kind) {
    case ConditionKind::True:
      return true;
    case ConditionKind::False:
      return false;
    case ConditionKind::In:
      return condition.word < words.size() && condition.set.contains(words[condition.word]);
    case ConditionKind::And:
      return std::all_of(condition.operands.begin(), condition.operands.end(), operand_holds);
    case ConditionKind::Or:
      return std::any_of(condition.operands.begin(), condition.operands.end(), operand_holds);
  }
  BH_CHECK(false);
}

Evaluator::Evaluator(const CheckedModel& model) : model_(*model) {
  rules_.resize(model_.operations.size());
  for (RuleId rule : model_.rules.ids()) {
    for (const ConditionalOperation& target : model_.rules[rule].targets) {
      std::vector<RuleId>& list = rules_[target.operation.value];
      if (list.empty() || list.back() != rule) list.push_back(rule);
    }
  }
  protocols_.resize(model_.endpoints.size());
  for (ProtocolId id : model_.protocols.ids()) {
    protocols_[model_.protocols[id].endpoint.value].push_back(id);
  }
}

void Evaluator::reset() { moved_.clear(); }

Decision Evaluator::decide(const Request& request) const {
  Decision decision;
  if (!in_range(request)) {
    decision.reason = Reason::OutOfRange;
    return decision;
  }
  if (const RuleId deny = first_match(RuleKind::Deny, request)) {
    decision.reason = Reason::Denied;
    decision.rule = deny;
    return decision;
  }
  const RuleId allow = first_match(RuleKind::Allow, request);
  if (!allow) {
    decision.reason = Reason::NoRule;
    return decision;
  }
  decision.rule = allow;
  decision.reason = Reason::Allowed;
  for (ProtocolId protocol : protocols_[model_.operations[request.operation].endpoint.value]) {
    if (permits(protocol, request)) continue;
    decision.reason = Reason::Protocol;
    decision.protocol = protocol;
    break;
  }
  return decision;
}

Decision Evaluator::step(const Request& request, ReplyStatus status) {
  const Decision decision = call(request);
  if (decision.granted()) reply(request, status);
  return decision;
}

Decision Evaluator::call(const Request& request) {
  const Decision decision = decide(request);
  if (!decision.granted()) return decision;
  const Operation& operation = model_.operations[request.operation];
  for (ProtocolId protocol : protocols_[operation.endpoint.value]) {
    take(protocol, request.caller, operation.method, Outcome::Granted);
  }
  return decision;
}

void Evaluator::reply(const Request& request, ReplyStatus status) {
  const Operation& operation = model_.operations[request.operation];
  const Outcome outcome = status == ReplyStatus::Ok ? Outcome::Ok : Outcome::Error;
  for (ProtocolId protocol : protocols_[operation.endpoint.value]) {
    take(protocol, request.caller, operation.method, outcome);
  }
}

bool Evaluator::in_range(const Request& request) const {
  const std::vector<Parameter>& parameters = model_.method_of(request.operation).parameters;
  if (request.words.size() != parameters.size()) return false;
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (!model_.types[parameters[i].type].domain.contains(request.words[i])) return false;
  }
  return true;
}

bool Evaluator::matches(RuleId id, const Request& request) const {
  const Rule& rule = model_.rules[id];
  if (std::find(rule.subjects.begin(), rule.subjects.end(), request.caller) ==
      rule.subjects.end()) {
    return false;
  }
  return std::any_of(rule.targets.begin(), rule.targets.end(),
                     [&](const ConditionalOperation& target) {
                       return target.operation == request.operation &&
                              holds(model_.conditions, target.when, request.words);
                     });
}

bool Evaluator::permits(ProtocolId id, const Request& request) const {
  const Protocol& protocol = model_.protocols[id];
  const Instance now = instance(id, request.caller);
  const MethodId method = model_.operations[request.operation].method;
  for (size_t t = 0; t < protocol.transitions.size(); ++t) {
    const Transition& transition = protocol.transitions[t];
    if (transition.from != now.state || transition.method != method) continue;
    if (!transition.at_most || now.taken[t] < *transition.at_most) return true;
  }
  return false;
}

std::vector<uint32_t> Evaluator::snapshot() const {
  std::vector<uint32_t> words;
  for (const auto& [key, now] : moved_) {
    const bool unused =
        std::all_of(now.taken.begin(), now.taken.end(), [](uint32_t n) { return n == 0; });
    if (unused && now.state == model_.protocols[key.first].initial) continue;
    words.insert(words.end(), {key.first.value, key.second.value, now.state});
    words.insert(words.end(), now.taken.begin(), now.taken.end());
  }
  return words;
}

uint32_t Evaluator::state(ProtocolId protocol, ComponentId caller) const {
  return instance(protocol, caller).state;
}

Evaluator::Instance Evaluator::instance(ProtocolId id, ComponentId caller) const {
  const Protocol& protocol = model_.protocols[id];
  const bool shared = protocol.instances == InstanceKind::Shared;
  const auto moved = moved_.find({id, shared ? ComponentId() : caller});
  if (moved != moved_.end()) return moved->second;
  return {protocol.initial, std::vector<uint32_t>(protocol.transitions.size(), 0)};
}

void Evaluator::take(ProtocolId id, ComponentId caller, MethodId method, Outcome outcome) {
  const Protocol& protocol = model_.protocols[id];
  const bool shared = protocol.instances == InstanceKind::Shared;
  const std::pair key{id, shared ? ComponentId() : caller};
  Instance& now = moved_.try_emplace(key, instance(id, caller)).first->second;
  for (size_t t = 0; t < protocol.transitions.size(); ++t) {
    const Transition& transition = protocol.transitions[t];
    if (transition.from != now.state || transition.method != method ||
        transition.outcome != outcome) {
      continue;
    }
    if (transition.to == now.state) {
      if (transition.at_most && now.taken[t] < *transition.at_most) ++now.taken[t];
    } else {
      now.state = transition.to;
      std::fill(now.taken.begin(), now.taken.end(), 0);
    }
    return;
  }
}

RuleId Evaluator::first_match(RuleKind kind, const Request& request) const {
  for (RuleId rule : rules_[request.operation.value]) {
    if (model_.rules[rule].kind == kind && matches(rule, request)) return rule;
  }
  return {};
}

std::vector<Decision> replay(const CheckedModel& model, const Trace& trace) {
  Evaluator evaluator(model);
  std::vector<Decision> decisions;
  for (const TraceStep& step : trace) decisions.push_back(evaluator.step(step.request, step.reply));
  return decisions;
}

}  // namespace bh
