#include "driver/pipeline/impact_what_if.h"

#include <algorithm>
#include <map>

namespace bh {

namespace {

// What one request may carry, in the words of its policy.
struct GrantedRegion {
  OperationId operation;
  ConditionId when;  // of arguments within their types
};

// By "Parser -> Network.link.send": what some setting grants.
struct GrantedRegions {
  Conditions conditions;
  std::map<std::string, GrantedRegion> by_request;
};

GrantedRegions regions_of(const LoadedPolicy& policy, const std::vector<ComponentId>& compromised,
                          SettingsChosen chosen, const Impact& impact) {
  GrantedRegions result;
  const Model& model = **policy.model;
  std::vector<Setting> settings = {setting_of(model)};
  if (chosen == SettingsChosen::All) settings = settings_of(model);
  for (const Setting& setting : settings) {
    const CheckedModel compiled = model_for(policy, setting);
    const CheckOptions options;
    Engine engine(compiled, options);
    for (const ImpactRequest& request : impact.requests) {
      if (std::find(compromised.begin(), compromised.end(), request.subject) == compromised.end())
        continue;
      const MatrixCell* cell = engine.matrix.find(request.subject, request.operation);
      if (cell == nullptr || engine.can_be_granted(*cell) == Can::No) continue;
      const ConditionId when =
          export_region(engine.questions.exprs(cell->signature), cell->granted, result.conditions);
      const std::string name =
          model.components[request.subject].name + " -> " + print(model, request.operation);
      const auto [at, is_new] =
          result.by_request.try_emplace(name, GrantedRegion{request.operation, when});
      if (!is_new) at->second.when = result.conditions.any_of({at->second.when, when});
    }
  }
  return result;
}

// Whether words mean the same in both.
bool same_words(const Model& a, OperationId of_a, const Model& b, OperationId of_b) {
  const std::vector<Parameter>& here = a.method_of(of_a).parameters;
  const std::vector<Parameter>& there = b.method_of(of_b).parameters;
  return std::equal(here.begin(), here.end(), there.begin(), there.end(),
                    [&](const Parameter& x, const Parameter& y) {
                      const Type& left = a.types[x.type];
                      const Type& right = b.types[y.type];
                      return x.name == y.name && left.kind == right.kind &&
                             left.enumerators == right.enumerators;
                    });
}

class RegionComparison {
 public:
  RegionComparison(const Model& here, const GrantedRegions& regions, const Model& there,
                   const GrantedRegions& others)
      : here_(here), regions_(regions), there_(there), others_(others), questions_(Budget) {}

  struct Excess {
    std::optional<std::string> region;
    bool undecided = false;
  };

  // What is granted here and not there.
  Excess excess(const std::string& request) {
    const auto mine = regions_.by_request.find(request);
    if (mine == regions_.by_request.end()) return {};
    const OperationId operation = mine->second.operation;
    const SignatureId signature =
        questions_.signature_of(here_, here_.operations[operation].method);
    smt::Exprs& exprs = questions_.exprs(signature);
    smt::ExprId excess = exprs.import(regions_.conditions, mine->second.when);
    const auto other = others_.by_request.find(request);
    if (other != others_.by_request.end() &&
        same_words(here_, operation, there_, other->second.operation)) {
      excess = exprs.without(excess, known(exprs, other->second));
    }
    Excess result;
    switch (questions_.never(signature, excess)) {
      case smt::AnswerKind::Holds:
        return result;
      case smt::AnswerKind::Unknown:
        result.undecided = true;
        break;
      case smt::AnswerKind::Violated:
        break;
    }
    result.region = print_region(here_, operation, exprs, excess);
    return result;
  }

 private:
  static constexpr uint64_t Budget = CheckOptions().rlimit;

  // The other side's region, within the types of that side.
  smt::ExprId known(smt::Exprs& exprs, const GrantedRegion& region) {
    std::vector<smt::ExprId> parts = {exprs.import(others_.conditions, region.when)};
    const std::vector<Parameter>& parameters = there_.method_of(region.operation).parameters;
    for (uint32_t i = 0; i < parameters.size(); ++i)
      parts.push_back(exprs.in(i, there_.types[parameters[i].type].domain));
    return exprs.all_of(std::move(parts));
  }

