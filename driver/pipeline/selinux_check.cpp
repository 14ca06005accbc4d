#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "core/base/counted.h"
#include "driver/pipeline/selinux_goals.h"
#include "driver/pipeline/selinux_impact.h"
#include "targets/selinux/commands.h"
#include "targets/selinux/flow.h"
#include "targets/selinux/relation.h"

namespace bh {
namespace {

using selinux::None;
using selinux::Policy;

// An operation of the model in the policy's numbers.
struct Access {
  uint32_t target = None;
  uint32_t object_class = None;
  uint32_t bit = 0;  // None or 0 in what only stands for a gate
};

// A permission that a source has.
struct Grant {
  uint32_t source = None;
  Access access;
  std::optional<uint64_t> command = std::nullopt;  // of ioctl, where it matters
};

// The values of the one argument for which the condition holds: commands of ioctl.
IntervalSet values_of(const Conditions& conditions, ConditionId id) {
  const Condition& condition = conditions[id];
  IntervalSet values = condition.kind == ConditionKind::And || condition.kind == ConditionKind::True
                           ? IntervalSet::range(0, selinux::LastCommand)
                           : IntervalSet();
  if (condition.kind == ConditionKind::In) return condition.set;
  for (ConditionId operand : condition.operands) {
    const IntervalSet more = values_of(conditions, operand);
    values = condition.kind == ConditionKind::And ? values & more : values | more;
  }
  return values;
}

// Permissions by target and class.
class Wanted {
 public:
  void add(const Access& access) {
    if (access.bit != 0) bits_[key(access.target, access.object_class)] |= access.bit;
  }
  uint32_t at(uint32_t target, uint32_t object_class) const {
    const auto found = bits_.find(key(target, object_class));
    return found == bits_.end() ? 0 : found->second;
  }

 private:
  static uint64_t key(uint32_t target, uint32_t object_class) {
    return uint64_t{target} << 32 | object_class;
  }
  std::unordered_map<uint64_t, uint32_t> bits_;
};

class GoalCheck {
 public:
  GoalCheck(LoadedPolicy& goals, const Policy& policy, const selinux::FlowMap& map)
      : goals_(goals),
        model_(**goals.model),
        policy_(policy),
        map_(map),
        sometimes_(policy, selinux::AccessKind::Allow, selinux::InForce::Sometimes),
        always_(policy, selinux::AccessKind::Allow, selinux::InForce::Always) {
    for (const Component& component : model_.components)
      types_.push_back(policy.find_type(component.name));
    for (OperationId id : model_.operations.ids()) accesses_.push_back(access_of(id));
  }

  CheckResult run() {
    CheckResult result;
    result.rules = policy_.access.size();
    for (PropertyId id : model_.properties.ids()) {
      property_ = &model_.properties[id];
      verdict_ = {};
      verdict_.property = id;
      verdict_.verdict = Verdict::Proved;
      std::visit([this](const auto& body) { check(body); }, property_->body);
      result.properties.push_back(verdict_);
    }
    result.nothing_to_check = model_.properties.empty();
    return result;
  }

 private:
  uint32_t type_of(ComponentId id) const { return types_[id.value]; }

  Access access_of(OperationId id) const {
    Access access;
    access.target = type_of(model_.owner_of(id));
    if (access.target == None) return access;
    const Method& method = model_.method_of(id);
    access.object_class = policy_.find_class(model_.interfaces[method.interface].name);
    if (access.object_class != None)
      access.bit = permission_bit(policy_.classes[access.object_class], method.name);
    return access;
  }

  // ---- what is granted --------------------------------------------------------------------------

  bool granted(uint32_t source, const Access& access) {
    if (source == None || access.bit == 0) return false;
    return policy_.types[source].permissive ||
           (sometimes_.permissions(source, access.target, access.object_class) & access.bit) != 0;
  }

  // The command that is granted of those that the condition asks for.
  std::optional<uint64_t> command(uint32_t source, const Access& access, ConditionId when) const {
    const IntervalSet asked = values_of(model_.conditions, when);
    if (policy_.types[source].permissive) return asked.least();
    return (asked & granted_commands(policy_, source, access.target, access.object_class)).least();
  }

