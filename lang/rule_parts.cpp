#include "lang/rule_parts.h"

#include <algorithm>

#include "lang/checker.h"

namespace bh {

std::vector<RuleParts> rule_parts(const Ast& ast, const Setting& setting,
                                  const std::vector<RuleId>& rules) {
  DiagnosticSink unheard;
  return Checker(ast, setting, unheard).parts(rules);
}

std::vector<RuleParts> Checker::parts(const std::vector<RuleId>& rules) {
  declare_who_and_what();
  std::vector<RuleParts> all;
  for (const RuleId id : rules) {
    all.push_back(parts(ast_.rules[id.value]));
    expanded_ = 0;  // every rule is looked at by itself
  }
  return all;
}

RuleParts Checker::parts(const ast::RuleDecl& d) {
  RuleParts parts;
  bool any = false;
  std::vector<ComponentId> callers;
  subjects(d.subjects, callers, any);
  for (const ast::Path& path : d.subjects.paths) {
    parts.subjects.emplace_back();
    subject(path, parts.subjects.back(), any);
  }
  for (const ast::Path& path : d.targets.paths) {
    std::vector<std::vector<ConditionalOperation>>& alternatives = parts.targets.emplace_back();
    const size_t count = std::max<size_t>(path.alternatives.size(), 1);
    for (size_t i = 0; i < count; ++i) {
      ast::PathSet one{{path}, path.span};
      if (!path.alternatives.empty()) one.paths[0].alternatives = {path.alternatives[i]};
      targets(one, &callers, alternatives.emplace_back());
    }
  }
  return parts;
}

}  // namespace bh
