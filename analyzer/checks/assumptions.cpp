#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analyzer/checks/checks.h"

namespace bh {

static bool is_subject(const std::string& leaf, const std::string& subject) {
  if (leaf.starts_with("local:")) return subject.ends_with("::" + leaf.substr(6));
  return assumable(leaf) == subject;
}

// The bits that the code which tests the subject means by this flag; 0 when none does.
static int64_t bits_of(const std::string& subject, const std::string& flag, const Facts& facts) {
  for (const FlowFact& flow : facts.flows)
    for (const FlowBlock& block : flow.blocks) {
      const Guard condition = words(block.condition);
      for (size_t i = 0; i + 2 < condition.size(); ++i)
        if (condition[i] == "bits" && condition[i + 1].ends_with(":" + flag) &&
            is_subject(condition[i + 2], subject))
          return number_of(condition[i + 1]).value_or(0);
    }
  return 0;
}

Assumption assumption_of(const CodeAssume& assume, const Facts& facts) {
  const size_t bracket = assume.subject.find('[');
  if (bracket == std::string::npos) return {assume.subject, assume.value};
  const std::string subject = assume.subject.substr(0, bracket);
  const std::string flag = assume.subject.substr(bracket + 1, assume.subject.size() - bracket - 2);
  return {subject, assume.value, bits_of(subject, flag, facts)};
}

// Whether what is stored may leave the flag otherwise than assumed.
static bool contradicts_flag(StoreHow how, const Atom& stored, const Assumption& assumed) {
  const int64_t bits = *assumed.bits;
  const bool constant = stored.kind == AtomKind::Constant;
  const int64_t number = stored.number;
  if (bits == 0) return false;
  if (how == StoreHow::Set && constant) return assumed.value == 0 && (number & bits) != 0;
  if (how == StoreHow::Keep && constant) return assumed.value != 0 && (number & bits) != bits;
  return !constant || how == StoreHow::Change || (number & bits) != (assumed.value != 0 ? bits : 0);
}

static bool contradicts(const StoreFact& store, const Assumption& assumed) {
  if (store.how == StoreHow::Address) return false;
  const std::vector<Atom>& stored = store.value.alternatives;
  return std::any_of(stored.begin(), stored.end(), [&](const Atom& atom) {
    if (assumed.bits) return contradicts_flag(store.how, atom, assumed);
    return store.how != StoreHow::Assign || atom.kind != AtomKind::Constant ||
           atom.number != assumed.value;
  });
}

void check_assumptions(const ComponentView& v) {
  const std::set<const StoreFact*> live(v.reach.stores.begin(), v.reach.stores.end());
  for (size_t i = 0; i < v.code.assumes.size(); ++i) {
    const CodeAssume& assume = v.code.assumes[i];
    const Assumption assumed = assumption_of(assume, v.program.facts());
    AssumptionUse use;
    use.text = fmt::format("{} = {}", assume.subject, assume.value);
    use.because = assume.because;
    use.branches = v.reach.cuts[i];
    for (const StoreFact& store : v.program.facts().stores) {
      if (assumable(store.slot) != assumed.subject || !contradicts(store, assumed)) continue;
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
