// Properties about states: `never n: state P.Green and Q.{Green, Yellow}`.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "solver/queries/properties.h"
#include "solver/queries/report.h"
#include "solver/reference/evaluator.h"

namespace bh {

namespace {

class StateCheck {
 public:
  StateCheck(PropertyContext& context, PropertyId id, const NeverState& never)
      : context_(context), engine_(context.engine), model_(engine_.model), id_(id), never_(never) {}

  PropertyVerdict run() {
    for (const NeverState::Part& part : never_.parts) {
      if (part.protocols.empty() || part.states.empty()) {
        return vacuous(context_, id_, "a part of it names no state");
      }
    }
    for (ComponentId caller : observers()) {
      if (auto verdict = look_as(caller)) return std::move(*verdict);
    }
    if (!open_.empty()) return undecided(context_, id_, open_);
    if (!anything_moves()) return vacuous(context_, id_, "nothing ever moves its protocols");
    PropertyVerdict verdict;
    verdict.property = id_;
    verdict.verdict = Verdict::Proved;
    return verdict;
  }

 private:
  EndpointId endpoint_of(ProtocolId id) const { return model_.protocols[id].endpoint; }

  bool is_per_caller(ProtocolId id) const {
    return model_.protocols[id].instances == InstanceKind::PerCaller;
  }

  template <class Predicate>
  bool any_protocol(Predicate predicate) const {
    return std::any_of(never_.parts.begin(), never_.parts.end(), [&](const NeverState::Part& part) {
      return std::any_of(part.protocols.begin(), part.protocols.end(), predicate);
    });
  }

  bool anything_moves() {
    return any_protocol([&](ProtocolId id) {
      const std::vector<State>& states = model_.protocols[id].states;
      return !engine_.callers(endpoint_of(id)).empty() ||
             std::any_of(states.begin(), states.end(),
                         [](const State& state) { return state.timeout.has_value(); });
    });
  }

  // Whose instances to look at: everyone who has some; anyone, if all that matters is shared.
  std::vector<ComponentId> observers() {
    std::set<ComponentId> result;
    for (const NeverState::Part& part : never_.parts) {
      for (ProtocolId id : part.protocols) {
        if (!is_per_caller(id)) continue;
        for (ComponentId caller : engine_.callers(endpoint_of(id))) result.insert(caller);
      }
    }
    if (result.empty()) result.insert(ComponentId(0));
    return {result.begin(), result.end()};
  }

  // The verdict if the caller can see the states, or if it takes too long to say.
  std::optional<PropertyVerdict> look_as(ComponentId caller) {
    std::vector<std::vector<ProtocolId>> choices;
    for (const NeverState::Part& part : never_.parts) {
      choices.push_back(possible(part, caller));
      if (choices.back().empty()) return std::nullopt;
    }
    std::vector<size_t> chosen(choices.size(), 0);
    for (;;) {
      if (++tried_ > MostChoices) {
        return undecided(context_, id_, "it speaks of too many combinations of protocols");
      }
      std::vector<Wanted> wanted;
      for (size_t i = 0; i < choices.size(); ++i) {
        wanted.push_back({choices[i][chosen[i]], never_.parts[i].states});
      }
      Reachability reach = engine_.reach(caller, wanted);
      if (reach.can == Can::Yes) return report(caller, wanted, std::move(reach));
      if (reach.can == Can::Unknown && open_.empty()) open_ = reach.reason;
      size_t i = 0;
      while (i < chosen.size() && ++chosen[i] == choices[i].size()) chosen[i++] = 0;
      if (i == chosen.size()) return std::nullopt;
    }
  }

  // The protocols of the part that can be in one of its states, whatever the others do.
  std::vector<ProtocolId> possible(const NeverState::Part& part, ComponentId caller) {
    std::vector<ProtocolId> result;
    for (ProtocolId id : part.protocols) {
      const std::vector<ProtocolId>& all = engine_.protocols[endpoint_of(id).value];
      const auto index = std::find(all.begin(), all.end(), id) - all.begin();
      const Exploration& seen = engine_.explored(endpoint_of(id), caller);
      const bool reached =
          !seen.complete || std::any_of(part.states.begin(), part.states.end(), [&](uint32_t s) {
            return seen.states[static_cast<size_t>(index)][s];
          });
      if (reached) {
        result.push_back(id);
      } else {
        engine_.claim_never(endpoint_of(id), caller, {{id, part.states}});
      }
    }
    return result;
  }

  PropertyVerdict report(ComponentId caller, const std::vector<Wanted>& wanted,
                         Reachability reach) {
    const Property& property = model_.properties[id_];
    Evaluator evaluator(engine_.checked);
    for (const TraceStep& step : reach.trace) evaluator.step(step);
    evaluator.wait_ms(reach.rest_ms);
    const bool shown = std::all_of(wanted.begin(), wanted.end(), [&](const Wanted& part) {
      const uint32_t state = evaluator.state(part.protocol, caller);
      return std::count(part.states.begin(), part.states.end(), state) > 0;
    });
    if (!shown || !engine_.replays(reach.trace)) {
      does_not_replay(context_, property);
      return undecided(context_, id_, "its witness does not replay");
    }
    const auto state_of = [&](ProtocolId id) -> const State& {
      return model_.protocols[id].states[evaluator.state(id, caller)];
    };
    std::string text;
    for (const Wanted& part : wanted) {
      const std::string& state = state_of(part.protocol).name;
      text += fmt::format(
          fmt::runtime(text.empty() ? "{} can be in state '{}'" : " while {} is in '{}'"),
          name_of(part.protocol), state);
    }
    auto finding = context_.sink.report(property.span, diag::StateReached, property.name, text);
    add_trace(finding, engine_, reach.trace);
    add_rest(finding, reach.rest_ms);
    for (const Wanted& part : wanted) {
      finding.label(state_of(part.protocol).span, "this state");
    }
    if (any_protocol([&](ProtocolId id) { return is_per_caller(id); })) {
      finding.note("as '" + model_.components[caller].name + "' sees it");
    }
    finding.note("breaks: " + property.name);
    PropertyVerdict verdict;
    verdict.property = id_;
    verdict.verdict = Verdict::Violated;
    verdict.trace = std::move(reach.trace);
    verdict.rest_ms = reach.rest_ms;
    return verdict;
  }

  // "'Session'", and where several have the name, "'Session' on Disk.store".
  std::string name_of(ProtocolId id) const {
    const Protocol& protocol = model_.protocols[id];
    const auto same_name =
        std::count_if(model_.protocols.begin(), model_.protocols.end(),
                      [&](const Protocol& other) { return other.name == protocol.name; });
    if (same_name == 1) return "'" + protocol.name + "'";
    return fmt::format("'{}' on {}", protocol.name, print_endpoint(model_, protocol.endpoint));
  }

  static constexpr size_t MostChoices = 100'000;
  PropertyContext& context_;
  Engine& engine_;
  const Model& model_;
  PropertyId id_;
  const NeverState& never_;
  std::string open_;  // why it could not be decided for somebody
  size_t tried_ = 0;
};

}  // namespace

PropertyVerdict check_never_state(PropertyContext& context, PropertyId id,
                                  const NeverState& never) {
  return StateCheck(context, id, never).run();
}

}  // namespace bh
