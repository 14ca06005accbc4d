// What the parts of a rule's text stand for, for whoever edits it.
#pragma once

#include <vector>

#include "core/model/model.h"
#include "lang/ast.h"
#include "lang/check.h"

namespace bh {

struct RuleParts {
  std::vector<std::vector<ComponentId>> subjects;  // by path of the rule's subjects
  // By path of its targets, and there by alternative (`keys.{unlock, lock}` has two, a path without
  // braces is one). Their conditions mean nothing.
  std::vector<std::vector<std::vector<ConditionalOperation>>> targets;
};

// Of each of these rules of a policy that was found faultless. `any` stands for all components,
// those that could not ask for any of the targets included.
std::vector<RuleParts> rule_parts(const Ast& ast, const Setting& setting,
                                  const std::vector<RuleId>& rules);

}  // namespace bh
