#include "targets/selinux/grouping.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace bh {
namespace {

void add_once(std::vector<std::string>& list, const std::vector<std::string>& more) {
  for (const std::string& value : more) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
  }
}

// A rule for each source, target, class and set of settings.
std::vector<GroupedRule> by_types(const std::vector<SelinuxPlan::Access>& accesses) {
  using Key = std::tuple<std::string, std::string, std::string, SettingSet>;
  std::vector<GroupedRule> rules;
  std::map<Key, size_t> index;
  for (const SelinuxPlan::Access& access : accesses) {
    const TeFact& fact = access.fact;
    const auto [at, added] =
        index.emplace(Key(fact.source, fact.target, fact.object_class, access.where), rules.size());
    if (added) rules.push_back({fact.source, fact.target, fact.object_class, {}, access.where, {}});
    rules[at->second].permissions.push_back(fact.permission);
    add_once(rules[at->second].reasons, access.reasons);
  }
  return rules;
}

// Joins the rules that differ in `side` alone, where they are those of a whole group.
class Side {
 public:
  Side(std::vector<GroupedRule> rules, std::string GroupedRule::* side,
       std::string GroupedRule::* other)
      : rules_(rules.begin(), rules.end()), side_(side), other_(other) {}

  std::vector<GroupedRule> join(const std::vector<TypeGroup>& groups) {
    using Key = std::tuple<std::string, std::string, std::vector<std::string>, SettingSet>;
    std::map<Key, Places> alike;
    for (size_t i = 0; i < rules_.size(); ++i) {
      const GroupedRule& rule = *rules_[i];
      alike[Key(rule.*other_, rule.object_class, rule.permissions, rule.where)].emplace(rule.*side_,
                                                                                        i);
    }
    for (const auto& [key, places] : alike) {
      for (const TypeGroup& group : groups) join(group, places);
    }
    std::vector<GroupedRule> result;
    for (std::optional<GroupedRule>& rule : rules_) {
      if (rule) result.push_back(std::move(*rule));
    }
    return result;
  }

 private:
  using Places = std::map<std::string, size_t>;  // of the rules, by their type

  // Where no more than one rule would go away, the group is not worth its name.
  void join(const TypeGroup& group, const Places& places) {
    if (places.size() < group.types.size()) return;
    std::vector<size_t> left;
    for (const std::string& type : group.types) {
      const auto at = places.find(type);
      if (at == places.end()) return;
      if (rules_[at->second] && (*rules_[at->second]).*side_ == type) left.push_back(at->second);
    }
    if (left.size() < 2) return;
    GroupedRule& first = *rules_[*std::min_element(left.begin(), left.end())];
    for (size_t i : left) add_once(first.reasons, rules_[i]->reasons);
    first.*side_ = group.attribute;
    for (size_t i : left) {
      if (&*rules_[i] != &first) rules_[i].reset();
    }
  }

  std::vector<std::optional<GroupedRule>> rules_;
  std::string GroupedRule::* side_;
  std::string GroupedRule::* other_;
};

// Rules between each of some types and each of others.
struct Rectangle {
  std::vector<std::string> sources;
  std::vector<std::string> targets;
  std::vector<size_t> rules;
};

// The targets that are reached from the same sources, together.
std::vector<Rectangle> rectangles(const std::vector<GroupedRule>& rules) {
  using What = std::tuple<std::string, std::vector<std::string>, std::vector<std::string>>;
  const auto what = [&](size_t i) {
    return What(rules[i].object_class, rules[i].permissions, rules[i].reasons);
  };
  std::map<std::pair<What, std::string>, Rectangle> columns;
  for (size_t i = 0; i < rules.size(); ++i) {
    Rectangle& column = columns[{what(i), rules[i].target}];
    column.sources.push_back(rules[i].source);
    column.rules.push_back(i);
  }
  std::map<std::pair<What, std::vector<std::string>>, Rectangle> found;
  for (auto& [key, column] : columns) {
    std::ranges::sort(column.sources);
    Rectangle& rectangle = found[{key.first, column.sources}];
    rectangle.sources = std::move(column.sources);
    rectangle.targets.push_back(key.second);
    rectangle.rules.insert(rectangle.rules.end(), column.rules.begin(), column.rules.end());
  }
  std::vector<Rectangle> result;
  for (auto& [key, rectangle] : found) {
    std::ranges::sort(rectangle.rules);
    result.push_back(std::move(rectangle));
  }
  std::ranges::sort(result, {}, [](const Rectangle& r) { return r.rules.front(); });
  return result;
}

}  // namespace

std::vector<GroupedRule> grouped(const std::vector<SelinuxPlan::Access>& accesses,
                                 const std::vector<TypeGroup>& groups) {
  std::vector<TypeGroup> largest_first = groups;
  std::stable_sort(
      largest_first.begin(), largest_first.end(),
      [](const TypeGroup& a, const TypeGroup& b) { return a.types.size() > b.types.size(); });
  std::vector<GroupedRule> rules = by_types(accesses);
  rules = Side(std::move(rules), &GroupedRule::source, &GroupedRule::target).join(largest_first);
  return Side(std::move(rules), &GroupedRule::target, &GroupedRule::source).join(largest_first);
}

JoinedRules joined(std::vector<GroupedRule> rules, const std::function<std::string(size_t)>& name) {
  constexpr size_t Declaration = 3;  // statements of an attribute: itself, its types, its fate
  JoinedRules result;
  std::map<std::vector<std::string>, std::string> named;
  const auto is_new = [&](const std::vector<std::string>& set) {
    return set.size() > 1 && !named.contains(set);
  };
  const auto name_of = [&](const std::vector<std::string>& set) {
    if (set.size() == 1) return set.front();
    if (is_new(set)) {
      result.sets.push_back({name(result.sets.size()), set});
      named[set] = result.sets.back().attribute;
    }
    return named[set];
  };
  std::set<size_t> gone;
  for (const Rectangle& each : rectangles(rules)) {
    const bool same = each.sources == each.targets;
    const size_t sets = size_t{is_new(each.sources)} + size_t{is_new(each.targets) && !same};
    if (1 + sets * Declaration >= each.rules.size()) continue;
    rules[each.rules.front()].source = name_of(each.sources);
    rules[each.rules.front()].target = name_of(each.targets);
    gone.insert(each.rules.begin() + 1, each.rules.end());
  }
  for (size_t i = 0; i < rules.size(); ++i) {
    if (!gone.contains(i)) result.rules.push_back(std::move(rules[i]));
  }
  return result;
}

}  // namespace bh
