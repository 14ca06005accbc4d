#include "targets/selinux/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/base/hash.h"
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

// One change for all that came or went with a module.
void fold_modules(std::vector<Change>& changes) {
  std::map<std::pair<std::string, Direction>, Change> folded;
  std::map<std::string, std::map<std::string, size_t>> counts;  // by module: "type" -> how many
  const auto added = [](const Change& c) { return c.how.starts_with("added"); };
  for (const Change& c : changes) {
    if (c.module.empty()) continue;
    const Direction direction = added(c) ? Direction::Wider : Direction::Narrower;
    Change& whole = folded[{c.module, direction}];
    whole.direction = direction;
    whole.what = "module " + c.module;
    whole.cells += c.cells;
    whole.digest += c.digest + fnv1a(c.what);
    if (whole.example.empty()) whole.example = c.example;
    ++counts[c.module][c.what.substr(0, c.what.find(' '))];
  }
  std::erase_if(changes, [](const Change& c) { return !c.module.empty(); });
  for (auto& [key, whole] : folded) {
    std::string with;
    for (const auto& [what, count] : counts[key.first])
      with +=
          fmt::format("{} {} {}{}", with.empty() ? "" : ",", count, what, count == 1 ? "" : "s");
    whole.how =
        fmt::format("{}, with{}", key.second == Direction::Wider ? "added" : "removed", with);
    changes.push_back(std::move(whole));
  }
}

}  // namespace

Diff diff_policies(Policy before, Policy after, bool& comparable,
                   const std::array<Origins, 2>& origins) {
  Diff diff;
  Shared shared;
  comparable = share_names(before, after, shared);
  if (!comparable) return diff;
  const Pair pair = pair_up(before, after, shared, origins);
  diff_access(pair, AccessKind::Allow, diff.allow, diff.changes);
  diff_access(pair, AccessKind::AuditAllow, diff.audit_allow, diff.changes);
  diff_access(pair, AccessKind::DontAudit, diff.dont_audit, diff.changes);
  diff_labelling(pair, diff);
  diff_constraints(pair, diff.changes);
  diff_authority(pair, diff);
  diff_vocabulary(pair, diff);
  count_attributes(pair, diff.attributes);
  fold_modules(diff.changes);
  std::ranges::stable_sort(diff.changes, {},
                           [](const Change& c) { return std::tie(c.of, c.direction); });
  return diff;
}

}  // namespace bh::selinux
