#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/base/hash.h"
#include "targets/selinux/diff_parts.h"

namespace bh::selinux {
namespace {

// The types of each attribute that both policies have.
std::vector<Numbers> common_extents(const Policy& policy, const Shared& shared) {
  std::vector<Numbers> extents;
  for (const Attribute& attribute : policy.attributes) {
    Numbers& extent = extents.emplace_back();
    for (uint32_t type : attribute.types) {
      if (shared.types[Before][type] && shared.types[After][type]) extent.push_back(type);
    }
  }
  return extents;
}

// Equal types first, so that the made-up names of compilers do not mislead; then equal names,
// unless the extents have nothing in common.
void match_attributes(Pair& pair) {
  const std::vector<Numbers> old_extents = common_extents(*pair.policies[Before], *pair.shared);
  const std::vector<Numbers> new_extents = common_extents(*pair.policies[After], *pair.shared);
  const auto& olds = pair.policies[Before]->attributes;
  const auto& news = pair.policies[After]->attributes;
  pair.partner = {std::vector<uint32_t>(olds.size(), None),
                  std::vector<uint32_t>(news.size(), None)};
  const auto match = [&](auto fits) {
    for (uint32_t i = 0; i < olds.size(); ++i) {
      for (uint32_t k = 0; k < news.size() && pair.partner[Before][i] == None; ++k) {
        if (pair.partner[After][k] != None || !fits(i, k)) continue;
        pair.partner[Before][i] = k;
        pair.partner[After][k] = i;
      }
    }
  };
  const auto same_name = [&](uint32_t i, uint32_t k) { return olds[i].name == news[k].name; };
  const auto same_types = [&](uint32_t i, uint32_t k) { return old_extents[i] == new_extents[k]; };
  match([&](uint32_t i, uint32_t k) { return same_name(i, k) && same_types(i, k); });
  match([&](uint32_t i, uint32_t k) { return !old_extents[i].empty() && same_types(i, k); });
  match([&](uint32_t i, uint32_t k) {
    Numbers both;
    std::ranges::set_intersection(old_extents[i], new_extents[k], std::back_inserter(both));
    return same_name(i, k) &&
           2 * both.size() >= std::max(old_extents[i].size(), new_extents[k].size());
  });
}

// The meaning of a condition: its booleans, in order of their numbers, and its value for each of
// their values; of one with too many booleans, its text.
std::string meaning(const Policy& policy, const BoolExpr& expr, bool must_hold) {
  constexpr size_t MostBools = 12;
  std::set<uint32_t> used;
  for (const BoolTerm& term : expr) {
    if (term.op == BoolOp::Value) used.insert(term.value);
  }
  if (used.size() > MostBools) return fmt::format("{}{}", must_hold, print(policy, expr));
  const Numbers bools(used.begin(), used.end());
  std::string text;
  for (uint32_t b : bools) text += fmt::format("{} ", b);
  std::vector<bool> values(policy.bools.size());
  for (size_t row = 0; row < size_t{1} << bools.size(); ++row) {
    for (size_t i = 0; i < bools.size(); ++i) values[bools[i]] = (row >> i & 1) != 0;
    text += holds(expr, values) == must_hold ? '1' : '0';
  }
  return text;
}

void number_conditions(Pair& pair) {
  std::map<std::string, uint32_t> layers;
  pair.layer_text = {""};
  for (const Version version : {Before, After}) {
    const Policy& policy = *pair.policies[version];
    for (uint32_t i = 0; i < policy.conditions.size(); ++i) {
      auto& numbers = pair.layer[version].emplace_back();
      for (const bool must_hold : {false, true}) {
        const auto [at, added] = layers.emplace(meaning(policy, policy.conditions[i], must_hold),
                                                static_cast<uint32_t>(pair.layer_text.size()));
        if (added) pair.layer_text.push_back(print(policy, Branch{i, must_hold}));
        numbers[must_hold ? 1 : 0] = at->second;
      }
    }
  }
}

std::string join(const std::vector<std::string>& names) {
  if (names.size() == 1) return names[0];
  std::string text = "{ ";
  for (const std::string& name : names) text += name + ' ';
  return text + "}";
}

struct Group {
  std::array<std::vector<std::string>, 3> parts;  // sources, targets, whats
  Line rest;
  std::set<std::string> where;
};

// Joins groups that differ in one part alone.
void merge(std::vector<Group>& groups, size_t part) {
  std::map<std::tuple<std::array<std::vector<std::string>, 3>, std::string, std::string, Direction>,
           size_t>
      seen;
  std::vector<Group> merged;
  for (Group& group : groups) {
    auto key = std::tuple(group.parts, group.rest.how, group.rest.condition, group.rest.direction);
    std::get<0>(key)[part].clear();
    const auto [at, added] = seen.emplace(std::move(key), merged.size());
    if (added) {
      merged.push_back(std::move(group));
      continue;
    }
    Group& into = merged[at->second];
    auto& names = into.parts[part];
    names.insert(names.end(), group.parts[part].begin(), group.parts[part].end());
    into.where.merge(group.where);
    into.rest.cells += group.rest.cells;
    into.rest.digest += group.rest.digest;
  }
  for (Group& group : merged) {
    auto& names = group.parts[part];
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
  }
  groups = std::move(merged);
}

}  // namespace

void Pair::locate(Version version, std::string_view what, const std::string& name,
                  Change& to) const {
  const Origins& own = (*origins)[version];
  const Origins& others = (*origins)[version == Before ? After : Before];
  const Origins::Place place = own.declaration(what, name);
  if (!place.found()) return;
  to.where = {own.print(place)};
  if (same_modules && !others.has_module(own.module(place))) to.module = own.module(place);
}

Pair pair_up(const Policy& before, const Policy& after, const Shared& shared,
             const std::array<Origins, 2>& origins) {
  Pair pair;
  pair.policies = {&before, &after};
  pair.shared = &shared;
  pair.origins = &origins;
  pair.same_modules = origins[Before].shares_modules(origins[After]);
  match_attributes(pair);
  for (const Version version : {Before, After}) {
    for (const Attribute& attribute : pair.policies[version]->attributes) {
      auto& members = pair.member[version].emplace_back(before.types.size(), false);
      for (uint32_t type : attribute.types) members[type] = true;
    }
  }
  for (const Type& type : before.types) pair.type_hash.push_back(fnv1a(type.name));
  number_conditions(pair);
  return pair;
}

void add_grouped(std::vector<Line> lines, ChangeOf of, std::vector<Change>& to) {
  std::vector<Group> groups;
  for (Line& line : lines) {
    Group& group = groups.emplace_back();
    group.parts = {std::vector{line.source}, std::vector{line.target}, std::vector{line.what}};
    if (!line.where.empty()) group.where = {line.where};
    group.rest = std::move(line);
  }
  for (size_t part = 0; part < 3; ++part) merge(groups, part);
  std::vector<Change> changes;
  for (const Group& group : groups) {
    std::string what = fmt::format("{} -> {} : ", join(group.parts[0]), join(group.parts[1]));
    for (size_t i = 0; i < group.parts[2].size(); ++i)
      what += (i == 0 ? "" : ", ") + group.parts[2][i];
    changes.push_back({of,
                       group.rest.direction,
                       what + group.rest.condition,
                       group.rest.how,
                       group.rest.cells,
                       group.rest.example,
                       group.rest.digest,
                       {group.where.begin(), group.where.end()}});
  }
  std::ranges::sort(changes, {},
                    [](const Change& c) { return std::tie(c.direction, c.what, c.how); });
  to.insert(to.end(), changes.begin(), changes.end());
}

}  // namespace bh::selinux
