#include "driver/pipeline/explain_request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/nearest.h"
#include "lang/parser.h"
#include "solver/reference/evaluator.h"

namespace bh {

namespace {

struct ReadRequest {
  Request request;
  std::vector<std::optional<uint64_t>> given;
};

// Read as the one test of the policy, so that names mean what they mean there.
std::optional<ReadRequest> read_request(LoadedPolicy& policy, const std::string& text) {
  DiagnosticSink sink;
  const FileId file = policy.sources.add("request", text);
  Ast ast = parse_request(policy.sources[file], file, sink);
  if (ast.tests.empty()) {
    policy.sink = std::move(sink);
    return std::nullopt;
  }
  const ast::StepDecl step = ast.tests[0].steps[0];
  policy.ast.tests.swap(ast.tests);
  const Model model = check(policy.ast, {}, sink);
  policy.ast.tests.swap(ast.tests);
  if (sink.has_errors()) {
    policy.sink = std::move(sink);
    return std::nullopt;
  }
  ReadRequest result;
  result.request = model.tests[TestId(0)].steps[0].step.request;
  for (const Parameter& parameter : model.method_of(result.request.operation).parameters) {
    const size_t i = result.given.size();
    const bool given =
        std::any_of(step.arguments.begin(), step.arguments.end(),
                    [&](const auto& argument) { return argument.first.text == parameter.name; });
    result.given.push_back(given ? std::optional(result.request.words[i]) : std::nullopt);
  }
  return result;
}

Result<Wanted> find_state(const Model& model, EndpointId endpoint, std::string_view text) {
  const size_t dot = std::min(text.find('.'), text.size());
  const std::string_view protocol_name = text.substr(0, dot);
  const std::string_view state_name = dot < text.size() ? text.substr(dot + 1) : "";
  std::vector<std::string_view> names;
  bool elsewhere = false;
  for (ProtocolId id : model.protocols.ids()) {
    const Protocol& protocol = model.protocols[id];
    elsewhere = elsewhere || protocol.name == protocol_name;
    if (protocol.endpoint != endpoint) continue;
    names.push_back(protocol.name);
    if (protocol.name != protocol_name) continue;
    std::vector<std::string_view> states;
    for (uint32_t state = 0; state < protocol.states.size(); ++state) {
      if (protocol.states[state].name == state_name) return Wanted{id, {state}};
      states.push_back(protocol.states[state].name);
    }
    return fail(fmt::format("protocol '{}' has no state '{}'", protocol_name, state_name),
                fmt::format("its states are {}", fmt::join(states, ", ")));
  }
  if (elsewhere) {
    return fail(fmt::format("protocol '{}' is on another endpoint, so its state does not matter "
                            "to this request",
                            protocol_name),
                names.empty() ? "no protocol is on the request's endpoint"
                              : fmt::format("here there is {}", fmt::join(names, ", ")));
  }
  const std::string_view close = nearest(protocol_name, names);
  return fail(fmt::format("unknown protocol '{}'", protocol_name),
              close.empty() ? "write --in PROTOCOL.STATE" : fmt::format("write '{}'", close));
}

Result<std::vector<Wanted>> find_states(const Model& model, EndpointId endpoint,
                                        std::string_view text) {
  std::vector<Wanted> states;
  while (!text.empty()) {
    std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    BH_TRY(Wanted state, find_state(model, endpoint, one));
    states.push_back(std::move(state));
  }
  return states;
}

Widening widening_of(const CheckedModel& model, const RequestExplanation& explanation) {
  const CheckOptions options;
  return check_widening(model, widen(model, explanation, options), explanation.request, options);
}

// In another setting of the variants, what is different is told. Where the state cannot be
// reached, the request cannot be made.
void look_at(const CheckedModel& model, const std::vector<Wanted>& states, RequestAnswer& answer) {
  const CheckOptions options;
  Engine engine(model, options);
  const Request& request = answer.explanation.request;
  Reachability way;
  if (!states.empty()) {
    way = engine.reach(request.caller, states);
    if (way.can != Can::Yes) return;
  }
  const RequestExplanation there = bh::explain_request(engine, request, way.trace, way.rest_ms);
  if (there.decision.granted() != answer.explanation.decision.granted())
    answer.otherwise.emplace_back(print_setting(*model), there.decision);
  if (there.decision.granted() || !answer.explanation.widening) return;
  const Widening more = widening_of(model, there);
  Widening& all = *answer.explanation.widening;
  const auto add = [](auto& to, const auto& from) {
    for (const auto& each : from) {
      if (std::find(to.begin(), to.end(), each) == to.end()) to.push_back(each);
    }
  };
  add(all.broken, more.broken);
  add(all.undecided, more.undecided);
  add(all.findings, more.findings);
  all.internal_error = all.internal_error || more.internal_error;
}

void look_at_settings(const LoadedPolicy& policy, const std::vector<Wanted>& states,
                      RequestAnswer& answer) {
  const Model& model = **policy.model;
  for (const Setting& setting : settings_of(model)) {
    if (setting == setting_of(model)) continue;
    ++answer.settings;
    look_at(model_for(policy, setting), states, answer);
  }
}

}  // namespace

Result<std::optional<RequestAnswer>> explain_request(LoadedPolicy& policy,
                                                     const RequestQuestion& question,
                                                     SettingsChosen chosen) {
  std::optional<ReadRequest> read = read_request(policy, question.request);
  if (!read) return std::optional<RequestAnswer>();
  const CheckOptions options;
  const CheckedModel& model = *policy.model;
  if (count_entries(*model) > options.entry_limit) {
    return fail(fmt::format("policy '{}' is too large to explain a request of it", model->name),
                "let fewer rules say `any`");
  }
  Request& request = read->request;
  const EndpointId endpoint = model->operations[request.operation].endpoint;
  BH_TRY(const std::vector<Wanted> states, find_states(*model, endpoint, question.state));
  Engine engine(model, options);
  RequestAnswer answer;
  for (const auto& word : read->given) answer.given.push_back(word.has_value());
  request.words = choose_words(engine, request.caller, request.operation, read->given);
  answer.explanation.request = request;
  Reachability way;
  if (!states.empty()) {
    way = engine.reach(request.caller, states);
    answer.in_state = way.can;
    answer.reason = way.reason;
    if (way.can != Can::Yes) return std::optional(std::move(answer));
  }
  answer.explanation = bh::explain_request(engine, request, way.trace, way.rest_ms);
  if (!answer.explanation.decision.granted())
    answer.explanation.widening = widening_of(model, answer.explanation);
  if (chosen == SettingsChosen::All) look_at_settings(policy, states, answer);
  return std::optional(std::move(answer));
}

}  // namespace bh