  const Model& here_;
  const GrantedRegions& regions_;
  const Model& there_;
  const GrantedRegions& others_;
  Questions questions_;
};

using ReachKey = std::pair<ImpactWay, std::string>;

std::map<ReachKey, uint32_t> reaches_of(const Model& model, const Impact& impact) {
  std::map<ReachKey, uint32_t> result;
  const auto add = [&](ImpactWay way, const std::vector<ImpactReach>& list) {
    for (const ImpactReach& reach : list)
      result[{way, model.components[reach.component].name}] = reach.steps;
  };
  add(ImpactWay::Influenced, impact.influenced);
  add(ImpactWay::Read, impact.read);
  add(ImpactWay::Told, impact.told);
  for (const ImpactAsked& asked : impact.asked)
    result[{ImpactWay::Asked, model.components[asked.component].name}] = asked.steps;
  return result;
}

std::map<std::string, Verdict> fates_of(const Model& model, const Impact& impact) {
  std::map<std::string, Verdict> result;
  for (const ImpactProperty& property : impact.properties)
    result[model.properties[property.property].name] = property.after;
  return result;
}

// Calls `differ(key, before, after)` for each key of either map, in order, with pointers to its
// values or nothing.
template <class Map, class Differ>
void each_key(const Map& before, const Map& after, Differ differ) {
  auto a = before.begin();
  auto b = after.begin();
  while (a != before.end() || b != after.end()) {
    const bool left = b == after.end() || (a != before.end() && a->first <= b->first);
    const bool right = a == before.end() || (b != after.end() && b->first <= a->first);
    differ(left ? a->first : b->first, left ? &a->second : nullptr, right ? &b->second : nullptr);
    if (left) ++a;
    if (right) ++b;
  }
}

template <class T>
std::optional<T> value_of(const T* at) {
  return at == nullptr ? std::nullopt : std::optional<T>(*at);
}

}  // namespace

bool ImpactChange::grows() const {
  return std::any_of(requests.begin(), requests.end(),
                     [](const RequestChange& change) { return change.more.has_value(); }) ||
         std::any_of(reaches.begin(), reaches.end(),
                     [](const ReachChange& change) { return !change.before; }) ||
         std::any_of(properties.begin(), properties.end(), [](const FateChange& change) {
           return change.after == Verdict::Violated && change.before != Verdict::Violated;
         });
}

Result<ImpactChange> compare_impacts(const LoadedPolicy& before, const LoadedPolicy& after,
                                     std::string_view names, SettingsChosen chosen) {
  const Model& old_model = **before.model;
  const Model& new_model = **after.model;
  BH_TRY(const std::vector<ComponentId> old_ids, find_compromised(old_model, names));
  const Result<std::vector<ComponentId>> found = find_compromised(new_model, names);
  if (!found.has_value())
    return fail("in the edited policy: " + found.error().message, found.error().hint);
  const std::vector<ComponentId>& new_ids = *found;
  ImpactChange change;
  BH_TRY(change.before, impact_settings(before, old_ids, chosen));
  BH_TRY(change.after, impact_settings(after, new_ids, chosen));
  change.undecided = change.before.impact.undecided || change.after.impact.undecided;

  const GrantedRegions old_regions = regions_of(before, old_ids, chosen, change.before.impact);
  const GrantedRegions new_regions = regions_of(after, new_ids, chosen, change.after.impact);
  RegionComparison more(new_model, new_regions, old_model, old_regions);
  RegionComparison less(old_model, old_regions, new_model, new_regions);
  each_key(old_regions.by_request, new_regions.by_request,
           [&](const std::string& request, const GrantedRegion*, const GrantedRegion*) {
             RegionComparison::Excess gained = more.excess(request);
             RegionComparison::Excess lost = less.excess(request);
             const bool undecided = gained.undecided || lost.undecided;
             change.undecided = change.undecided || undecided;
             if (gained.region || lost.region)
               change.requests.push_back(
                   {request, std::move(gained.region), std::move(lost.region), undecided});
           });
  each_key(reaches_of(old_model, change.before.impact), reaches_of(new_model, change.after.impact),
           [&](const ReachKey& key, const uint32_t* was, const uint32_t* is) {
             if (was == nullptr || is == nullptr || *was != *is)
               change.reaches.push_back({key.first, key.second, value_of(was), value_of(is)});
           });
  each_key(fates_of(old_model, change.before.impact), fates_of(new_model, change.after.impact),
           [&](const std::string& name, const Verdict* was, const Verdict* is) {
             if (was == nullptr || is == nullptr || *was != *is)
               change.properties.push_back({name, value_of(was), value_of(is)});
           });
  return change;
}

}  // namespace bh
