#include "targets/selinux/align.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <unordered_map>

namespace bh::selinux {
namespace {

using Map = std::vector<uint32_t>;  // old number -> new number

template <class Named>
Named nothing_but(const std::string& name) {
  Named named;
  named.name = name;
  return named;
}

// The names of `before`, then those of `after` that it lacks; `map` says where those of `after`
// went.
template <class Named>
void unite(std::vector<Named>& before, std::vector<Named>& after, Map& map,
           Shared::Present& present) {
  std::unordered_map<std::string_view, uint32_t> numbers;
  for (const Named& named : before) numbers.emplace(named.name, numbers.size());
  std::vector<Named> all;
  for (const Named& named : before) all.push_back(nothing_but<Named>(named.name));
  present[0].assign(before.size(), true);
  present[1].assign(before.size(), false);
  for (const Named& named : after) {
    const auto [at, added] = numbers.emplace(named.name, static_cast<uint32_t>(all.size()));
    if (added) {
      all.push_back(nothing_but<Named>(named.name));
      present[0].push_back(false);
      present[1].push_back(false);
    }
    present[1][at->second] = true;
    map.push_back(at->second);
  }
  std::vector<Named> moved = all;
  for (size_t i = 0; i < after.size(); ++i) moved[map[i]] = std::move(after[i]);
  after = std::move(moved);
  for (size_t i = before.size(); i < all.size(); ++i) before.push_back(std::move(all[i]));
}

void renumber(Numbers& numbers, const Map& map) {
  for (uint32_t& number : numbers) number = map[number];
  std::ranges::sort(numbers);
}

uint32_t renumber_bits(uint32_t bits, const Map& map) {
  uint32_t moved = 0;
  for (; bits != 0; bits &= bits - 1) {
    const auto bit = static_cast<size_t>(std::countr_zero(bits));
    if (bit < map.size()) moved |= uint32_t{1} << map[bit];
  }
  return moved;
}

// All that a policy's numbers turn into.
struct Maps {
  Map types, classes, bools, roles, users, sensitivities, categories;
  std::vector<Map> permissions;  // by class, new number
  size_t types_before = 0;       // how many there were, and are
  size_t types_now = 0;

  SetId set(SetId id) const {
    if (id < types_before) return types[id];
    return static_cast<SetId>(id - types_before + types_now);
  }
};

class Renumbering {
 public:
  Renumbering(Policy& policy, const Maps& maps) : policy_(policy), maps_(maps) {}

  void run() {
    for (Type& type : policy_.types) {
      if (type.bounds != None) type.bounds = maps_.types[type.bounds];
    }
    for (Attribute& attribute : policy_.attributes) renumber(attribute.types, maps_.types);
    for (size_t i = 0; i < policy_.classes.size(); ++i) {
      constraints(policy_.classes[i].constraints, maps_.permissions[i]);
      constraints(policy_.classes[i].transitions, maps_.permissions[i]);
    }
    for (BoolExpr& expr : policy_.conditions) {
      for (BoolTerm& term : expr) {
        if (term.op == BoolOp::Value) term.value = maps_.bools[term.value];
      }
    }
    rules();
    roles_and_users();
  }

 private:
  void constraints(std::vector<Constraint>& all, const Map& permissions) {
    for (Constraint& constraint : all) {
      constraint.permissions = renumber_bits(constraint.permissions, permissions);
      for (ConstraintTerm& term : constraint.expr) {
        renumber(term.names, term.part == Part::User   ? maps_.users
                             : term.part == Part::Role ? maps_.roles
                                                       : maps_.types);
      }
    }
  }

  void place(auto& rule) {
    rule.source = maps_.set(rule.source);
    rule.target = maps_.set(rule.target);
    rule.object_class = maps_.classes[rule.object_class];
  }

