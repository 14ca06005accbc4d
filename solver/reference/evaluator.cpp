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

void Evaluator::reset() {
  now_ = 0;
  moved_.clear();
}

Evaluator::Moment Evaluator::save() const {
  Moment moment;
  moment.now_ = now_;
  moment.moved_ = moved_;
  return moment;
}

void Evaluator::restore(const Moment& moment) {
  now_ = moment.now_;
  moved_ = moment.moved_;
}

static ProtocolId find_again(const Protocol& protocol, const Model& in) {
  for (ProtocolId id : in.protocols.ids()) {
    const Protocol& other = in.protocols[id];
    if (other.name == protocol.name && other.endpoint == protocol.endpoint &&
        other.instances == protocol.instances) {
      return id;
    }
  }
  return {};
}

static std::vector<ComponentId> instances_of(const Model& model, const Protocol& protocol) {
  if (protocol.instances == InstanceKind::Shared) return {ComponentId()};
  std::vector<ComponentId> all;
  for (ComponentId id : model.components.ids()) all.push_back(id);
  return all;
}

bool Evaluator::carry_over(const Evaluator& earlier) {
  now_ = earlier.now_;
  moved_.clear();
  for (ProtocolId id : model_.protocols.ids()) {
    const Protocol& protocol = model_.protocols[id];
    for (ComponentId caller : instances_of(model_, protocol)) {
      moved_[{id, caller}] = entered_now(id, protocol.initial);
    }
  }
  for (ProtocolId id : earlier.model_.protocols.ids()) {
    const Protocol& protocol = earlier.model_.protocols[id];
    const ProtocolId again = find_again(protocol, model_);
    for (ComponentId caller : instances_of(earlier.model_, protocol)) {
      const Instance was = earlier.instance(id, caller);
      if (!again.valid() && was.state == protocol.initial) continue;
      if (!again.valid()) return false;
      const Protocol& next = model_.protocols[again];
      const auto state = std::find_if(next.states.begin(), next.states.end(), [&](const State& s) {
        return s.name == protocol.states[was.state].name;
      });
      if (state == next.states.end()) return false;
      Instance is = entered_now(again, static_cast<uint32_t>(state - next.states.begin()));
      is.entered = was.entered;
      is.holder = was.holder;
      for (size_t t = 0; t < next.transitions.size(); ++t) {
        for (size_t u = 0; u < protocol.transitions.size(); ++u) {
          const Transition& a = protocol.transitions[u];
          const Transition& b = next.transitions[t];
          const bool same = a.from == was.state && b.from == is.state && a.outcome == b.outcome &&
                            earlier.model_.methods[a.method].name == model_.methods[b.method].name;
          if (same && a.at_most && b.at_most) is.taken[t] = was.taken[u];
        }
      }
      moved_[{again, caller}] = std::move(is);
    }
  }
  return true;
}

void Evaluator::wait(uint64_t nanoseconds) { now_ += std::min(nanoseconds, UINT64_MAX - now_); }

void Evaluator::wait_ms(uint64_t milliseconds) {
  const uint64_t most = UINT64_MAX / NanosecondsPerMillisecond;
  wait(milliseconds > most ? UINT64_MAX : milliseconds * NanosecondsPerMillisecond);
}

void Evaluator::advance_to(uint64_t nanoseconds) { now_ = std::max(now_, nanoseconds); }

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

Decision Evaluator::step(const TraceStep& next) {
  wait_ms(next.wait_ms);
  return step(next.request, next.reply);
}

Decision Evaluator::call(const Request& request) {
  const Decision decision = decide(request);
  if (!decision.granted()) return decision;
  const Operation& operation = model_.operations[request.operation];
  for (ProtocolId protocol : protocols_[operation.endpoint.value]) {
    take(protocol, request, Outcome::Granted);
  }
  return decision;
}

