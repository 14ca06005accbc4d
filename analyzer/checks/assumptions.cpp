#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analyzer/checks/checks.h"

namespace bh {

static bool contradicts(const StoreFact& store, int64_t assumed) {
  if (store.how == StoreHow::Address) return false;
  return std::any_of(store.value.alternatives.begin(), store.value.alternatives.end(),
                     [&](const Atom& atom) {
                       return store.how == StoreHow::Change || atom.kind != AtomKind::Constant ||
                              atom.number != assumed;
                     });
}

void check_assumptions(const ComponentView& v) {
  const std::set<const StoreFact*> live(v.reach.stores.begin(), v.reach.stores.end());
  for (size_t i = 0; i < v.code.assumes.size(); ++i) {
    const CodeAssume& assume = v.code.assumes[i];
    AssumptionUse use;
    use.text = fmt::format("{} = {}", assume.subject, assume.value);
    use.because = assume.because;
    use.branches = v.reach.cuts[i];
    for (const StoreFact& store : v.program.facts().stores) {
      if (assumable(store.slot) != assume.subject || !contradicts(store, assume.value)) continue;
      if (!v.program.contains(store.at.file)) continue;
      (live.contains(&store) ? use.contradicted : use.elsewhere).push_back(store.at);
    }
    for (const Place& at : use.contradicted)
      v.sink.report(assume.span, diag::AssumptionContradicted, use.text, v.name(), at);
    if (use.branches == 0) v.sink.report(assume.span, diag::AssumptionUnused, use.text);
    v.result.assumptions.push_back(std::move(use));
  }
  for (size_t i = 0; i < v.code.resolves.size(); ++i)
    if (v.reach.resolution_uses[i] == 0)
      v.sink.report(v.code.resolves[i].span, diag::ResolutionUnused, v.code.resolves[i].site);
}

}  // namespace bh
