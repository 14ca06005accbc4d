#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analyzer/checks/checks.h"

namespace bh {
namespace {

// What the rule lets the component ask for, each operation once.
std::set<OperationId> granted(const ComponentView& v, const Rule& rule) {
  std::set<OperationId> found;
  const ComponentId self = v.code.component;
  const bool subject =
      std::find(rule.subjects.begin(), rule.subjects.end(), self) != rule.subjects.end();
  if (!subject || rule.kind != RuleKind::Allow) return found;
  for (const ConditionalOperation& target : rule.targets)
    if (covers(v.model, target, self)) found.insert(target.operation);
  return found;
}

bool is_open(const CodeGap& gap) { return gap.accepted.empty(); }

}  // namespace

// A request that is granted but never made. Nothing is claimed of a statement that does not say how
// its code asks, nor where some of the code was not followed.
void check_grants(const ComponentView& v) {
  if (v.code.uses.empty()) return;
  std::set<OperationId> asked;
  for (const Crossing& crossing : v.result.crossings) asked.insert(crossing.operation);
  const std::vector<CodeGap>& gaps = v.result.gaps;
  const bool open =
      std::any_of(gaps.begin(), gaps.end(), is_open) || v.result.undecided_requests > 0;
  for (const RuleId id : v.model.rules.ids()) {
    for (const OperationId operation : granted(v, v.model.rules[id])) {
      if (asked.contains(operation)) continue;
      v.result.unused_grants.push_back({id, operation, open});
      if (open) continue;
      const bool described =
          std::any_of(v.code.uses.begin(), v.code.uses.end(),
                      [&](const CodeUse& use) { return use.operation == operation; });
      v.sink
          .report(v.model.rules[id].span, diag::GrantUnused, v.model.rules[id].name, v.name(),
                  print(v.model, operation))
          .note(described ? "no call that its 'uses' describe is reached"
                          : "none of its 'uses' says which call is this request");
    }
  }
}

}  // namespace bh
