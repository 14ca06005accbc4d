#include "lang/check.h"

#include "lang/checker.h"

namespace bh {

Model check(const Ast& ast, DiagnosticSink& sink) { return Checker(ast, sink).run(); }

Model Checker::run() {
  header();
  lattices();
  types();
  interfaces();
  components();
  groups();
  declare_cited_statements();
  releases();
  rules();
  protocols();
  properties();
  tests();
  code();
  targets();
  return std::move(model_);
}

void Checker::header() {
  if (ast_.policies.empty()) {
    reporter_.report(ast_.begin, diag::NoPolicy)
        .help("a policy begins with its name and version: policy gateway 2.1");
    return;
  }
  const ast::Policy& first = ast_.policies[0];
  model_.name = std::string(first.name.text);
  model_.version = first.version;
  model_.span = first.span;
  for (size_t i = 1; i < ast_.policies.size(); ++i) {
    const ast::Policy& again = ast_.policies[i];
    reporter_.report(again.span, diag::DuplicateName, "policy")
        .label(first.span, "the policy statement");
  }
  if (ast_.components.empty() && reporter_.errors() == 0) {
    reporter_.report(first.span, diag::NothingDeclared, first.name.text)
        .help("declare who takes part: component Parser { provides in: Link }");
  }
}

}  // namespace bh
