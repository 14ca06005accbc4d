#include "solver/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "solver/queries/consistency.h"
#include "solver/queries/engine.h"
#include "solver/queries/obligations.h"
#include "solver/queries/properties.h"
#include "solver/queries/report.h"
#include "solver/queries/why.h"
#include "solver/reference/policy_tests.h"

namespace bh {

size_t CheckResult::count(Verdict verdict) const {
  return static_cast<size_t>(
      std::count_if(properties.begin(), properties.end(),
                    [&](const PropertyVerdict& p) { return p.verdict == verdict; }));
}

int badness(Verdict verdict) {
  switch (verdict) {
    case Verdict::Proved:
      return 0;
    case Verdict::Unknown:
      return 1;
    case Verdict::Violated:
      return 2;
  }
  BH_CHECK(false);
}

std::string print(Verdict verdict) {
  switch (verdict) {
    case Verdict::Proved:
      return "proved";
    case Verdict::Violated:
      return "violated";
    case Verdict::Unknown:
      return "unknown";
  }
  BH_CHECK(false);
}

PropertyVerdict check_property(PropertyContext& context, PropertyId id) {
  struct Visitor {
    PropertyContext& context;
    PropertyId id;
    PropertyVerdict operator()(const NeverRequest& p) const { return check_never(context, id, p); }
    PropertyVerdict operator()(const NeverFlow& p) const { return check_flow(context, id, p); }
    PropertyVerdict operator()(const NeverBefore& p) const { return check_before(context, id, p); }
    PropertyVerdict operator()(const Require& p) const { return check_require(context, id, p); }
    PropertyVerdict operator()(const Holds& p) const { return check_holds(context, id, p); }
    PropertyVerdict operator()(const Separate& p) const { return check_separate(context, id, p); }
    PropertyVerdict operator()(const NeverState& p) const {
      return check_never_state(context, id, p);
    }
    PropertyVerdict operator()(const TrustedBase& p) const {
      return check_trusted_base(context, id, p);
    }
  };
  return std::visit(Visitor{context, id}, context.engine.model.properties[id].body);
}

static bool asks_for_flows(const Model& model) {
  return std::any_of(model.properties.begin(), model.properties.end(),
                     [](const Property& property) {
                       return std::holds_alternative<NeverFlow>(property.body) ||
                              std::holds_alternative<TrustedBase>(property.body);
                     });
}

CheckResult check_policy(const CheckedModel& model, const CheckOptions& options,
                         DiagnosticSink& sink) {
  CheckResult result;
  result.rules = model->rules.size();
  result.nothing_to_check = model->rules.empty();
  if (count_entries(*model) > options.entry_limit) {
    report_undecided(
        sink, model->span, "the policy",
        fmt::format("its rules speak of more than {} (rule, subject, operation) triples",
                    options.entry_limit));
    for (PropertyId id : model->properties.ids()) {
      PropertyVerdict verdict;
      verdict.property = id;
      verdict.reason = "the policy is too large";
      result.properties.push_back(std::move(verdict));
    }
    return result;
  }
  Engine engine(model, options);
  result.cells = engine.matrix.cells().size();
  result.conditional_cells = engine.matrix.conditional();
  ObligationCollector obligations(engine);
  check_rules(engine, sink);
  check_labels(engine, sink);
  check_protocols(engine, result, sink);
  const FlowGraph flows = asks_for_flows(*model) ? make_flow_graph(engine) : FlowGraph();
  if (options.obligations) {
    obligations.collect_cells();
    obligations.collect("the rules, labels and protocols");
  }
  PropertyContext context{engine, flows, result, sink};
  for (PropertyId id : model->properties.ids()) {
    PropertyVerdict verdict = check_property(context, id);
    verdict.why = grounds_of(context, verdict);
    result.properties.push_back(std::move(verdict));
    if (options.obligations) obligations.collect(model->properties[id].name);
  }
  if (options.obligations) {
    obligations.collect_flows(flows, result.properties);
    obligations.finish(result);
  }
  result.questions = engine.questions.asked();
  if (options.tests) {
    const TestCounts counts = run_tests(model, sink);
    result.tests = counts.run;
    result.tests_failed = counts.failed;
  }
  return result;
}

}  // namespace bh
