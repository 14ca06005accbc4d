// The least change that grants a request, put to the whole check.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "solver/queries/explain.h"
#include "solver/reference/evaluator.h"

namespace bh {

namespace {

Can granted_somewhere(const CheckedModel& model, const Request& request,
                      const CheckOptions& options) {
  Engine engine(model, options);
  return reach_request(engine, request).can;
}

class Widener {
 public:
  Widener(const CheckedModel& model, const RequestExplanation& explanation,
          const CheckOptions& options)
      : before_(model), explanation_(explanation), options_(options), model_(*model) {}

  WidenedPolicy run() {
    if (!explanation_.denies.empty()) narrow_denies();
    if (explanation_.allows.empty()) add_allow();
    CheckedModel after = sealed();
    if (explanation_.decision.reason == Reason::Protocol ||
        granted_somewhere(after, request(), options_) == Can::No) {
      for (const ProtocolView& view : explanation_.protocols) {
        if (!view.permits) open(view);
      }
      after = sealed();
    }
    return {std::move(after), std::move(edits_)};
  }

 private:
  CheckedModel sealed() const {
    std::optional<CheckedModel> after = seal(model_, DiagnosticSink());
    BH_CHECK(after);
    return std::move(*after);
  }

  const Request& request() const { return explanation_.request; }

  ConditionId just_this(Conditions& conditions) const {
    std::vector<ConditionId> parts;
    const Method& method = before_->method_of(request().operation);
    for (uint32_t i = 0; i < request().words.size(); ++i) {
      // What the type already says need not be said.
      const IntervalSet& domain = before_->types[method.parameters[i].type].domain;
      const IntervalSet word = IntervalSet::single(request().words[i]);
      if (domain != word) parts.push_back(conditions.in(i, word));
    }
    return conditions.all_of(parts);
  }

  // " when slot = 3"
  std::string condition_text() const {
    Conditions conditions;
    const ConditionId id = just_this(conditions);
    if (id == Conditions::True) return "";
    return print(*before_, conditions, request().operation, id);
  }

  std::string cell_text() const {
    return fmt::format("{} -> {}", before_->components[request().caller].name,
                       print(*before_, request().operation));
  }

  void add_allow() {
    Rule rule;
    rule.name = "widening";
    rule.subjects = {request().caller};
    rule.targets = {{request().operation, just_this(model_.conditions)}};
    model_.rules.add(std::move(rule));
    const std::string when = condition_text();
    edits_.push_back(
        fmt::format("allow NAME: {}{}", cell_text(), when.empty() ? "" : "  when " + when));
  }

  // A deny that also speaks of others is split: for this caller, it leaves the request out.
  void narrow_denies() {
    for (RuleId id : explanation_.denies) {
      Rule mine = model_.rules[id];
      mine.subjects = {request().caller};
      const ConditionId others = model_.conditions.negate(just_this(model_.conditions));
      for (ConditionalOperation& target : mine.targets) {
        if (target.operation == request().operation)
          target.when = model_.conditions.all_of({target.when, others});
      }
      std::erase(model_.rules[id].subjects, request().caller);
      model_.rules.add(std::move(mine));
      const std::string when = condition_text();
      edits_.push_back(fmt::format("let {} leave out {}{}", before_->rules[id].name, cell_text(),
                                   when.empty() ? "" : " when " + when));
    }
  }

  // The protocol takes the request in its present state, and stays there if it was not there
  // before.
  void open(const ProtocolView& view) {
    Protocol& protocol = model_.protocols[view.protocol];
    const std::string& state = protocol.states[view.state].name;
    const MethodId method = before_->operations[request().operation].method;
    const std::string& name = before_->methods[method].name;
    bool there = false;
    for (Transition& transition : protocol.transitions) {
      if (transition.from != view.state || transition.method != method) continue;
      there = true;
      if (transition.at_most) {
        ++*transition.at_most;
        edits_.push_back(fmt::format("let {} say: {} -{}-> {} at most {}", protocol.name, state,
                                     name, state, *transition.at_most));
      }
      if (transition.mover != Mover::Anyone || transition.by) {
        transition.mover = Mover::Anyone;
        transition.by = std::nullopt;
        edits_.push_back(fmt::format("let {} say: {} -{}-> {}, whoever asks", protocol.name, state,
                                     name, protocol.states[transition.to].name));
      }
    }
    if (there) return;
    Transition stay;
    stay.from = stay.to = view.state;
    stay.method = method;
    protocol.transitions.push_back(stay);
    edits_.push_back(fmt::format("let {} say: {} -{}-> {}", protocol.name, state, name, state));
  }

  const CheckedModel& before_;
  const RequestExplanation& explanation_;
  CheckOptions options_;
  Model model_;
  std::vector<std::string> edits_;
};

// What a policy must not do, whatever its properties say.
bool matters(const Diagnostic& finding) {
  return finding.code == diag::LowersSecrecy.number ||
         finding.code == diag::RaisesIntegrity.number ||
         finding.code == diag::ProtocolLocksUp.number;
}

}  // namespace

WidenedPolicy widen(const CheckedModel& model, const RequestExplanation& explanation,
                    const CheckOptions& options) {
  return Widener(model, explanation, options).run();
}

Widening check_widening(const CheckedModel& before, const WidenedPolicy& widened,
                        const Request& request, CheckOptions options) {
  options.tests = false;
  Widening result;
  result.edits = widened.edits;
  DiagnosticSink old_sink;
  DiagnosticSink new_sink;
  const CheckResult old_result = check_policy(before, options, old_sink);
  const CheckResult new_result = check_policy(widened.model, options, new_sink);
  result.internal_error = old_result.internal_error || new_result.internal_error;
  for (size_t i = 0; i < old_result.properties.size(); ++i) {
    if (old_result.properties[i].verdict != Verdict::Proved) continue;
    const PropertyVerdict& now = new_result.properties[i];
    if (now.verdict == Verdict::Violated) result.broken.push_back(now.property);
    if (now.verdict == Verdict::Unknown) result.undecided.push_back(now.property);
  }
  std::set<std::tuple<uint16_t, Span, std::string>> known;
  for (const Diagnostic& d : old_sink.diagnostics()) known.emplace(d.code, d.span, d.message);
  for (const Diagnostic& d : new_sink.diagnostics()) {
    if (matters(d) && !known.contains({d.code, d.span, d.message}))
      result.findings.push_back(print_code(d.code) + ": " + d.message);
  }
  result.granted = granted_somewhere(widened.model, request, options) != Can::No;
  return result;
}

}  // namespace bh
