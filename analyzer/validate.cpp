#include "analyzer/validate.h"

#include <deque>

#include "analyzer/checks/checks.h"

namespace bh {
namespace {

// One component and what its code does.
struct Followed {
  Program program;
  Reach reach;
};

std::vector<std::string> texts(const std::vector<NamedText>& names) {
  std::vector<std::string> found;
  for (const NamedText& name : names) found.push_back(name.text);
  return found;
}

// The lines that the functions span: of all, and of those that are reached.
void measure(const ComponentView& v) {
  v.result.externals = v.reach.externals.size();
  for (const FunctionId id : v.program.functions().ids()) {
    const FunctionFact& fact = v.fact(id);
    if (has(fact.attributes, "generated")) continue;
    const bool reached = v.reach.index.contains(id);
    if (reached) ++v.result.reached_functions;
    if (fact.last_line < fact.at.line) continue;
    const size_t lines = fact.last_line - fact.at.line + 1;
    v.result.linked_lines += lines;
    if (!reached) continue;
    v.result.reached_lines += lines;
    v.result.spans[fact.at.file].push_back({fact.at.line, fact.last_line});
  }
}

void check_component(const ComponentView& view) {
  measure(view);
  check_forbidden(view);
  check_requests(view);
  check_handlers(view);
  check_assumptions(view);
  check_obligations(view);
  check_validators(view);
  check_state_machine(view);
  check_pointers(view);
  list_privileges(view);
}

}  // namespace

ValidationResult validate(const CheckedModel& model, const Facts& facts,
                          const ValidateOptions& options, DiagnosticSink& sink) {
  ValidationResult result;
  if (model->code.empty())
    sink.report(model->span, diag::NothingToCheck, "the policy has no code statement");
  result.components.resize(model->code.size());
  std::deque<Followed> followed;
  std::vector<ComponentView> views;
  for (size_t i = 0; i < model->code.size(); ++i) {
    const CodeMap& code = model->code[i];
    ComponentResult& own = result.components[i];
    own.component = code.component;
    Followed& part = followed.emplace_back(Followed{Program(facts, texts(code.sources)), {}});
    const ComponentView view{*model, code, part.program, part.reach, options, sink, own};
    const std::optional<ReachOptions> roots = check_roots(view);
    if (roots) part.reach = reach(part.program, *roots);
    if (roots && check_starts(view)) {
      own.followed = true;
      check_component(view);
      views.push_back(view);
    }
    check_completeness(view);
    if (own.followed) check_grants(view);
  }
  check_sharing(views);
  check_secrets(views);
  check_trusted_lines(*model, result, sink);
  return result;
}

}  // namespace bh
