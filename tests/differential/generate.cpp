#include "tests/differential/generate.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh {

namespace {

class Generator {
 public:
  Generator(uint64_t seed, const GenerateOptions& options) : random_(seed), options_(options) {}

  Model make() {
    model_.name = "generated";
    model_.version = "1.0";
    types();
    for (uint64_t i = 0, n = 1 + random_.below(3); i < n; ++i) interface();
    for (uint64_t i = 0, n = 2 + random_.below(options_.tiny ? 3 : 4); i < n; ++i) component();
    for (uint64_t i = 0, n = 1 + random_.below(12); i < n; ++i) rule();
    for (uint64_t i = 0, n = random_.below(4); i < n; ++i) protocol();
    return std::move(model_);
  }

 private:
  void type(TypeKind kind, IntervalSet domain) {
    std::vector<std::string> enumerators;
    if (kind == TypeKind::Enum) enumerators = {"a", "b", "c", "d"};
    model_.types.add(
        {fmt::format("T{}", model_.types.size()), kind, std::move(domain), enumerators, {}});
  }
  void types() {
    type(TypeKind::Bool, IntervalSet::range(0, 1));
    type(TypeKind::Enum, IntervalSet::range(0, 3));
    if (options_.tiny) {
      type(TypeKind::Integer, IntervalSet::of({3, 5, 6}));
      return;
    }
    type(TypeKind::Integer, IntervalSet::range(0, 255));
    type(TypeKind::Integer, IntervalSet::all());
    type(TypeKind::Integer, IntervalSet::of({53, 443, 8443}));
    type(TypeKind::Integer, IntervalSet::range(UINT64_MAX - 9, UINT64_MAX));
    type(TypeKind::Bytes, IntervalSet::single(32));
    type(TypeKind::Bytes, IntervalSet::range(0, 600));
  }

  std::vector<Parameter> parameters(uint64_t most) {
    std::vector<Parameter> result;
    for (uint64_t i = 0, n = random_.below(most + 1); i < n; ++i) {
      const TypeId type(static_cast<uint32_t>(random_.below(model_.types.size())));
      result.push_back({fmt::format("p{}", i), type, Privacy::Plain, {}});
    }
    return result;
  }
  void interface() {
    const InterfaceId id =
        model_.interfaces.add({fmt::format("I{}", model_.interfaces.size()), {}, {}});
    for (uint64_t i = 0, n = 1 + random_.below(5); i < n; ++i) {
      const bool event = random_.one_in(4);
      const MethodId method = model_.methods.add({id,
                                                  fmt::format("m{}", i),
                                                  event ? MethodKind::Event : MethodKind::Call,
                                                  parameters(options_.tiny ? 2 : 3),
                                                  {},
                                                  {}});
      if (!event) model_.methods[method].results = parameters(2);
      model_.interfaces[id].methods.push_back(method);
    }
  }

  void component() {
    const bool object = random_.one_in(5);
    const ComponentId id =
        model_.components.add({fmt::format("C{}", model_.components.size()),
                               object ? ComponentKind::Object : ComponentKind::Component,
                               {},
                               {},
                               {}});
    for (uint64_t i = 0, n = object ? 1 : random_.below(3); i < n; ++i) {
      const EndpointRole role =
          !object && random_.one_in(3) ? EndpointRole::Handles : EndpointRole::Provides;
      endpoint(id, object ? "" : fmt::format("e{}", i), role);
    }
  }
  void endpoint(ComponentId owner, std::string name, EndpointRole role) {
    const InterfaceId interface(static_cast<uint32_t>(random_.below(model_.interfaces.size())));
    const EndpointId id = model_.endpoints.add({owner, std::move(name), interface, role, {}, {}});
    model_.components[owner].endpoints.push_back(id);
    for (MethodId method : model_.interfaces[interface].methods) {
      const bool event = model_.methods[method].kind == MethodKind::Event;
      if (event != (role == EndpointRole::Handles)) continue;
      model_.endpoints[id].operations.push_back(model_.operations.add({id, method}));
    }
  }