  // The first cell of the source's row in which it has one of the permissions that `wanted` says.
  template <class Bits>
  std::optional<Grant> first_of(uint32_t source, Bits wanted) {
    if (policy_.types[source].permissive) return anything(source, wanted);
    for (const selinux::Cell& cell : sometimes_.row(source)) {
      const uint32_t bits = cell.permissions & wanted(cell.target, cell.object_class);
      if (bits != 0) return Grant{source, {cell.target, cell.object_class, bits & -bits}};
    }
    return std::nullopt;
  }

  template <class Bits>
  std::optional<Grant> anything(uint32_t source, Bits wanted) {
    for (uint32_t t = 0; t < policy_.types.size(); ++t) {
      for (uint32_t c = 0; c < policy_.classes.size(); ++c) {
        const size_t size = policy_.classes[c].permissions.size();
        const uint32_t all = size == selinux::MaxPermissions ? ~0u : (1u << size) - 1;
        const uint32_t bits = wanted(t, c) & all;
        if (bits != 0) return Grant{source, {t, c, bits & -bits}};
      }
    }
    return std::nullopt;
  }

  // ---- how it is told ---------------------------------------------------------------------------

  std::string print(const Access& access) const {
    const selinux::Class& c = policy_.classes[access.object_class];
    return fmt::format("{}.{}.{}", policy_.types[access.target].name, c.name,
                       print_permissions(c, access.bit));
  }
  std::string print(const Grant& grant) const {
    const std::string command =
        grant.command ? fmt::format("(command: {:#06x})", *grant.command) : "";
    return fmt::format("{} -> {}{}", policy_.types[grant.source].name, print(grant.access),
                       command);
  }

  bool constrained(const Access& access) const {
    return std::ranges::any_of(policy_.classes[access.object_class].constraints,
                               [&](const auto& c) { return (c.permissions & access.bit) != 0; });
  }

  void add_why(DiagnosticSink::Builder finding, const Grant& grant) {
    if (policy_.types[grant.source].permissive) {
      finding.note(
          fmt::format("'{}' is permissive: nothing is enforced for it, so it counts as able "
                      "to do anything",
                      policy_.types[grant.source].name));
      return;
    }
    constexpr size_t MostRules = 5;
    auto rules = granting_rules(policy_, grant.source, grant.access.target,
                                grant.access.object_class, grant.access.bit);
    if (grant.command) {
      const auto more = rules_for_command(policy_, grant.source, grant.access.target,
                                          grant.access.object_class, *grant.command);
      rules.insert(rules.begin(), more.begin(), more.end());
    }
    for (size_t i = 0; i < rules.size() && i < MostRules; ++i) finding.note("by " + rules[i]);
    if (rules.size() > MostRules)
      finding.note(fmt::format("and by {} more", rules.size() - MostRules));
    if (constrained(grant.access))
      finding.note("a constraint may still refuse it: bulkhead explain, with two contexts");
  }

  // ---- the properties ---------------------------------------------------------------------------

  // Those that nothing confines can do nearly everything, so they come last.
  void add_others(DiagnosticSink::Builder& finding, selinux::Numbers types) {
    if (types.empty()) return;
    constexpr size_t MostNames = 40;
    const auto unconfined = std::ranges::stable_partition(
        types, [&](uint32_t type) { return !is_unconfined(policy_, type); });
    finding.note(fmt::format(
        "and so can {}{}: {}", counted(types.size(), "other type"),
        unconfined.empty() ? "" : fmt::format(", {} of them unconfined", unconfined.size()),
        print_types(policy_, types, MostNames)));
  }

