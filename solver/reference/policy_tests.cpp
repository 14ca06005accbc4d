#include "solver/reference/policy_tests.h"

#include <fmt/format.h>

#include "solver/reference/print.h"

namespace bh {

static bool decided_by_expected(const Model& model, const Evaluator& evaluator,
                                const TestStep& step, const Decision& decision) {
  const Request& request = step.step.request;
  if (step.by_default) return decision.reason == Reason::NoRule;
  if (step.by_rule) {
    const RuleKind kind = model.rules[step.by_rule].kind;
    const Reason fitting = kind == RuleKind::Allow ? Reason::Allowed : Reason::Denied;
    return decision.reason == fitting && evaluator.matches(step.by_rule, request);
  }
  if (step.by_protocol) {
    return decision.reason == Reason::Protocol && !evaluator.permits(step.by_protocol, request);
  }
  return true;
}

static std::string print_expected(const Model& model, const TestStep& step) {
  std::string text = step.expect_granted ? "allowed" : "denied";
  if (step.by_default) text += " by default";
  if (step.by_rule) text += " by " + model.rules[step.by_rule].name;
  if (step.by_protocol) text += " by " + model.protocols[step.by_protocol].name;
  return text;
}

// Decides the step before it is taken, so that `by` is judged in the state that the decision was
// made in.
static bool run_step(const CheckedModel& model, Evaluator& evaluator, const Test& test,
                     size_t index, DiagnosticSink& sink) {
  const TestStep& step = test.steps[index];
  evaluator.wait_ms(step.step.wait_ms);
  const Decision decision = evaluator.decide(step.step.request);
  if (decision.granted() == step.expect_granted &&
      decided_by_expected(*model, evaluator, step, decision)) {
    evaluator.step(step.step.request, step.step.reply);
    return true;
  }
  auto finding = sink.report(step.span, diag::TestFailed, test.name, print_expected(*model, step),
                             print(*model, decision));
  finding.note("request: " + print(*model, step.step.request));
  if (decision.rule) {
    finding.label(model->rules[decision.rule].span,
                  fmt::format("'{}' matches", model->rules[decision.rule].name));
  }
  if (decision.protocol) {
    const Protocol& protocol = model->protocols[decision.protocol];
    const uint32_t state = evaluator.state(decision.protocol, step.step.request.caller);
    finding.label(protocol.span,
                  fmt::format("'{}' is in state '{}'", protocol.name, protocol.states[state].name));
  }
  return false;
}

bool run_test(const CheckedModel& model, Evaluator& evaluator, const Test& test,
              DiagnosticSink& sink) {
  evaluator.reset();
  for (size_t i = 0; i < test.steps.size(); ++i) {
    if (!run_step(model, evaluator, test, i, sink)) return false;
  }
  return true;
}

TestCounts run_tests(const CheckedModel& model, DiagnosticSink& sink) {
  TestCounts counts;
  Evaluator evaluator(model);
  for (const Test& test : model->tests) {
    ++counts.run;
    if (!run_test(model, evaluator, test, sink)) ++counts.failed;
  }
  return counts;
}

}  // namespace bh