  void rules() {
    for (AccessRule& rule : policy_.access) {
      place(rule);
      rule.permissions = renumber_bits(rule.permissions, maps_.permissions[rule.object_class]);
    }
    for (ExtendedRule& rule : policy_.extended) place(rule);
    for (TypeRule& rule : policy_.type_rules) {
      place(rule);
      rule.result = maps_.types[rule.result];
    }
    for (NamedTransition& t : policy_.named_transitions) {
      renumber(t.sources, maps_.types);
      t.target = maps_.types[t.target];
      t.object_class = maps_.classes[t.object_class];
      t.result = maps_.types[t.result];
    }
    for (RangeTransition& t : policy_.range_transitions) {
      place(t);
      range(t.range);
    }
  }

  void level(Level& l) {
    if (policy_.mls) l.sensitivity = maps_.sensitivities[l.sensitivity];
    renumber(l.categories, maps_.categories);
  }
  void range(Range& r) {
    level(r.low);
    level(r.high);
  }

  void roles_and_users() {
    for (Sensitivity& s : policy_.sensitivities) renumber(s.categories, maps_.categories);
    for (Role& role : policy_.roles) renumber(role.types, maps_.types);
    for (RoleAllow& allow : policy_.role_allows)
      allow = {maps_.roles[allow.from], maps_.roles[allow.to]};
    for (RoleTransition& t : policy_.role_transitions) {
      t = {maps_.roles[t.role], maps_.set(t.target), maps_.classes[t.object_class],
           maps_.roles[t.result]};
    }
    std::ranges::sort(policy_.role_allows);
    std::ranges::sort(policy_.role_transitions);
    for (User& user : policy_.users) {
      renumber(user.roles, maps_.roles);
      range(user.range);
      level(user.standard);
    }
  }

  Policy& policy_;
  const Maps& maps_;
};

// The permissions of one class, as `unite` does with names. False when they are too many.
bool unite_permissions(Class& before, Class& after, Map& map, Shared& shared) {
  const auto bits = [](size_t n) {
    return n >= MaxPermissions ? ~uint32_t{0} : (uint32_t{1} << n) - 1;
  };
  shared.permissions[0].push_back(bits(before.permissions.size()));
  uint32_t own = 0;
  for (const std::string& name : after.permissions) {
    auto at = std::ranges::find(before.permissions, name);
    if (at == before.permissions.end() || name.empty())
      at = before.permissions.insert(before.permissions.end(), name);
    map.push_back(static_cast<uint32_t>(at - before.permissions.begin()));
    if (map.back() < MaxPermissions) own |= uint32_t{1} << map.back();
  }
  shared.permissions[1].push_back(own);
  after.permissions = before.permissions;
  return before.permissions.size() <= MaxPermissions;
}

Map identity(size_t size) {
  Map map(size);
  for (size_t i = 0; i < size; ++i) map[i] = static_cast<uint32_t>(i);
  return map;
}

}  // namespace

bool share_names(Policy& before, Policy& after, Shared& shared) {
  Maps maps;
  Maps same;
  maps.types_before = after.types.size();
  same.types_before = before.types.size();
  same.types = identity(before.types.size());
  unite(before.types, after.types, maps.types, shared.types);
  unite(before.classes, after.classes, maps.classes, shared.classes);
  unite(before.bools, after.bools, maps.bools, shared.bools);
  unite(before.roles, after.roles, maps.roles, shared.roles);
  unite(before.users, after.users, maps.users, shared.users);
  unite(before.sensitivities, after.sensitivities, maps.sensitivities, shared.sensitivities);
  unite(before.categories, after.categories, maps.categories, shared.categories);
  for (size_t i = 0; i < before.classes.size(); ++i) {
    if (!unite_permissions(before.classes[i], after.classes[i], maps.permissions.emplace_back(),
                           shared))
      return false;
  }
  maps.types_now = same.types_now = after.types.size();
  Renumbering(after, maps).run();
  // Only where attributes begin has moved.
  same.classes = identity(before.classes.size());
  same.bools = identity(before.bools.size());
  same.roles = identity(before.roles.size());
  same.users = identity(before.users.size());
  same.sensitivities = identity(before.sensitivities.size());
  same.categories = identity(before.categories.size());
  for (const Class& c : before.classes) same.permissions.push_back(identity(c.permissions.size()));
  Renumbering(before, same).run();
  return true;
}

}  // namespace bh::selinux