  // A set with edges in or near the domain.
  IntervalSet some_set(const IntervalSet& domain) {
    std::vector<Interval> intervals;
    for (uint64_t i = 0, n = 1 + random_.below(3); i < n; ++i) {
      const Interval& part = random_.pick(domain.intervals());
      const uint64_t width = part.high - part.low;
      const uint64_t low =
          part.low + (width == UINT64_MAX ? random_.next() : random_.below(width + 1));
      const uint64_t reach = random_.below(20);
      intervals.push_back({low, reach > UINT64_MAX - low ? UINT64_MAX : low + reach});
    }
    const IntervalSet set(std::move(intervals));
    return random_.one_in(3) ? set.complement() : set;
  }
  ConditionId condition(const Method& method) {
    if (method.parameters.empty() || random_.one_in(3)) return Conditions::True;
    std::vector<ConditionId> pool;
    for (uint64_t i = 0, n = 1 + random_.below(4); i < n; ++i) {
      const uint32_t word = static_cast<uint32_t>(random_.below(method.parameters.size()));
      const IntervalSet set = some_set(model_.types[method.parameters[word].type].domain);
      pool.push_back(model_.conditions.in(word, set));
    }
    for (uint64_t i = 0, n = random_.below(4); i < n; ++i) {
      const std::vector<ConditionId> pair = {random_.pick(pool), pool.back()};
      pool.push_back(random_.one_in(2) ? model_.conditions.all_of(pair)
                                       : model_.conditions.any_of(pair));
      if (random_.one_in(4)) pool.push_back(model_.conditions.negate(pool.back()));
    }
    return pool.back();
  }

  void rule() {
    if (model_.operations.empty()) return;
    Rule rule;
    rule.kind = random_.one_in(4) ? RuleKind::Deny : RuleKind::Allow;
    rule.name = fmt::format("r{}", model_.rules.size());
    for (ComponentId id : model_.components.ids()) {
      const bool acts = model_.components[id].kind == ComponentKind::Component;
      if (acts && !random_.one_in(3)) rule.subjects.push_back(id);
    }
    for (uint64_t i = 0, n = 1 + random_.below(3); i < n; ++i) {
      const OperationId operation(static_cast<uint32_t>(random_.below(model_.operations.size())));
      rule.targets.push_back({operation, condition(model_.method_of(operation)), whose()});
    }
    model_.rules.add(std::move(rule));
  }

  Whose whose() {
    if (!options_.whose || random_.one_in(2)) return Whose::Anyones;
    return random_.one_in(2) ? Whose::Own : Whose::Others;
  }

  void protocol() {
    if (model_.operations.empty()) return;
    const OperationId any(static_cast<uint32_t>(random_.below(model_.operations.size())));
    Protocol protocol;
    protocol.name = fmt::format("P{}", model_.protocols.size());
    protocol.endpoint = model_.operations[any].endpoint;
    protocol.instances = random_.one_in(2) ? InstanceKind::Shared : InstanceKind::PerCaller;
    const uint32_t states = static_cast<uint32_t>(1 + random_.below(4));
    for (uint32_t i = 0; i < states; ++i) protocol.states.push_back({fmt::format("s{}", i), {}});
    protocol.initial = static_cast<uint32_t>(random_.below(states));
    for (uint32_t state = 0; state < states; ++state) {
      for (OperationId operation : model_.endpoints[protocol.endpoint].operations) {
        if (random_.one_in(3)) continue;
        transitions(protocol, state, model_.operations[operation].method);
      }
    }
    if (options_.timeouts) timeouts(protocol);
    model_.protocols.add(std::move(protocol));
  }
  // Mostly short ones, so that waits hit them.
  void timeouts(Protocol& protocol) {
    for (State& state : protocol.states) {
      if (random_.one_in(2)) continue;
      const uint32_t milliseconds =
          !options_.tiny && random_.one_in(10)
              ? UINT32_MAX - static_cast<uint32_t>(random_.below(3))
              : static_cast<uint32_t>(1 + random_.below(options_.tiny ? 3 : 12));
      state.timeout =
          Timeout{milliseconds, static_cast<uint32_t>(random_.below(protocol.states.size())), {}};
    }
  }
  // Never none: whoever is not there may not take it anyway.
  std::vector<ComponentId> some_callers() {
    std::vector<ComponentId> result;
    for (ComponentId id : model_.components.ids()) {
      if (random_.one_in(2)) result.push_back(id);
    }
    if (result.empty()) result.push_back(ComponentId(0));
    return result;
  }
  // One Granted transition, or one for either reply or both; at most one of them limited.
  void transitions(Protocol& protocol, uint32_t state, MethodId method) {
    const bool by_reply = random_.one_in(2);
    const bool both = random_.one_in(2);
    bool limited = false;
    Mover mover = Mover::Anyone;
    std::optional<std::vector<ComponentId>> by;
    if (options_.movers && protocol.instances == InstanceKind::Shared) {
      mover = random_.pick(std::vector{Mover::Anyone, Mover::Same, Mover::Other});
      if (random_.one_in(4)) by = some_callers();
    }
    for (Outcome outcome : {Outcome::Granted, Outcome::Ok, Outcome::Error}) {
      if ((outcome == Outcome::Granted) == by_reply) continue;
      if (outcome == Outcome::Error && !both) continue;
      Transition t{
          state, method, outcome, static_cast<uint32_t>(random_.below(protocol.states.size())),
          {},    {},     mover,   by};
      if (random_.one_in(3)) t.to = state;
      if (t.to == state && !limited && random_.one_in(2)) {
        t.at_most = static_cast<uint32_t>(random_.below(4));
        limited = true;
      }
      protocol.transitions.push_back(t);
    }
  }

