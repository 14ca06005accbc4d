#include "driver/pipeline/impact_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/base/nearest.h"

namespace bh {

// ---- names

static Result<void> add_named(const Model& model, std::string_view name,
                              std::set<ComponentId>& to) {
  const ComponentId component = model.find_component(name);
  if (component.valid()) {
    to.insert(component);
    return {};
  }
  std::vector<std::string_view> candidates;
  for (const Component& c : model.components) candidates.push_back(c.name);
  for (const Group& group : model.groups) {
    candidates.push_back(group.name);
    if (group.name != name) continue;
    to.insert(group.members.begin(), group.members.end());
    return {};
  }
  const std::string_view close = nearest(name, candidates);
  if (!close.empty()) {
    return fail(fmt::format("unknown component '{}'", name), fmt::format("write '{}'", close));
  }
  constexpr size_t Shown = 8;
  const bool more = candidates.size() > Shown;
  candidates.resize(std::min(candidates.size(), Shown));
  return fail(fmt::format("unknown component '{}'", name),
              fmt::format("policy '{}' has {}{}", model.name, fmt::join(candidates, ", "),
                          more ? ", .." : ""));
}

Result<std::vector<ComponentId>> find_compromised(const Model& model, std::string_view names) {
  std::set<ComponentId> found;
  while (true) {
    const size_t comma = std::min(names.find(','), names.size());
    std::string_view name = names.substr(0, comma);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (auto added = add_named(model, name, found); !added.has_value())
      return tl::unexpected(added.error());
    if (comma == names.size()) break;
    names.remove_prefix(comma + 1);
  }
  if (found.empty()) {
    return fail(fmt::format("group '{}' has no members", names), "name a component");
  }
  return std::vector<ComponentId>(found.begin(), found.end());
}

// ---- putting settings together

namespace {

// Adds what one setting has to what others had. `same` tells whether two entries speak of the same
// thing, `better` whether the new one is to be shown.
template <class T, class Key, class Better>
class Union {
 public:
  Union(Key key, Better better) : key_(key), better_(better) {}
  void add(uint32_t setting, const std::vector<T>& more) {
    for (const T& each : more) {
      const auto [at, is_new] = index_.try_emplace(key_(each), entries_.size());
      if (is_new) {
        entries_.push_back(each);
        entries_.back().settings.clear();
      } else if (better_(each, entries_[at->second])) {
        std::vector<uint32_t> settings = std::move(entries_[at->second].settings);
        entries_[at->second] = each;
        entries_[at->second].settings = std::move(settings);
      }
      entries_[at->second].settings.push_back(setting);
    }
  }
  template <class Before>
  std::vector<T> take(size_t settings, Before before) {
    for (T& entry : entries_) {
      if (entry.settings.size() == settings) entry.settings.clear();
    }
    std::sort(entries_.begin(), entries_.end(), before);
    return std::move(entries_);
  }

