#include "lang/check.h"

#include <algorithm>

#include "lang/checker.h"

namespace bh {

Model check(const Ast& ast, const Setting& setting, DiagnosticSink& sink) {
  return Checker(ast, setting, sink).run();
}

static std::vector<uint64_t> values_of(const Type& type) {
  std::vector<uint64_t> values;
  for (const Interval& i : type.domain.intervals()) {
    for (uint64_t v = i.low; v <= i.high; ++v) values.push_back(v);
  }
  return values;
}

std::vector<Setting> settings_of(const Model& model) {
  std::vector<Setting> all = {{}};
  Setting standard;
  for (const Variant& variant : model.variants) {
    std::vector<Setting> more;
    for (const Setting& setting : all) {
      for (const uint64_t value : values_of(model.types[variant.type])) {
        more.push_back(setting);
        more.back().push_back(value);
      }
    }
    all = std::move(more);
    standard.push_back(variant.standard);
  }
  const auto at = std::find(all.begin(), all.end(), standard);
  std::rotate(all.begin(), at, at + 1);
  return all;
}

std::string print_setting(const Model& model) {
  std::string text;
  for (const Variant& variant : model.variants) {
    if (variant.chosen == variant.standard) continue;
    if (!text.empty()) text += ", ";
    text += variant.name + " = " + print_word(model, variant.type, variant.chosen);
  }
  return text;
}

void Checker::declare_who_and_what() {
  header();
  lattices();
  types();
  variants();
  interfaces();
  components();
  groups();
}

Model Checker::run() {
  declare_who_and_what();
  declare_cited_statements();
  releases();
  rules();
  protocols();
  properties();
  tests();
  code();
  audits();
  targets();
  return std::move(model_);
}

void Checker::header() {
  if (ast_.policies.empty()) {
    reporter_.report(ast_.begin, diag::NoPolicy)
        .help(ast_.modules.empty()
                  ? "a policy begins with its name and version: policy gateway 2.1"
                  : "a module is imported by a policy; give the policy's file instead");
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
