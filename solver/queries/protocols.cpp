#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "solver/queries/consistency.h"
#include "solver/queries/report.h"
#include "solver/reference/evaluator.h"

namespace bh {

namespace {

class ProtocolCheck {
 public:
  ProtocolCheck(Engine& engine, CheckResult& result, DiagnosticSink& sink)
      : engine_(engine), model_(engine.model), result_(result), sink_(sink) {}

  void check(EndpointId endpoint) {
    const std::vector<ComponentId> callers = engine_.callers(endpoint);
    if (callers.empty()) return;
    check_states(endpoint, callers);
    std::set<ComponentId> done;
    for (ComponentId caller : callers) {
      if (!done.insert(engine_.alike(endpoint, caller)).second) continue;
      if (!check_dead_ends(endpoint, caller)) return;
    }
  }

 private:
  void check_states(EndpointId endpoint, const std::vector<ComponentId>& callers) {
    const std::vector<ProtocolId>& protocols = engine_.protocols[endpoint.value];
    for (size_t p = 0; p < protocols.size(); ++p) {
      const Protocol& protocol = model_.protocols[protocols[p]];
      for (size_t s = 0; s < protocol.states.size(); ++s) {
        const bool open = std::any_of(callers.begin(), callers.end(), [&](ComponentId caller) {
          const Exploration& seen = engine_.explored(endpoint, caller);
          return !seen.complete || seen.states[p][s];
        });
        if (open) continue;
        const State& state = protocol.states[s];
        sink_.report(state.span, diag::UnreachableState, state.name, protocol.name)
            .note("no sequence of granted requests leads there");
      }
    }
  }

  // False when there is a finding: one an endpoint is enough.
  bool check_dead_ends(EndpointId endpoint, ComponentId caller) {
    const Protocol& first = model_.protocols[engine_.protocols[endpoint.value][0]];
    if (engine_.has_unknown(endpoint)) {
      report_undecided(sink_, first.span, "whether protocol '" + first.name + "' locks up",
                       "the solver gave up on what the rules grant there");
      return false;
    }
    const Exploration& rough = engine_.explored(endpoint, caller);
    if (rough.complete && !rough.maybe_dead_end) return true;
    Exploration exact = engine_.explore_exactly(endpoint, caller);
    const std::optional<Schedule> lock_up =
        exact.dead_end ? engine_.complete(*exact.dead_end) : std::nullopt;
    if (lock_up) {
      report(endpoint, caller, *lock_up);
      return false;
    }
    if (exact.complete && !exact.maybe_dead_end) return true;
    const std::string open =
        exact.reason.empty() ? std::string("it has too many states") : exact.reason;
    report_undecided(sink_, first.span, "whether protocol '" + first.name + "' locks up",
                     exact.complete ? "its timeouts may come in several orders" : open);
    return false;
  }

  void report(EndpointId endpoint, ComponentId asker, const Schedule& lock_up) {
    const Trace& trace = lock_up.trace;
    if (!engine_.replays(trace)) {
      const Protocol& first = model_.protocols[engine_.protocols[endpoint.value][0]];
      result_.internal_error = true;
      sink_.report(first.span, diag::WitnessDoesNotReplay, "protocol '" + first.name + "'");
      return;
    }
    Evaluator evaluator(engine_.checked);
    for (const TraceStep& step : trace) evaluator.step(step);
    evaluator.wait_ms(lock_up.rest_ms);
    const ComponentId caller = trace.empty() ? asker : trace.back().request.caller;
    const ProtocolId id = refusing(evaluator, endpoint, caller);
    const Protocol& protocol = model_.protocols[id];
    const State& state = protocol.states[evaluator.state(id, caller)];
    auto finding = sink_.report(protocol.span, diag::ProtocolLocksUp, protocol.name,
                                model_.components[caller].name, state.name);
    add_trace(finding, engine_, trace);
    add_rest(finding, lock_up.rest_ms);
    finding.help(fmt::format(
        "add a transition or a timeout that leaves '{}', or allow one that is there", state.name));
  }

  // The first protocol that refuses everything that the rules grant the caller; the first of all
  // otherwise.
  ProtocolId refusing(const Evaluator& evaluator, EndpointId endpoint, ComponentId caller) {
    for (ProtocolId id : engine_.protocols[endpoint.value]) {
      const std::vector<OperationId>& operations = model_.endpoints[endpoint].operations;
      const bool refuses_all =
          std::none_of(operations.begin(), operations.end(), [&](OperationId operation) {
            return engine_.matrix.find(caller, operation) &&
                   evaluator.permits(id, {caller, operation, {}});
          });
      if (refuses_all) return id;
    }
    return engine_.protocols[endpoint.value][0];
  }

  Engine& engine_;
  const Model& model_;
  CheckResult& result_;
  DiagnosticSink& sink_;
};

}  // namespace

void check_protocols(Engine& engine, CheckResult& result, DiagnosticSink& sink) {
  ProtocolCheck check(engine, result, sink);
  for (EndpointId endpoint : engine.model.endpoints.ids()) {
    if (!engine.protocols[endpoint.value].empty()) check.check(endpoint);
  }
}

}  // namespace bh
