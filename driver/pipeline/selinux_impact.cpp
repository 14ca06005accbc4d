#include "driver/pipeline/selinux_impact.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "targets/selinux/relation.h"

namespace bh {
namespace {

using selinux::None;
using selinux::Numbers;
using selinux::Policy;
using selinux::TypeSet;

// The types and attributes that the text names.
Result<Numbers> types_of(const Policy& policy, std::string_view text) {
  TypeSet set(policy.types.size());
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view name = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const uint32_t type = policy.find_type(name);
    const auto attribute = std::ranges::find(policy.attributes, name, &selinux::Attribute::name);
    if (type == None && attribute == policy.attributes.end())
      return fail(fmt::format("the policy has no type or attribute '{}'", name));
    if (type != None) set.add(type);
    if (type != None) continue;
    for (uint32_t member : attribute->types) set.add(member);
  }
  return set.numbers();
}

SelinuxReach reach_of(const Policy& policy, const std::vector<uint32_t>& distances) {
  SelinuxReach reach;
  for (uint32_t type = 0; type < distances.size(); ++type) {
    if (distances[type] == None || distances[type] == 0) continue;
    ++reach.all;
    reach.steps = std::max(reach.steps, distances[type]);
    if (distances[type] != 1) continue;
    reach.direct.push_back(type);
    reach.unconfined += is_unconfined(policy, type) ? 1 : 0;
  }
  return reach;
}

void count_own(const Policy& policy, SelinuxImpact& impact) {
  selinux::Relation relation(policy, selinux::AccessKind::Allow, selinux::InForce::Sometimes);
  const uint32_t process = policy.find_class("process");
  const uint32_t entering = process == None
                                ? 0
                                : permission_bit(policy.classes[process], "transition") |
                                      permission_bit(policy.classes[process], "dyntransition");
  TypeSet enters(policy.types.size());
  for (uint32_t type : impact.types) {
    impact.permissive = impact.permissive || policy.types[type].permissive;
    for (const selinux::Cell& cell : relation.row(type)) {
      ++impact.cells;
      impact.permissions += static_cast<uint64_t>(std::popcount(cell.permissions));
      if (cell.object_class == process && (cell.permissions & entering) != 0 && cell.target != type)
        enters.add(cell.target);
    }
  }
  impact.enters = enters.numbers();
}

std::string print_reach(const Policy& policy, std::string_view word, const SelinuxReach& reach) {
  constexpr size_t MostNames = 12;
  Numbers confined;
  for (uint32_t type : reach.direct) {
    if (!is_unconfined(policy, type)) confined.push_back(type);
  }
  return fmt::format(
      "  {:<14} {} types directly, {} of them unconfined; {} in at most {} steps\n{:<17}{}\n", word,
      reach.direct.size(), reach.unconfined, reach.all, reach.steps, "",
      print_types(policy, confined, MostNames));
}

}  // namespace

Result<SelinuxImpact> selinux_impact(const Policy& policy, const selinux::FlowMap& map,
                                     const std::string& what) {
  SelinuxImpact impact;
  impact.what = what;
  BH_TRY(impact.types, types_of(policy, what));
  if (impact.types.empty()) return fail(fmt::format("'{}' stands for no type", what));
  const selinux::FlowGraph graph(policy, map);
  for (const selinux::Directions& d : graph.directions())
    impact.unknown += static_cast<size_t>(std::popcount(d.unknown));
  const TypeSet start(policy.types.size(), impact.types);
  impact.to = reach_of(policy, graph.distances(start));
  impact.from = reach_of(policy, graph.distances_to(start));
  count_own(policy, impact);
  return impact;
}

std::string print_types(const Policy& policy, const Numbers& types, size_t most) {
  std::string text;
  for (size_t i = 0; i < types.size() && i < most; ++i)
    text += fmt::format("{}{}", i == 0 ? "" : ", ", policy.types[types[i]].name);
  if (types.size() > most) text += fmt::format(" and {} more", types.size() - most);
  return text;
}

std::string print_impact(const Policy& policy, const SelinuxImpact& impact) {
  constexpr size_t MostNames = 30;
  std::string text = fmt::format(
      "break-in at {}, whatever the booleans; constraints are not looked at\n", impact.what);
  if (impact.permissive)
    text +=
        "  a type is permissive: nothing is enforced for it, so it counts as able to do anything\n";
  text += fmt::format("  {:<14} {} permissions in {} cells (target, class)\n", "asks",
                      impact.permissions, impact.cells);
  text += print_reach(policy, "influences", impact.to);
  text += print_reach(policy, "learns from", impact.from);
  text += fmt::format(
      "  {:<14} {}\n", "turns into",
      impact.enters.empty() ? "nothing else" : print_types(policy, impact.enters, MostNames));
  if (impact.unknown > 0)
    text += fmt::format("  {} permissions are not in the flow map and count in both directions\n",
                        impact.unknown);
  return text;
}

std::string impact_json(const Policy& policy, const SelinuxImpact& impact) {
  using Json = nlohmann::ordered_json;
  const auto list = [&](const Numbers& types) {
    Json array = Json::array();
    for (uint32_t type : types) array.push_back(policy.types[type].name);
    return array;
  };
  const auto reach = [&](const SelinuxReach& r) {
    return Json{{"direct", list(r.direct)},
                {"unconfined", r.unconfined},
                {"all", r.all},
                {"steps", r.steps}};
  };
  const Json json = {{"version", 1},
                     {"at", list(impact.types)},
                     {"permissive", impact.permissive},
                     {"cells", impact.cells},
                     {"permissions", impact.permissions},
                     {"influences", reach(impact.to)},
                     {"learns_from", reach(impact.from)},
                     {"turns_into", list(impact.enters)},
                     {"unknown_permissions", impact.unknown}};
  return json.dump(2) + "\n";
}

}  // namespace bh
