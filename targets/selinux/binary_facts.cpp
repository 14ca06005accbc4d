#include "targets/selinux/binary_facts.h"

#include <algorithm>
#include <optional>

#include "targets/selinux/avc.h"
#include "targets/selinux/statements.h"

namespace bh {
namespace {

using selinux::AccessKind;
using selinux::Numbers;
using selinux::Policy;
using selinux::SetId;

// In which settings a rule is in force.
struct Reach {
  SettingSet certain;
  SettingSet possible;
};

// The settings in which each conditional branch is in force.
class Branches {
 public:
  Branches(const Policy& policy, const SelinuxSettings& settings)
      : policy_(policy), settings_(settings), ours_(policy.bools.size()) {
    for (size_t b = 0; b < settings.booleans.size(); ++b) {
      for (size_t i = 0; i < policy.bools.size(); ++i) {
        if (policy.bools[i].name == settings.booleans[b]) ours_[i] = b;
      }
    }
    always_ = {every_setting(settings.size()), every_setting(settings.size())};
  }

  const Reach& of(const selinux::Branch& branch) {
    if (!branch.conditional()) return always_;
    const auto [at, added] = known_.try_emplace(branch);
    if (added) at->second = evaluate(branch);
    return at->second;
  }

 private:
  Reach evaluate(const selinux::Branch& branch) const {
    const selinux::BoolExpr& expr = policy_.conditions[branch.expr];
    Reach reach{no_setting(settings_.size()), every_setting(settings_.size())};
    const bool foreign = std::ranges::any_of(expr, [&](const selinux::BoolTerm& term) {
      return term.op == selinux::BoolOp::Value && !ours_[term.value];
    });
    if (foreign) return reach;
    std::vector<bool> values(policy_.bools.size());
    for (size_t s = 0; s < settings_.size(); ++s) {
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = ours_[i] && settings_.values[s][*ours_[i]];
      reach.certain[s] = holds(expr, values) == branch.holds;
    }
    reach.possible = reach.certain;
    return reach;
  }

  const Policy& policy_;
  const SelinuxSettings& settings_;
  std::vector<std::optional<size_t>> ours_;  // by Bool: which of the settings' booleans it is
  std::map<selinux::Branch, Reach> known_;
  Reach always_;
};

class Reader {
 public:
  Reader(const Policy& policy, const SelinuxScope& scope)
      : policy_(policy),
        scope_(scope),
        branches_(policy, scope.settings),
        members_(policy.types.size() + policy.attributes.size()) {}

  BinaryFacts run(std::string_view file_contexts) {
    types();
    access();
    type_rules();
    roles();
    attributes_and_booleans();
    contexts(file_contexts);
    return std::move(facts_);
  }

 private:
  void types() {
    facts_.types = policy_.types.size();
    for (const std::string& name : scope_.types) {
      const uint32_t type = policy_.find_type(name);
      if (type == selinux::None) {
        facts_.missing.push_back(name);
        continue;
      }
      members_[type].push_back(type);
      if (policy_.types[type].permissive) facts_.permissive.push_back(name);
    }
    for (size_t i = 0; i < policy_.attributes.size(); ++i) {
      for (uint32_t type : policy_.attributes[i].types) {
        if (!members_[type].empty()) members_[policy_.types.size() + i].push_back(type);
      }
    }
  }

  // ---- access

  void access() {
    for (const selinux::AccessRule& rule : policy_.access) {
      if (rule.kind != AccessKind::Allow) continue;
      ++facts_.rules;
      const Numbers& sources = members_[rule.source];
      const Numbers& targets = members_[rule.target];
      if (sources.empty() && targets.empty()) continue;
      const Reach& reach = branches_.of(rule.branch);
      for (uint32_t source : sources) {
        for (uint32_t target : targets) {
          each_fact(source, target, rule, rule.permissions, [&](TeFact fact) {
            facts_.certain.grant(fact, reach.certain);
            facts_.possible.grant(std::move(fact), reach.possible);
          });
        }
      }
      // An attribute may hold types of both sorts, so a rule between two of ours can also be
      // foreign.
      if (all_ours(rule.source) && all_ours(rule.target)) continue;
      each_fact(rule.source, rule.target, rule, rule.permissions,
                [&](TeFact fact) { facts_.foreign.insert(std::move(fact)); });
    }
    for (const selinux::ExtendedRule& rule : policy_.extended) {
      if (rule.kind == AccessKind::Allow) narrow(rule);
    }
  }

  // Extended permissions leave only some commands of ioctl.
  void narrow(const selinux::ExtendedRule& rule) {
    const uint32_t ioctl = permission_bit(policy_.classes[rule.object_class], "ioctl");
    for (uint32_t source : members_[rule.source]) {
      for (uint32_t target : members_[rule.target]) {
        each_fact(source, target, rule, ioctl,
                  [&](const TeFact& fact) { facts_.certain.grants.erase(fact); });
      }
    }
  }

  bool all_ours(SetId set) const {
    Numbers one;
    return members_[set].size() == policy_.members(set, one).size();
  }

  void each_fact(SetId source, SetId target, const auto& rule, uint32_t permissions,
                 const auto& use) const {
    const selinux::Class& object_class = policy_.classes[rule.object_class];
    for (size_t bit = 0; bit < selinux::MaxPermissions; ++bit) {
      if ((permissions >> bit & 1) == 0) continue;
      use(TeFact{policy_.set_name(source), policy_.set_name(target), object_class.name,
                 print_permissions(object_class, uint32_t{1} << bit)});
    }
  }