 private:
  Key key_;
  Better better_;
  std::map<std::invoke_result_t<Key, const T&>, size_t> index_;
  std::vector<T> entries_;
};

template <class T, class Key, class Better, class Before>
std::vector<T> unite(const std::vector<Impact>& all, std::vector<T> Impact::* list, Key key,
                     Better better, Before before) {
  Union<T, Key, Better> united(key, better);
  for (uint32_t i = 0; i < all.size(); ++i) united.add(i, all[i].*list);
  return united.take(all.size(), before);
}

std::vector<ImpactReach> unite_reaches(const std::vector<Impact>& all,
                                       std::vector<ImpactReach> Impact::* list) {
  return unite(
      all, list, [](const ImpactReach& r) { return r.component; },
      [](const ImpactReach& a, const ImpactReach& b) {
        return std::pair(!a.sure, a.steps) < std::pair(!b.sure, b.steps);
      },
      [](const ImpactReach& a, const ImpactReach& b) {
        return std::pair(a.steps, a.component) < std::pair(b.steps, b.component);
      });
}

std::vector<ImpactGuard> unite_guards(const std::vector<Impact>& all,
                                      std::vector<ImpactGuard> Impact::* list) {
  const auto key = [](const ImpactGuard& g) { return std::pair(g.release, g.component); };
  return unite(
      all, list, key, [](const ImpactGuard&, const ImpactGuard&) { return false; },
      [key](const ImpactGuard& a, const ImpactGuard& b) { return key(a) < key(b); });
}

void unite_properties(const std::vector<Impact>& all, Impact& to) {
  for (uint32_t setting = 1; setting < all.size(); ++setting) {
    for (size_t i = 0; i < to.properties.size(); ++i) {
      ImpactProperty& known = to.properties[i];
      const ImpactProperty& more = all[setting].properties[i];
      const Verdict before =
          badness(more.before) > badness(known.before) ? more.before : known.before;
      if (badness(more.after) > badness(known.after)) known = more;
      known.before = before;
    }
  }
  for (ImpactProperty& property : to.properties) {
    property.settings.clear();
    for (uint32_t setting = 0; setting < all.size(); ++setting) {
      for (const ImpactProperty& there : all[setting].properties) {
        if (there.property == property.property && there.after == property.after)
          property.settings.push_back(setting);
      }
    }
    if (property.settings.size() == all.size()) property.settings.clear();
  }
}

void unite_trusted(const std::vector<Impact>& all, Impact& to) {
  std::map<ComponentId, ImpactTrusted> united;
  for (const Impact& impact : all) {
    for (const ImpactTrusted& trusted : impact.trusted) {
      ImpactTrusted& known = united.try_emplace(trusted.component, trusted).first->second;
      known.how = std::max(known.how, trusted.how);
      for (const std::string& by : trusted.by) {
        if (std::find(known.by.begin(), known.by.end(), by) == known.by.end())
          known.by.push_back(by);
      }
    }
  }
  to.trusted.clear();
  for (auto& [component, trusted] : united) to.trusted.push_back(std::move(trusted));
}

void unite_rules(const std::vector<Impact>& all, size_t shown, Impact& to) {
  std::map<RuleId, ImpactRule> best;
  for (const Impact& impact : all) {
    for (const ImpactRule& rule : impact.rules) {
      ImpactRule& known = best.try_emplace(rule.rule, rule).first->second;
      if (std::pair(rule.components(), rule.requests) >
          std::pair(known.components(), known.requests)) {
        known = rule;
      }
    }
  }
  to.rules.clear();
  for (auto& [id, rule] : best) to.rules.push_back(std::move(rule));
  std::sort(to.rules.begin(), to.rules.end(),
            better);
  if (to.rules.size() > shown) to.rules.resize(shown);
}

Impact unite(const std::vector<Impact>& all, size_t rules_shown) {
  Impact result = all[0];
  if (all.size() == 1) return result;
  result.requests = unite(
      all, &Impact::requests,
      [](const ImpactRequest& r) { return std::tuple(r.subject, r.operation, r.region); },
      [](const ImpactRequest& a, const ImpactRequest& b) { return a.sure && !b.sure; },
      [](const ImpactRequest& a, const ImpactRequest& b) {
        return std::tuple(a.subject, a.operation, a.region) <
               std::tuple(b.subject, b.operation, b.region);
      });
  result.influenced = unite_reaches(all, &Impact::influenced);
  result.read = unite_reaches(all, &Impact::read);
  result.told = unite_reaches(all, &Impact::told);
  result.asked = unite(
      all, &Impact::asked, [](const ImpactAsked& a) { return a.component; },
      [](const ImpactAsked& a, const ImpactAsked& b) {
        return std::pair(!a.sure, a.steps) < std::pair(!b.sure, b.steps);
      },
      [](const ImpactAsked& a, const ImpactAsked& b) {
        return std::pair(a.steps, a.component) < std::pair(b.steps, b.component);
      });
  result.stopped = unite_guards(all, &Impact::stopped);
  result.voided = unite_guards(all, &Impact::voided);
  unite_properties(all, result);
  unite_trusted(all, result);
  unite_rules(all, rules_shown, result);
  for (const Impact& impact : all) {
    result.rules_untried = std::max(result.rules_untried, impact.rules_untried);
    result.undecided = result.undecided || impact.undecided;
    result.internal_error = result.internal_error || impact.internal_error;
  }
  return result;
}

void merge(std::vector<ImpactRank>& to, const std::vector<ImpactRank>& more) {
  std::map<ComponentId, ImpactRank*> known;
  for (ImpactRank& rank : to) known[rank.component] = &rank;
  for (const ImpactRank& rank : more) {
    ImpactRank& worst = *known.at(rank.component);
    worst.influenced = std::max(worst.influenced, rank.influenced);
    worst.steps = std::max(worst.steps, rank.steps);
    worst.asked = std::max(worst.asked, rank.asked);
    worst.read = std::max(worst.read, rank.read);
    worst.told = std::max(worst.told, rank.told);
    worst.trusted = std::max(worst.trusted, rank.trusted);
    for (size_t i = 0; i < worst.levels_read.size(); ++i)
      worst.levels_read[i] |= rank.levels_read[i];
    std::vector<PropertyId> properties;
    std::set_union(worst.properties.begin(), worst.properties.end(), rank.properties.begin(),
                   rank.properties.end(), std::back_inserter(properties));
    worst.properties = std::move(properties);
  }
}

// Calls `look(engine, graph)` for each setting and names it.
template <class Look>
Result<std::vector<std::string>> each_setting(const LoadedPolicy& policy, SettingsChosen chosen,
                                              Look look) {
  const CheckOptions options;
  const Model& model = **policy.model;
  if (count_entries(model) > options.entry_limit) {
    return fail(fmt::format("policy '{}' is too large: its rules speak of more than {} (rule, "
                            "subject, operation) triples",
                            model.name, options.entry_limit),
                "let fewer rules say `any`");
  }
  std::vector<Setting> settings = {setting_of(model)};
  if (chosen == SettingsChosen::All) settings = settings_of(model);
  std::vector<std::string> names;
  for (const Setting& setting : settings) {
    const CheckedModel compiled =
        setting == setting_of(model) ? *policy.model : model_for(policy, setting);
    Engine engine(compiled, options);
    look(engine, ImpactGraph(engine));
    names.push_back(print_setting(*compiled));
  }
  return names;
}

}  // namespace

Result<SettingsImpact> impact_settings(const LoadedPolicy& policy,
                                       const std::vector<ComponentId>& compromised,
                                       SettingsChosen chosen) {
  const ImpactOptions options;
  std::vector<Impact> all;
  const auto look = [&](Engine& engine, const ImpactGraph& graph) {
    all.push_back(find_impact(engine, graph, compromised, options));
  };
  auto settings = each_setting(policy, chosen, look);
  if (!settings.has_value()) return tl::unexpected(settings.error());
  return SettingsImpact{unite(all, options.rules_shown), std::move(*settings)};
}

Result<SettingsRanking> rank_settings(const LoadedPolicy& policy, SettingsChosen chosen,
                                      const std::function<void(size_t, size_t)>& progress) {
  constexpr size_t MostComponents = 16'384;  // rows of bits grow with the square
  const Model& model = **policy.model;
  if (model.components.size() > MostComponents) {
    return fail(fmt::format("policy '{}' has {} components; --all ranks at most {}", model.name,
                            model.components.size(), MostComponents),
                "name the components to look at: bulkhead impact NAME POLICY");
  }
  std::vector<ImpactRank> ranks;
  const auto look = [&](Engine& engine, const ImpactGraph& graph) {
    const std::vector<ImpactRank> more = rank_impacts(engine, graph, progress);
    if (ranks.empty()) {
      ranks = more;
    } else {
      merge(ranks, more);
    }
  };
  auto settings = each_setting(policy, chosen, look);
  if (!settings.has_value()) return tl::unexpected(settings.error());
  sort_ranks(ranks);
  return SettingsRanking{std::move(ranks), std::move(*settings)};
}

}  // namespace bh
