#include "lang/checker.h"

namespace bh {

void Checker::protocols() {
  for (const ast::ProtocolDecl& d : ast_.protocols) {
    Protocol p;
    p.name = std::string(d.name.text);
    p.instances = d.instances;
    p.span = d.span;
    if (protocol_endpoint(d.endpoint, p.endpoint)) protocol(d, p);
    model_.protocols.add(std::move(p));
  }
}

bool Checker::protocol_endpoint(const ast::Path& path, EndpointId& to) {
  std::vector<Scope> scopes;
  if (!resolve(path, scopes)) return false;
  const Scope& scope = scopes[0];
  if (scopes.size() == 1 && scope.kind == ScopeKind::Endpoint) {
    to = EndpointId(scope.id);
    return true;
  }
  if (scopes.size() == 1 && scope.kind == ScopeKind::Component) {
    const Component& component = model_.components[ComponentId(scope.id)];
    if (broken_components_[scope.id]) return false;
    if (component.kind == ComponentKind::Object) {
      to = component.endpoints[0];
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
  for (const ast::TransitionDecl& t : d.transitions) {
    for (const ast::Name* state : {&t.from, &t.to}) {
      const auto next = static_cast<uint32_t>(to.states.size());
      if (!states.emplace(state->text, next).second) continue;
      if (next == MaxStates) {
        too_many(state->span, d.name.text, states.size(), "states", MaxStates);
        return;
      }
      to.states.push_back({std::string(state->text), state->span});
    }
  }
  for (const ast::TransitionDecl& t : d.transitions) transition(t, to, states);
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
    if (apart && !(t.at_most && next.at_most)) continue;
    auto report = reporter_.report(next.span, diag::ConflictingTransitions,
                                   protocol.states[next.from].name, method);
    report.label(t.span, "here");
    report.help(apart ? "only one of them may have a limit"
                      : "a method has one transition, or one for 'ok' and one for 'error'");
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

}  // namespace bh
