#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "targets/selinux/diff_parts.h"
#include "targets/selinux/print_labels.h"

namespace bh::selinux {
namespace {

void add(std::vector<Change>& to, ChangeOf of, Direction direction, std::string what,
         std::string how) {
  to.push_back({of, direction, std::move(what), std::move(how), 0, {}, 0});
}

// Calls `came(name, version)` for each name that one policy alone has, `both(number)` for the
// others.
template <class Named, class Came, class Both>
void each_name(const std::vector<Named>& names, const Shared::Present& present, Came came,
               Both both) {
  for (uint32_t i = 0; i < names.size(); ++i) {
    if (present[Before][i] && present[After][i]) {
      both(i);
    } else {
      came(names[i].name, present[After][i] ? After : Before);
    }
  }
}

Direction direction_of(Version version) {
  return version == After ? Direction::Wider : Direction::Narrower;
}
std::string_view came_or_went(Version version) { return version == After ? "added" : "removed"; }

void count(Tally& tally, Version version) { ++(version == After ? tally.added : tally.removed); }

// ---- constraints --------------------------------------------------------------------------------

// A constraint without the types that only one policy has, so that equal texts mean the same.
std::string text_of(const Pair& pair, Version version, const Class& object_class,
                    const Constraint& constraint, std::string_view word) {
  const Policy& policy = *pair.policies[version];
  Constraint common = constraint;
  std::string names;
  for (ConstraintTerm& term : common.expr) {
    if (term.kind != TermKind::Names) continue;
    if (term.part == Part::Type) {
      std::erase_if(term.names, [&](uint32_t type) {
        return !pair.has_type(Before, type) || !pair.has_type(After, type);
      });
    }
    for (uint32_t name : term.names) names += fmt::format(" {}", name);
    names += ';';
  }
  // What is compared follows what is shown, behind a line end.
  return fmt::format("{} {} {{ {} }} {}\n{}", word, object_class.name,
                     print_permissions(object_class, common.permissions),
                     print_constraint(policy, common.expr), names);
}

std::multiset<std::string> constraints_of(const Pair& pair, Version version,
                                          uint32_t object_class) {
  const Class& c = pair.policies[version]->classes[object_class];
  std::multiset<std::string> texts;
  for (const Constraint& one : c.constraints)
    texts.insert(text_of(pair, version, c, one, "constrain"));
  for (const Constraint& one : c.transitions)
    texts.insert(text_of(pair, version, c, one, "validatetrans"));
  return texts;
}

// ---- roles and users ----------------------------------------------------------------------------

std::string names_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// The names that `now` has and `then` has not, of those that both policies know.
template <class Named, class Known>
std::string gained(const Numbers& then, const Numbers& now, const std::vector<Named>& names,
                   Known known) {
  std::vector<std::string> added;
  for (uint32_t n : now) {
    if (known(n) && !std::ranges::binary_search(then, n)) added.push_back(names[n].name);
  }
  return names_of(added);
}

void diff_roles(const Pair& pair, Diff& diff) {
  const Policy& was = *pair.policies[Before];
  const Policy& is = *pair.policies[After];
  const auto known = [&](uint32_t type) {
    return pair.has_type(Before, type) && pair.has_type(After, type);
  };
  each_name(
      is.roles, pair.shared->roles,
      [&](const std::string& name, Version v) {
        count(diff.roles, v);
        add(diff.changes, ChangeOf::Authority, direction_of(v), "role " + name,
            std::string(came_or_went(v)));
      },
      [&](uint32_t i) {
        if (was.roles[i].types != is.roles[i].types) ++diff.roles.modified;
        const std::string more = gained(was.roles[i].types, is.roles[i].types, is.types, known);
        const std::string less = gained(is.roles[i].types, was.roles[i].types, is.types, known);
        if (!more.empty())
          add(diff.changes, ChangeOf::Authority, Direction::Wider, "role " + is.roles[i].name,
              "may also have " + more);
        if (!less.empty())
          add(diff.changes, ChangeOf::Authority, Direction::Narrower, "role " + is.roles[i].name,
              "may no longer have " + less);
      });
  const auto role_allows = [&](Version version, const Policy& in, const Policy& other) {
    for (const RoleAllow& a : in.role_allows) {
      if (std::ranges::binary_search(other.role_allows, a)) continue;
      add(diff.changes, ChangeOf::Authority, direction_of(version),
          fmt::format("allow role {} -> {}", in.roles[a.from].name, in.roles[a.to].name),
          fmt::format("rule {}", came_or_went(version)));
    }
  };
  role_allows(After, is, was);
  role_allows(Before, was, is);
}

void diff_users(const Pair& pair, Diff& diff) {
  const Policy& was = *pair.policies[Before];
  const Policy& is = *pair.policies[After];
  const auto changed = [&](Direction direction, uint32_t i, std::string how) {
    add(diff.changes, ChangeOf::Authority, direction, "user " + is.users[i].name, std::move(how));
  };
  each_name(
      is.users, pair.shared->users,
      [&](const std::string& name, Version v) {
        add(diff.changes, ChangeOf::Authority, direction_of(v), "user " + name,
            std::string(came_or_went(v)));
      },
      [&](uint32_t i) {
        const auto all = [](uint32_t) { return true; };
        const std::string more = gained(was.users[i].roles, is.users[i].roles, is.roles, all);
        const std::string less = gained(is.users[i].roles, was.users[i].roles, is.roles, all);
        if (!more.empty()) changed(Direction::Wider, i, "may also have role " + more);
        if (!less.empty()) changed(Direction::Narrower, i, "may no longer have role " + less);
        if (was.users[i].range == is.users[i].range &&
            was.users[i].standard == is.users[i].standard)
          return;
        changed(Direction::Neither, i,
                fmt::format("range was {} from {}, is {} from {}", print(was, was.users[i].range),
                            print(was, was.users[i].standard), print(is, is.users[i].range),
                            print(is, is.users[i].standard)));
      });
}

// ---- extended permissions -----------------------------------------------------------------------

std::string key_of(const Policy& policy, const Pair& pair, Version version,
                   const ExtendedRule& rule, uint32_t source, uint32_t target) {
  std::string bits;
  for (uint32_t word : rule.bits) bits += fmt::format(" {:08x}", word);
  return fmt::format("{} -> {} : {}xperm {} ioctl {}{}{}", policy.types[source].name,
                     policy.types[target].name, keyword(rule.kind),
                     policy.classes[rule.object_class].name,
                     rule.whole_drivers ? "drivers" : fmt::format("of driver {:#x}", rule.driver),
                     bits, pair.layer_text[pair.layer_of(version, rule.branch)]);
}

void diff_extended(const Pair& pair, Diff& diff) {
  std::array<std::set<std::string>, 2> rules;
  for (const Version v : {Before, After}) {
    const Policy& policy = *pair.policies[v];
    Numbers one;
    Numbers other;
    for (const ExtendedRule& rule : policy.extended) {
      for (uint32_t s : policy.members(rule.source, one)) {
        for (uint32_t t : policy.members(rule.target, other)) {
          if (pair.has_type(v == Before ? After : Before, s) &&
              pair.has_type(v == Before ? After : Before, t))
            rules[v].insert(key_of(policy, pair, v, rule, s, t));
        }
      }
    }
  }
  // With the first such rule all other commands are taken away, so neither is only wider or
  // narrower.
  for (const Version v : {After, Before}) {
    for (const std::string& rule : rules[v]) {
      if (!rules[v == Before ? After : Before].contains(rule))
        add(diff.changes, ChangeOf::Access, Direction::Neither, rule,
            fmt::format("rule {}", came_or_went(v)));
    }
  }
}

}  // namespace

void diff_constraints(const Pair& pair, std::vector<Change>& to) {
  const Policy& is = *pair.policies[After];
  for (uint32_t c = 0; c < is.classes.size(); ++c) {
    const std::multiset<std::string> was_texts = constraints_of(pair, Before, c);
    const std::multiset<std::string> is_texts = constraints_of(pair, After, c);
    const auto report = [&](const auto& in, const auto& other, Direction direction,
                            const char* how) {
      std::vector<std::string> only;
      std::ranges::set_difference(in, other, std::back_inserter(only));
      for (const std::string& text : only)
        add(to, ChangeOf::Constraint, direction, text.substr(0, text.find('\n')), how);
    };
    report(is_texts, was_texts, Direction::Narrower, "constraint added");
    report(was_texts, is_texts, Direction::Wider, "constraint removed");
  }
  const Policy& was = *pair.policies[Before];
  for (uint32_t t = 0; t < is.types.size(); ++t) {
    if (was.types[t].bounds == is.types[t].bounds || !pair.has_type(Before, t) ||
        !pair.has_type(After, t))
      continue;
    const auto name = [&](uint32_t bounds) {
      return bounds == None ? "nothing" : is.types[bounds].name;
    };
    add(to, ChangeOf::Constraint, Direction::Neither, "type " + is.types[t].name,
        fmt::format("was bounded by {}, is by {}", name(was.types[t].bounds),
                    name(is.types[t].bounds)));
  }
}

void diff_authority(const Pair& pair, Diff& diff) {
  const Policy& was = *pair.policies[Before];
  const Policy& is = *pair.policies[After];
  for (uint32_t t = 0; t < is.types.size(); ++t) {
    if (was.types[t].permissive == is.types[t].permissive) continue;
    const bool now = is.types[t].permissive;
    add(diff.changes, ChangeOf::Authority, now ? Direction::Wider : Direction::Narrower,
        "type " + is.types[t].name,
        now ? "is permissive: nothing is enforced for it" : "is no longer permissive");
  }
  diff_roles(pair, diff);
  diff_users(pair, diff);
  diff_extended(pair, diff);
}

void diff_vocabulary(const Pair& pair, Diff& diff) {
  const Policy& was = *pair.policies[Before];
  const Policy& is = *pair.policies[After];
  std::set<std::string> told;  // types that came or went with accesses
  for (const Change& c : diff.changes) {
    if (c.of == ChangeOf::Access && c.what.starts_with("type ")) told.insert(c.what);
  }
  const auto came = [&](std::string_view what, Tally* tally) {
    return [&pair, &diff, &told, what, tally](const std::string& name, Version v) {
      if (tally != nullptr) count(*tally, v);
      const std::string text = fmt::format("{} {}", what, name);
      if (told.contains(text)) return;
      add(diff.changes, ChangeOf::Vocabulary, Direction::Neither, text,
          std::string(came_or_went(v)));
      pair.locate(v, what, name, diff.changes.back());
    };
  };
  const auto nothing = [](uint32_t) {};
  each_name(is.types, pair.shared->types, came("type", &diff.types), [&](uint32_t i) {
    if (was.types[i].aliases != is.types[i].aliases) ++diff.types.modified;
  });
  each_name(is.classes, pair.shared->classes, came("class", nullptr), [&](uint32_t i) {
    for (const Version v : {After, Before}) {
      const uint32_t only = pair.shared->permissions[v][i] &
                            ~pair.shared->permissions[v == After ? Before : After][i];
      if (only == 0) continue;
      add(diff.changes, ChangeOf::Vocabulary, Direction::Neither,
          fmt::format("class {} {{ {} }}", is.classes[i].name,
                      print_permissions(is.classes[i], only)),
          fmt::format("permissions {}", came_or_went(v)));
    }
  });
  each_name(is.bools, pair.shared->bools, came("boolean", &diff.bools), [&](uint32_t i) {
    if (was.bools[i].standard == is.bools[i].standard) return;
    ++diff.bools.modified;
    add(diff.changes, ChangeOf::Vocabulary, Direction::Neither, "boolean " + is.bools[i].name,
        is.bools[i].standard ? "is on from the start" : "is off from the start");
  });
  each_name(is.sensitivities, pair.shared->sensitivities, came("sensitivity", nullptr), nothing);
  each_name(is.categories, pair.shared->categories, came("category", nullptr), nothing);
  if (was.handle_unknown != is.handle_unknown) {
    static constexpr std::string_view Words[] = {"denied", "a reason to refuse the policy",
                                                 "allowed"};
    add(diff.changes, ChangeOf::Authority,
        is.handle_unknown == HandleUnknown::Allow ? Direction::Wider : Direction::Narrower,
        "unknown classes and permissions",
        fmt::format("were {}, are {}", Words[static_cast<size_t>(was.handle_unknown)],
                    Words[static_cast<size_t>(is.handle_unknown)]));
  }
  if (was.mls != is.mls)
    add(diff.changes, ChangeOf::Vocabulary, Direction::Neither, "levels",
        is.mls ? "added" : "removed");
}

}  // namespace bh::selinux