void Evaluator::reply(const Request& request, ReplyStatus status) {
  const Operation& operation = model_.operations[request.operation];
  const Outcome outcome = status == ReplyStatus::Ok ? Outcome::Ok : Outcome::Error;
  for (ProtocolId protocol : protocols_[operation.endpoint.value]) {
    take(protocol, request, outcome);
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
  return std::any_of(
      rule.targets.begin(), rule.targets.end(), [&](const ConditionalOperation& target) {
        return target.operation == request.operation && covers(model_, target, request.caller) &&
               holds(model_.conditions, target.when, request.words);
      });
}

bool Evaluator::permits(ProtocolId id, const Request& request) const {
  const Protocol& protocol = model_.protocols[id];
  const Instance now = instance(id, request.caller);
  const MethodId method = model_.operations[request.operation].method;
  bool permitted = false;
  for (size_t t = 0; t < protocol.transitions.size(); ++t) {
    const Transition& transition = protocol.transitions[t];
    if (transition.from != now.state || transition.method != method) continue;
    if (!may_take(transition, now.holder, request.caller)) continue;
    if (transition.at_most && now.taken[t] >= *transition.at_most) return false;
    permitted = true;
  }
  return permitted;
}

// How many nanoseconds an instance stays in its state, if it leaves it by itself.
static std::optional<uint64_t> stay(const Protocol& protocol, uint32_t state) {
  const std::optional<Timeout>& timeout = protocol.states[state].timeout;
  if (!timeout) return std::nullopt;
  return timeout->milliseconds * NanosecondsPerMillisecond;
}

std::vector<uint32_t> Evaluator::snapshot() const {
  std::vector<uint32_t> words;
  const auto add = [&](ProtocolId id, ComponentId caller, const Instance& now) {
    const uint64_t elapsed = now_ - now.entered;
    words.insert(words.end(),
                 {id.value, caller.value, now.state, now.holder.value,
                  static_cast<uint32_t>(elapsed >> 32), static_cast<uint32_t>(elapsed)});
    words.insert(words.end(), now.taken.begin(), now.taken.end());
  };
  std::vector<Instance> others;
  for (ProtocolId id : model_.protocols.ids()) {
    others.push_back(what_matters(model_.protocols[id], untouched(id)));
    add(id, ComponentId(), others.back());
  }
  for (const auto& [key, moved] : moved_) {
    const Instance now = what_matters(model_.protocols[key.first], instance(key.first, key.second));
    if (now != others[key.first.value]) add(key.first, key.second, now);
  }
  return words;
}

// Without a holder that no transition asks for, or a time that no timeout ends.
Evaluator::Instance Evaluator::what_matters(const Protocol& protocol, Instance now) const {
  const bool holder_matters =
      std::any_of(protocol.transitions.begin(), protocol.transitions.end(),
                  [](const Transition& transition) { return transition.mover != Mover::Anyone; });
  if (!holder_matters) now.holder = ComponentId();
  if (!protocol.states[now.state].timeout) now.entered = now_;
  return now;
}

uint32_t Evaluator::state(ProtocolId protocol, ComponentId caller) const {
  return instance(protocol, caller).state;
}

ComponentId Evaluator::holder(ProtocolId protocol) const {
  return instance(protocol, ComponentId()).holder;
}

std::optional<uint64_t> Evaluator::until_timeout(ProtocolId id, ComponentId caller) const {
  const Instance now = instance(id, caller);
  const std::optional<uint64_t> whole = stay(model_.protocols[id], now.state);
  if (!whole) return std::nullopt;
  return *whole - (now_ - now.entered);
}

Evaluator::Instance Evaluator::instance(ProtocolId id, ComponentId caller) const {
  const Protocol& protocol = model_.protocols[id];
  const bool shared = protocol.instances == InstanceKind::Shared;
  const auto moved = moved_.find({id, shared ? ComponentId() : caller});
  if (moved == moved_.end()) return untouched(id);
  Instance now = moved->second;
  settle(protocol, now);
  return now;
}

Evaluator::Instance Evaluator::entered_now(ProtocolId id, uint32_t state) const {
  const size_t transitions = model_.protocols[id].transitions.size();
  return {state, now_, {}, std::vector<uint32_t>(transitions, 0)};
}

Evaluator::Instance Evaluator::untouched(ProtocolId id) const {
  const Protocol& protocol = model_.protocols[id];
  Instance now{protocol.initial, 0, {}, std::vector<uint32_t>(protocol.transitions.size(), 0)};
  settle(protocol, now);
  return now;
}

// After as many timeouts as there are states, whatever follows repeats: the whole rounds of it that
// fit are skipped, so that years take no longer than a moment.
void Evaluator::settle(const Protocol& protocol, Instance& instance) const {
  const auto is_due = [&] {
    const std::optional<uint64_t> whole = stay(protocol, instance.state);
    return whole && now_ - instance.entered >= *whole;
  };
  for (size_t moves = 0; is_due(); ++moves) {
    if (moves == protocol.states.size()) {
      uint64_t round = 0;
      uint32_t state = instance.state;
      do {
        round += *stay(protocol, state);
        state = protocol.states[state].timeout->to;
      } while (state != instance.state);
      instance.entered += (now_ - instance.entered) / round * round;
      if (!is_due()) return;
    }
    instance.entered += *stay(protocol, instance.state);
    instance.state = protocol.states[instance.state].timeout->to;
    instance.holder = ComponentId();
    std::fill(instance.taken.begin(), instance.taken.end(), 0);
  }
}

std::optional<uint32_t> Evaluator::taking(ProtocolId id, const Request& request,
                                          Outcome outcome) const {
  const Protocol& protocol = model_.protocols[id];
  const Instance now = instance(id, request.caller);
  const MethodId method = model_.operations[request.operation].method;
  for (uint32_t t = 0; t < protocol.transitions.size(); ++t) {
    const Transition& transition = protocol.transitions[t];
    if (transition.from == now.state && transition.method == method &&
        transition.outcome == outcome && may_take(transition, now.holder, request.caller)) {
      return t;
    }
  }
  return std::nullopt;
}

std::optional<uint32_t> Evaluator::used_up(ProtocolId id, const Request& request) const {
  const Protocol& protocol = model_.protocols[id];
  const Instance now = instance(id, request.caller);
  const MethodId method = model_.operations[request.operation].method;
  for (uint32_t t = 0; t < protocol.transitions.size(); ++t) {
    const Transition& transition = protocol.transitions[t];
    if (transition.from == now.state && transition.method == method && transition.at_most &&
        may_take(transition, now.holder, request.caller) && now.taken[t] >= *transition.at_most) {
      return t;
    }
  }
  return std::nullopt;
}

void Evaluator::take(ProtocolId id, const Request& request, Outcome outcome) {
  const std::optional<uint32_t> taken = taking(id, request, outcome);
  if (!taken) return;
  const Protocol& protocol = model_.protocols[id];
  const bool shared = protocol.instances == InstanceKind::Shared;
  const Transition& transition = protocol.transitions[*taken];
  Instance now = instance(id, request.caller);
  if (transition.to == now.state) {
    if (transition.at_most && now.taken[*taken] < *transition.at_most) ++now.taken[*taken];
  } else {
    now.state = transition.to;
    now.entered = now_;
    if (shared) now.holder = request.caller;
    std::fill(now.taken.begin(), now.taken.end(), 0);
  }
  moved_[{id, shared ? ComponentId() : request.caller}] = std::move(now);
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
  for (const TraceStep& step : trace) decisions.push_back(evaluator.step(step));
  return decisions;
}

}  // namespace bh