  void check(const NeverRequest& p) {
    if (p.subjects.empty()) return vacuous("it names no type that acts");
    if (p.targets.empty()) return vacuous("it names no operation");
    Wanted anyones, own, others;
    for (const ConditionalOperation& target : p.targets) {
      if (target.when != Conditions::True) continue;
      Wanted& wanted = target.whose == Whose::Anyones ? anyones
                       : target.whose == Whose::Own   ? own
                                                      : others;
      wanted.add(accesses_[target.operation.value]);
    }
    selinux::Numbers others_too;
    std::optional<Grant> first;
    for (ComponentId subject : p.subjects) {
      const uint32_t source = type_of(subject);
      if (source == None) continue;
      std::optional<Grant> grant = first_of(source, [&](uint32_t t, uint32_t c) {
        return anyones.at(t, c) | (t == source ? own : others).at(t, c);
      });
      if (!grant) grant = command_of(source, subject, p.targets);
      if (!grant) continue;
      if (first) others_too.push_back(source);
      if (!first) first = grant;
    }
    if (!first) return;
    verdict_.verdict = Verdict::Violated;
    auto finding = goals_.sink.report(property_->span, diag::NeverViolated, property_->name,
                                      "'" + print(*first) + "'");
    add_why(finding, *first);
    add_others(finding, others_too);
  }

  // The first command of ioctl that the source is granted of those that the targets name.
  std::optional<Grant> command_of(uint32_t source, ComponentId subject,
                                  const std::vector<ConditionalOperation>& targets) {
    for (const ConditionalOperation& target : targets) {
      const Access& access = accesses_[target.operation.value];
      if (target.when == Conditions::True || !covers(model_, target, subject) ||
          !granted(source, access))
        continue;
      const std::optional<uint64_t> found = command(source, access, target.when);
      if (found) return Grant{source, access, found};
    }
    return std::nullopt;
  }

  void check(const Holds& p) {
    Wanted within;
    for (OperationId id : p.within) within.add(accesses_[id.value]);
    bool holds_something = false;
    for (ComponentId subject : p.subjects) {
      const uint32_t source = type_of(subject);
      if (source == None) continue;
      holds_something = holds_something || !sometimes_.row(source).empty();
      const auto outside =
          first_of(source, [&](uint32_t t, uint32_t c) { return ~within.at(t, c); });
      if (!outside) continue;
      verdict_.verdict = Verdict::Violated;
      add_why(goals_.sink.report(property_->span, diag::HoldsExceeded, property_->name,
                                 policy_.types[source].name, print(outside->access)),
              *outside);
      return;
    }
    if (!holds_something) vacuous("nothing at all is granted to it");
  }

  void check(const Separate& p) {
    for (const Separate::Duty& duty : p.duties) {
      if (duty.operations.empty()) return vacuous("'" + duty.text + "' names no operation");
    }
    for (uint32_t source = 0; source < policy_.types.size(); ++source) {
      std::vector<Access> held;
      for (const Separate::Duty& duty : p.duties) {
        const auto at = std::ranges::find_if(
            duty.operations, [&](OperationId id) { return granted(source, accesses_[id.value]); });
        if (at != duty.operations.end()) held.push_back(accesses_[at->value]);
      }
      if (held.size() < 2) continue;
      verdict_.verdict = Verdict::Violated;
      auto finding = goals_.sink.report(property_->span, diag::SeparationBroken, property_->name,
                                        policy_.types[source].name, print(held[0]), print(held[1]));
      add_why(finding, {source, held[0]});
      if (!policy_.types[source].permissive) add_why(finding, {source, held[1]});
      return;
    }
  }

  // SELinux keeps no state, so what is granted is granted without anything before it.
  void check(const NeverBefore& p) {
    for (uint32_t source = 0; source < policy_.types.size(); ++source) {
      for (OperationId id : p.operations) {
        if (!granted(source, accesses_[id.value])) continue;
        verdict_.verdict = Verdict::Violated;
        add_why(goals_.sink.report(property_->span, diag::OrderViolated, property_->name,
                                   "'" + print(accesses_[id.value]) + "'",
                                   bh::print(model_, p.first), policy_.types[source].name),
                {source, accesses_[id.value]});
        return;
      }
    }
  }

  void check(const Require& p) {
    const uint32_t source = type_of(p.subject);
    for (const ConditionalOperation& step : p.steps) {
      const Access& access = accesses_[step.operation.value];
      const bool limited = step.when != Conditions::True;
      if (source == None || !granted(source, access) ||
          (limited && !command(source, access, step.when))) {
        verdict_.verdict = Verdict::Violated;
        goals_.sink.report(property_->span, diag::RequireUnreachable, property_->name,
                           model_.components[p.subject].name, bh::print(model_, step.operation),
                           "");
        return;
      }
      if (policy_.types[source].permissive) continue;
      const uint32_t sure = always_.permissions(source, access.target, access.object_class);
      if ((sure & access.bit) == 0) {
        unknown(fmt::format("'{}' depends on booleans", print(Grant{source, access})));
      } else if (constrained(access)) {
        unknown(fmt::format("a constraint may refuse '{}'", print(Grant{source, access})));
      }
    }
  }