  Random random_;
  GenerateOptions options_;
  Model model_;
};

}  // namespace

Model random_model(uint64_t seed, const GenerateOptions& options) {
  return Generator(seed, options).make();
}

// Every edge of every set that conditions of the policy mention for a word, and of the domain
// itself.
static std::vector<uint64_t> edges_of(const Model& model, const Type& type) {
  std::vector<uint64_t> edges = {0, UINT64_MAX};
  const auto add = [&](const IntervalSet& set) {
    for (const Interval& i : set.intervals()) {
      edges.insert(edges.end(), {i.low - 1, i.low, i.low + 1, i.high - 1, i.high, i.high + 1});
    }
  };
  add(type.domain);
  for (uint32_t id = 0; id < model.conditions.size(); ++id) {
    const Condition& condition = model.conditions[ConditionId(id)];
    if (condition.kind == ConditionKind::In) add(condition.set & type.domain);
  }
  return edges;
}

// How long some state lasts, give or take a millisecond; of several states in a row; a month.
static std::vector<uint64_t> waits_of(const Model& model) {
  std::vector<uint64_t> waits;
  uint64_t sum = 0;
  for (const Protocol& protocol : model.protocols) {
    for (const State& state : protocol.states) {
      if (!state.timeout) continue;
      const uint64_t ms = state.timeout->milliseconds;
      sum += ms;
      waits.insert(waits.end(), {ms - 1, ms, ms + 1, sum, 1});
    }
  }
  constexpr uint64_t Month = 30ull * 24 * 3600 * 1000;
  if (!waits.empty()) waits.insert(waits.end(), {Month, Month + 1});
  return waits;
}

Trace random_trace(const Model& model, uint64_t seed, size_t length) {
  Random random(seed);
  Random pauses(seed + 1);
  const std::vector<uint64_t> waits = waits_of(model);
  std::vector<std::vector<uint64_t>> edges;
  for (const Type& type : model.types) edges.push_back(edges_of(model, type));
  Trace trace;
  while (trace.size() < length && !model.operations.empty()) {
    Request request{ComponentId(static_cast<uint32_t>(random.below(model.components.size()))),
                    OperationId(static_cast<uint32_t>(random.below(model.operations.size()))),
                    {}};
    const Method& method = model.method_of(request.operation);
    for (const Parameter& p : method.parameters) {
      const std::vector<uint64_t>& of_type = edges[p.type.value];
      uint64_t word = random.pick(of_type);
      const IntervalSet& domain = model.types[p.type].domain;
      for (int retry = 0; retry < 3 && !domain.contains(word); ++retry) word = random.pick(of_type);
      request.words.push_back(word);
    }
    const bool error = method.kind == MethodKind::Call && random.one_in(3);
    const uint64_t wait = waits.empty() || !pauses.one_in(3) ? 0 : pauses.pick(waits);
    trace.push_back({std::move(request), error ? ReplyStatus::Error : ReplyStatus::Ok, wait});
  }
  return trace;
}

}  // namespace bh
