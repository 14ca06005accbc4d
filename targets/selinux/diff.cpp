#include "targets/selinux/diff.h"

#include <algorithm>
#include <map>

#include "targets/selinux/diff_parts.h"

namespace bh::selinux {
namespace {

// By name: attributes that compilers made up included, as sediff does.
void count_attributes(const Pair& pair, Tally& tally) {
  std::array<std::map<std::string, Numbers>, 2> named;
  for (const Version v : {Before, After}) {
    for (const Attribute& a : pair.policies[v]->attributes) named[v].emplace(a.name, a.types);
  }
  for (const auto& [name, types] : named[Before]) {
    const auto at = named[After].find(name);
    if (at == named[After].end()) {
      ++tally.removed;
    } else if (at->second != types) {
      ++tally.modified;
    }
  }
  for (const auto& [name, types] : named[After])
    tally.added += named[Before].contains(name) ? 0 : 1;
}

}  // namespace

Diff diff_policies(Policy before, Policy after, bool& comparable) {
  Diff diff;
  Shared shared;
  comparable = share_names(before, after, shared);
  if (!comparable) return diff;
  const Pair pair = pair_up(before, after, shared);
  diff_access(pair, AccessKind::Allow, diff.allow, diff.changes);
  diff_access(pair, AccessKind::AuditAllow, diff.audit_allow, diff.changes);
  diff_access(pair, AccessKind::DontAudit, diff.dont_audit, diff.changes);
  diff_labelling(pair, diff);
  diff_constraints(pair, diff.changes);
  diff_authority(pair, diff);
  diff_vocabulary(pair, diff);
  count_attributes(pair, diff.attributes);
  std::ranges::stable_sort(diff.changes, {},
                           [](const Change& c) { return std::tie(c.of, c.direction); });
  return diff;
}

}  // namespace bh::selinux
