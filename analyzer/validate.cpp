#include "analyzer/validate.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <thread>
#include <tuple>
#include <vector>

#include "analyzer/checks/checks.h"

namespace bh {
namespace {

// One component, what its code does, and what is wrong with that.
struct Followed {
  std::optional<Program> program;
  Reach reach;
  DiagnosticSink findings;
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

void follow(const ComponentView& view, Followed& part) {
  const std::optional<ReachOptions> roots = check_roots(view);
  if (roots) part.reach = reach(*part.program, *roots);
  if (roots && check_starts(view)) {
    view.result.followed = true;
    check_component(view);
  }
  check_completeness(view);
  if (view.result.followed) check_grants(view);
}

// Calls `work` once for each number below `count`.
template <class Work>
void on_threads(unsigned threads, size_t count, const Work& work) {
  std::atomic<size_t> next = 0;
  const auto take = [&] {
    for (size_t at = next++; at < count; at = next++) work(at);
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < std::min<size_t>(threads, count); ++i) others.emplace_back(take);
  take();
  for (std::thread& other : others) other.join();
}

}  // namespace

ValidationResult validate(const CheckedModel& model, const Facts& facts,
                          const ValidateOptions& options, DiagnosticSink& sink) {
  ValidationResult result;
  if (model->code.empty())
    sink.report(model->span, diag::NothingToCheck, "the policy has no code statement");
  result.components.resize(model->code.size());
  std::vector<Followed> followed(model->code.size());
  const auto view = [&](size_t i, DiagnosticSink& to) {
    return ComponentView{
        *model, model->code[i],      *followed[i].program, followed[i].reach, options,
        to,     result.components[i]};
  };
  on_threads(options.threads, followed.size(), [&](size_t i) {
    result.components[i].component = model->code[i].component;
    followed[i].program.emplace(facts, texts(model->code[i].sources));
    follow(view(i, followed[i].findings), followed[i]);
  });
  std::vector<ComponentView> views;
  // What is wrong with `code A, B { .. }` itself is said once.
  std::map<std::tuple<uint16_t, Span, std::string>, size_t> seen;
  for (size_t i = 0; i < followed.size(); ++i) {
    for (const Diagnostic& finding : followed[i].findings.diagnostics())
      if (seen.try_emplace({finding.code, finding.span, finding.message}, i).first->second == i)
        sink.add(finding);
    if (result.components[i].followed) views.push_back(view(i, sink));
  }
  check_sharing(views);
  check_secrets(views);
  check_trusted_lines(*model, result, sink);
  return result;
}

}  // namespace bh
