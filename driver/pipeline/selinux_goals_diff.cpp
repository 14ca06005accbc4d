#include "driver/pipeline/selinux_goals_diff.h"

#include <fmt/format.h>

#include <map>

#include "core/base/sha256.h"
#include "driver/pipeline/selinux_goals.h"

namespace bh {
namespace {

std::string loud(Verdict verdict) {
  return verdict == Verdict::Violated ? "VIOLATED" : print(verdict);
}

// By name: what a policy's properties come to.
std::map<std::string, Verdict> verdicts(const LoadedPolicy& goals, const CheckResult& result) {
  std::map<std::string, Verdict> by_name;
  for (const PropertyVerdict& v : result.properties)
    by_name.emplace((**goals.model).properties[v.property].name, v.verdict);
  return by_name;
}

// What a check says of the property: the finding, then how it comes about.
std::vector<std::string> findings_of(const LoadedPolicy& goals, const Property& property) {
  std::vector<std::string> lines;
  for (const Diagnostic& finding : goals.sink.diagnostics()) {
    if (finding.span != property.span || finding.severity == Severity::Warning) continue;
    lines.push_back(finding.message);
    lines.insert(lines.end(), finding.notes.begin(), finding.notes.end());
  }
  return lines;
}

}  // namespace

Result<GoalsDiff> diff_goals(const selinux::Policy& before, const selinux::Policy& after,
                             const std::vector<std::string>& paths, const selinux::FlowMap& map) {
  BH_TRY(LoadedPolicy now, load_goals(after, paths));
  GoalsDiff diff;
  if (!now.model) {
    diff.mistaken = std::move(now);
    return diff;
  }
  BH_TRY(LoadedPolicy then, load_goals(before, paths));
  std::map<std::string, Verdict> was;
  if (then.model) was = verdicts(then, check_goals(then, before, map));

  const CheckResult result = check_goals(now, after, map);
  const Model& model = **now.model;
  for (const PropertyVerdict& is : result.properties) {
    const Property& property = model.properties[is.property];
    ++diff.asked;
    if (is.verdict == Verdict::Unknown)
      diff.unknown.push_back(fmt::format("'{}': {}", property.name, is.reason));
    const auto old = was.find(property.name);
    const bool known = old != was.end();
    if (known && old->second == is.verdict) continue;
    if (!known && is.verdict == Verdict::Proved) continue;
    PolicyChange& change = diff.changes.emplace_back();
    change.kind = ChangeKind::Property;
    change.worse = !known || badness(is.verdict) > badness(old->second);
    change.what = property.name;
    const std::string how = known ? fmt::format("{} -> {}", print(old->second), loud(is.verdict))
                                  : fmt::format("(names that it does not have) -> {}", loud(is.verdict));
    change.causes = {{DiffSide::After, property.span, "", how}};
    change.path = findings_of(now, property);
    std::string meaning = property.name + "\n" + how;
    for (const std::string& line : change.path) meaning += "\n" + line;
    change.id = print(sha256(meaning)).substr(0, 12);
  }
  return diff;
}

}  // namespace bh
