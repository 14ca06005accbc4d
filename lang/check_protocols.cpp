#include <algorithm>

#include "lang/checker.h"

namespace bh {

void Checker::protocols() {
  for (const ast::ProtocolDecl& d : ast_.protocols) {
    std::vector<ProtocolId>& ids = protocols_of_.emplace_back();
    std::vector<EndpointId> endpoints;
    protocol_endpoints(d.endpoint, endpoints);
    for (const EndpointId endpoint : endpoints) {
      Protocol p;
      p.name = std::string(d.name.text);
      p.instances = d.instances;
      p.span = d.span;
      p.endpoint = endpoint;
      const size_t errors = reporter_.errors();
      protocol(d, p);
      ids.push_back(model_.protocols.add(std::move(p)));
      if (reporter_.errors() != errors) break;  // the others would say the same
    }
  }
}

bool Checker::protocol_endpoints(const ast::Path& path, std::vector<EndpointId>& to) {
  std::vector<Scope> scopes;
  if (!resolve(path, scopes)) return false;
  const Scope& scope = scopes[0];
  if (scopes.size() == 1 && scope.kind == ScopeKind::Endpoint) {
    to.push_back(EndpointId(scope.id));
    return true;
  }
  if (scopes.size() == 1 && scope.kind == ScopeKind::Interface) {
    for (const EndpointId id : model_.endpoints.ids()) {
      const Endpoint& e = model_.endpoints[id];
      if (e.interface.value == scope.id && e.role == EndpointRole::Provides) to.push_back(id);
    }
    return true;
  }
  if (scopes.size() == 1 && scope.kind == ScopeKind::Component) {
    const Component& component = model_.components[ComponentId(scope.id)];
    if (broken_components_[scope.id]) return false;
    if (component.kind == ComponentKind::Object) {
      to.push_back(component.endpoints[0]);
      return true;
    }
    reporter_.report(path.span, diag::WrongKind, text(path), "a component", "one of its endpoints");
    return false;
  }
  reporter_.report(path.span, diag::WrongKind, text(path), "something else", "one endpoint");
  return false;
}

void Checker::protocol(const ast::ProtocolDecl& d, Protocol& to) {
  std::unordered_map<std::string_view, uint32_t> states;
  std::vector<const ast::Name*> mentioned;
  for (const ast::TransitionDecl& t : d.transitions)
    mentioned.insert(mentioned.end(), {&t.from, &t.to});
  for (const ast::TimeoutDecl& t : d.timeouts) mentioned.insert(mentioned.end(), {&t.from, &t.to});
  std::sort(mentioned.begin(), mentioned.end(),
            [](const ast::Name* a, const ast::Name* b) { return a->span < b->span; });
  for (const ast::Name* state : mentioned) {
    const auto next = static_cast<uint32_t>(to.states.size());
    if (!states.emplace(state->text, next).second) continue;
    if (next == MaxStates) {
      too_many(state->span, d.name.text, states.size(), "states", MaxStates);
      return;
    }
    to.states.push_back({std::string(state->text), state->span});
  }
  for (const ast::TransitionDecl& t : d.transitions) transition(t, to, states);
  for (const ast::TimeoutDecl& t : d.timeouts) timeout(t, to, states);
  if (d.others_stay && !d.broken) others_stay(to);
  if (d.initial.empty()) {
    if (d.broken) return;
    reporter_.report(d.name.span, diag::NoInitialState, d.name.text)
        .help("mark where it begins with '*': Closed* -open-> Open");
    return;
  }
  for (const ast::Name& state : d.initial) {
    if (state.text == d.initial[0].text) continue;
    reporter_.report(state.span, diag::SecondInitialState, d.name.text)
        .label(d.initial[0].span, "the first one");
    return;
  }
  const auto initial = states.find(d.initial[0].text);
  if (initial != states.end()) to.initial = initial->second;
}

// INVARIANT kept: per (state, method) one Granted, or an Ok and an Error; one limit.
bool Checker::conflicts(const Protocol& protocol, const Transition& next, std::string_view method) {
  for (const Transition& t : protocol.transitions) {
    if (t.from != next.from || t.method != next.method) continue;
    const bool apart = t.outcome != next.outcome && t.outcome != Outcome::Granted &&
                       next.outcome != Outcome::Granted;
    const bool alike = t.mover == next.mover && t.by == next.by;
    if (apart && alike && !(t.at_most && next.at_most)) continue;
    auto report = reporter_.report(next.span, diag::ConflictingTransitions,
                                   protocol.states[next.from].name, method);
    report.label(t.span, "here");
    report.help(!apart  ? "a method has one transition, or one for 'ok' and one for 'error'"
                : alike ? "only one of them may have a limit"
                        : "both must say the same 'by'");
    return true;
  }
  return false;
}

void Checker::transition(const ast::TransitionDecl& t, Protocol& to,
                         std::unordered_map<std::string_view, uint32_t>& states) {
  Scope scope;
  scope.kind = ScopeKind::Endpoint;
  scope.id = to.endpoint.value;
  if (!step_endpoint(scope, t.method)) return;
  Transition next;
  next.from = states.at(t.from.text);
  next.to = states.at(t.to.text);
  next.method = model_.operations[scope.operations[0]].method;
  next.outcome = t.outcome;
  next.span = t.span;
  if (!movers(t, to, next)) return;
  if (t.at_most) {
    if (t.at_most->value == 0) {
      reporter_.report(t.at_most->span, diag::ZeroLimit).help("leave the transition out");
      return;
    }
    if (t.at_most->value > UINT32_MAX) {
      reporter_.report(t.at_most->span, diag::NumberTooLarge, fmt::format("{}", t.at_most->value))
          .note("a limit has 32 bits");
      return;
    }
    if (next.from != next.to) {
      reporter_.report(t.at_most->span, diag::LimitOnChange)
          .help("the count begins anew with every entry into a state");
      return;
    }
    next.at_most = static_cast<uint32_t>(t.at_most->value);
  }
  if (!conflicts(to, next, t.method.text)) to.transitions.push_back(std::move(next));
}

// A method without any transition gets one in every state, which stays there.
void Checker::others_stay(Protocol& to) {
  std::unordered_set<uint32_t> mentioned;
  for (const Transition& t : to.transitions) mentioned.insert(t.method.value);
  for (const OperationId operation : model_.endpoints[to.endpoint].operations) {
    const MethodId method = model_.operations[operation].method;
    if (mentioned.contains(method.value)) continue;
    for (uint32_t state = 0; state < to.states.size(); ++state) {
      to.transitions.push_back({state, method, Outcome::Granted, state, std::nullopt, to.span});
    }
  }
}

bool Checker::movers(const ast::TransitionDecl& t, const Protocol& protocol, Transition& to) {
  if (!t.by_span.valid()) return true;
  if (protocol.instances != InstanceKind::Shared) {
    reporter_.report(t.by_span, diag::MoverNeedsShared)
        .help(fmt::format("an instance per caller sees the calls of its caller alone: write "
                          "'protocol {} on .. shared'",
                          protocol.name));
    return false;
  }
  to.mover = t.mover;
  if (!t.by) return true;
  bool any = false;
  return subjects(*t.by, to.by.emplace(), any);
}

bool Checker::milliseconds(const ast::Number& duration, uint32_t& to) {
  if (duration.value == 0 || duration.value > UINT32_MAX) {
    reporter_.report(duration.span, diag::DurationOutOfRange);
    return false;
  }
  to = static_cast<uint32_t>(duration.value);
  return true;
}

void Checker::timeout(const ast::TimeoutDecl& t, Protocol& to,
                      std::unordered_map<std::string_view, uint32_t>& states) {
  State& from = to.states[states.at(t.from.text)];
  if (from.timeout) {
    reporter_.report(t.span, diag::SecondTimeout, from.name)
        .label(from.timeout->span, "the first one");
    return;
  }
  Timeout next;
  next.to = states.at(t.to.text);
  next.span = t.span;
  if (milliseconds(t.milliseconds, next.milliseconds)) from.timeout = next;
}

}  // namespace bh