  void check(const NeverFlow& p) {
    if (!graph_) graph_.emplace(policy_, map_);
    const selinux::TypeSet from = set_of(p.from);
    const selinux::TypeSet to = set_of(p.to);
    for (const auto& [set, text] : {std::pair(&from, &p.from_text), std::pair(&to, &p.to_text)}) {
      if (set->size() == 0) return vacuous("'" + *text + "' names no type");
    }
    const selinux::TypeSet gates = gates_of(p);
    const std::optional<selinux::Numbers> path = graph_->path(from, to, gates);
    if (!path) return;
    verdict_.verdict = Verdict::Violated;
    auto finding =
        goals_.sink.report(property_->span, diag::FlowViolated, property_->name,
                           policy_.types[path->front()].name, policy_.types[path->back()].name);
    for (size_t i = 0; i + 1 < path->size(); ++i) {
      finding.note(fmt::format("step {}: {} -> {}, by {}", i + 1, policy_.types[(*path)[i]].name,
                               policy_.types[(*path)[i + 1]].name,
                               graph_->explain((*path)[i], (*path)[i + 1])));
    }
    if (path->size() > 2 && std::any_of(path->begin() + 1, path->end() - 1, [&](uint32_t type) {
          return is_unconfined(policy_, type);
        }))
      finding.help(
          fmt::format("it goes through a type that nothing confines; `except via {}` asks for the "
                      "paths that do not",
                      selinux::UnconfinedAttribute));
  }

  void check(const NeverState&) { unknown("an SELinux policy has no states"); }
  void check(const TrustedBase&) { unknown("what an SELinux policy trusts is not counted"); }

  // Proved, since nothing can happen: worth a warning.
  void vacuous(std::string_view because) {
    goals_.sink.report(property_->span, diag::VacuousProperty, property_->name, because);
    verdict_.vacuous = true;
  }

  void unknown(std::string reason) {
    if (verdict_.verdict == Verdict::Unknown) return;
    verdict_.verdict = Verdict::Unknown;
    goals_.sink.report(property_->span, diag::Undecided, "'" + property_->name + "'", reason);
    verdict_.reason = std::move(reason);
  }

  selinux::TypeSet set_of(const std::vector<ComponentId>& components) const {
    selinux::TypeSet set(policy_.types.size());
    for (ComponentId id : components) {
      if (type_of(id) != None) set.add(type_of(id));
    }
    return set;
  }

  // Each `via` is a release that has the name of a type or of a group of them.
  selinux::TypeSet gates_of(const NeverFlow& p) {
    selinux::TypeSet gates(policy_.types.size());
    for (ReleaseId id : p.except) {
      const std::string& name = model_.releases[id].name;
      const uint32_t type = policy_.find_type(name);
      if (type != None) gates.add(type);
      for (const selinux::Attribute& attribute : policy_.attributes) {
        if (type != None || attribute.name != name) continue;
        for (uint32_t member : attribute.types) gates.add(member);
      }
    }
    for (ComponentId id : model_.components.ids()) {
      if (type_of(id) != None && gates.has(type_of(id))) verdict_.trusted.push_back(id);
    }
    return gates;
  }

  LoadedPolicy& goals_;
  const Model& model_;
  const Policy& policy_;
  const selinux::FlowMap& map_;
  selinux::Relation sometimes_;
  selinux::Relation always_;
  std::optional<selinux::FlowGraph> graph_;  // when first asked for
  std::vector<uint32_t> types_;              // by component
  std::vector<Access> accesses_;             // by operation
  const Property* property_ = nullptr;
  PropertyVerdict verdict_;
};

}  // namespace

CheckResult check_goals(LoadedPolicy& goals, const Policy& policy, const selinux::FlowMap& map) {
  return GoalCheck(goals, policy, map).run();
}

}  // namespace bh