  // ---- everything else

  void say(const std::string& statement, const Reach& reach) {
    facts_.certain.say(statement, reach.certain);
    facts_.possible.say(statement, reach.possible);
  }
  void say(const std::string& statement) { say(statement, branches_.of({})); }

  bool ours(uint32_t type) const { return !members_[type].empty(); }
  const std::string& class_name(uint32_t object_class) const {
    return policy_.classes[object_class].name;
  }

  // Of the set, our types one by one; the whole where it has others too.
  std::vector<std::string> names_of(SetId set) const {
    std::vector<std::string> names;
    for (uint32_t type : members_[set]) names.push_back(policy_.types[type].name);
    if (!all_ours(set)) names.push_back(policy_.set_name(set));
    return names;
  }

  void type_rules() {
    for (const selinux::TypeRule& rule : policy_.type_rules) {
      if (members_[rule.source].empty() && members_[rule.target].empty() && !ours(rule.result))
        continue;
      for (const std::string& source : names_of(rule.source)) {
        for (const std::string& target : names_of(rule.target)) {
          say(type_rule(keyword(rule.kind), source, target, class_name(rule.object_class),
                        policy_.types[rule.result].name),
              branches_.of(rule.branch));
        }
      }
    }
    for (const selinux::NamedTransition& rule : policy_.named_transitions) {
      for (uint32_t source : rule.sources) {
        if (!ours(source) && !ours(rule.target) && !ours(rule.result)) continue;
        say(type_rule("type_transition", policy_.types[source].name,
                      policy_.types[rule.target].name, class_name(rule.object_class),
                      policy_.types[rule.result].name + " \"" + rule.name + '"'));
      }
    }
    for (const selinux::RangeTransition& rule : policy_.range_transitions) {
      if (members_[rule.source].empty() && members_[rule.target].empty()) continue;
      say(type_rule("range_transition", policy_.set_name(rule.source),
                    policy_.set_name(rule.target), class_name(rule.object_class), "a range"));
    }
  }

  bool our_role(uint32_t role) const { return scope_.roles.count(policy_.roles[role].name) > 0; }

  void roles() {
    for (uint32_t i = 0; i < policy_.roles.size(); ++i) {
      if (policy_.roles[i].name == "object_r") continue;  // of whatever is no process
      for (uint32_t type : policy_.roles[i].types) {
        if (ours(type) || our_role(i))
          say(role_type(policy_.roles[i].name, policy_.types[type].name));
      }
    }
    for (const selinux::RoleAllow& rule : policy_.role_allows) {
      if (our_role(rule.from) || our_role(rule.to))
        say(role_allow(policy_.roles[rule.from].name, policy_.roles[rule.to].name));
    }
    for (const selinux::RoleTransition& rule : policy_.role_transitions) {
      if (!our_role(rule.role) && !our_role(rule.result) && members_[rule.target].empty()) continue;
      for (const std::string& target : names_of(rule.target)) {
        say(role_transition(policy_.roles[rule.role].name, target, class_name(rule.object_class),
                            policy_.roles[rule.result].name));
      }
    }
    for (const selinux::User& user : policy_.users) {
      for (uint32_t role : user.roles) {
        if (our_role(role)) say(user_role(user.name, policy_.roles[role].name));
      }
    }
  }

  void attributes_and_booleans() {
    for (const selinux::Attribute& attribute : policy_.attributes) {
      if (scope_.attributes.count(attribute.name) == 0) continue;
      for (uint32_t type : attribute.types)
        say(attribute_member(policy_.types[type].name, attribute.name));
    }
    const std::vector<std::string>& booleans = scope_.settings.booleans;
    for (const selinux::Bool& each : policy_.bools) {
      if (std::ranges::find(booleans, each.name) != booleans.end())
        say(boolean(each.name, each.standard));
    }
  }

  // "path<TAB>kind<TAB>context", where the kind may be missing.
  void contexts(std::string_view text) {
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      const size_t path_end = line.find('\t');
      if (path_end == std::string_view::npos) continue;
      const size_t kind_end = line.rfind('\t');
      const std::string_view path = line.substr(0, path_end);
      const std::string_view kind =
          kind_end == path_end ? "" : line.substr(path_end + 1, kind_end - path_end - 1);
      context(path, kind, line.substr(kind_end + 1));
    }
  }

  void context(std::string_view path, std::string_view kind, std::string_view label) {
    const std::string_view lowest = ":s0";  // of a policy with levels
    if (label.ends_with(lowest) && std::ranges::count(label, ':') == 3)
      label.remove_suffix(lowest.size());
    const std::string_view type = selinux::type_of(label);
    if (scope_.types.count(std::string(type)) > 0 || scope_.paths.count(std::string(path)) > 0)
      say(file_context(path, kind, label));
  }

  const Policy& policy_;
  const SelinuxScope& scope_;
  Branches branches_;
  std::vector<Numbers> members_;  // by SetId: those of our types that it stands for
  BinaryFacts facts_;
};

}  // namespace

BinaryFacts read_facts(const Policy& policy, std::string_view file_contexts,
                       const SelinuxScope& scope) {
  return Reader(policy, scope).run(file_contexts);
}

}  // namespace bh
