#include "targets/selinux/decide.h"

#include <fmt/format.h>

#include <algorithm>

#include "targets/selinux/print_labels.h"

namespace bh::selinux {
namespace {

// ---- contexts -----------------------------------------------------------------------------------

bool dominates(const Level& a, const Level& b) {
  return a.sensitivity >= b.sensitivity && std::ranges::includes(a.categories, b.categories);
}

// A high level dominates its low one, and each has only categories that go with its sensitivity.
bool is_range(const Policy& policy, const Range& range) {
  const auto fits = [&](const Level& level) {
    return std::ranges::includes(policy.sensitivities[level.sensitivity].categories,
                                 level.categories);
  };
  return dominates(range.high, range.low) && fits(range.low) && fits(range.high);
}

constexpr std::string_view ObjectRole = "object_r";

// ---- constraints --------------------------------------------------------------------------------

bool compare_levels(Comparator comparator, const Level& a, const Level& b) {
  switch (comparator) {
    case Comparator::Equal:
      return a == b;
    case Comparator::NotEqual:
      return a != b;
    case Comparator::Dominates:
      return dominates(a, b);
    case Comparator::DominatedBy:
      return dominates(b, a);
    case Comparator::Incomparable:
      return !dominates(a, b) && !dominates(b, a);
  }
  return false;
}

uint32_t part_of(const Context& context, Part part) {
  switch (part) {
    case Part::User:
      return context.user;
    case Part::Role:
      return context.role;
    case Part::Type:
      return context.type;
  }
  return None;
}

bool compare_pair(const ConstraintTerm& term, const Context& s, const Context& t) {
  switch (term.levels) {
    case LevelPair::LowLow:
      return compare_levels(term.comparator, s.range.low, t.range.low);
    case LevelPair::LowHigh:
      return compare_levels(term.comparator, s.range.low, t.range.high);
    case LevelPair::HighLow:
      return compare_levels(term.comparator, s.range.high, t.range.low);
    case LevelPair::HighHigh:
      return compare_levels(term.comparator, s.range.high, t.range.high);
    case LevelPair::Source:
      return compare_levels(term.comparator, s.range.low, s.range.high);
    case LevelPair::Target:
      return compare_levels(term.comparator, t.range.low, t.range.high);
  }
  return false;
}

bool leaf(const ConstraintTerm& term, const Context& s, const Context& t) {
  if (term.kind == TermKind::Levels) return compare_pair(term, s, t);
  if (term.kind == TermKind::Parts) {
    const uint32_t a = part_of(s, term.part);
    const uint32_t b = part_of(t, term.part);
    switch (term.comparator) {
      case Comparator::Equal:
        return a == b;
      case Comparator::NotEqual:
        return a != b;
      // Of roles, where the binary format has no dominance but of a role over itself.
      case Comparator::Dominates:
      case Comparator::DominatedBy:
        return a == b;
      case Comparator::Incomparable:
        return a != b;
    }
  }
  const Context& looked_at = term.party == Party::Source ? s : t;
  const bool in = std::ranges::binary_search(term.names, part_of(looked_at, term.part));
  return (term.comparator == Comparator::Equal) == in;
}

bool satisfied(const ConstraintExpr& expr, const Context& s, const Context& t) {
  std::vector<bool> stack;
  for (const ConstraintTerm& term : expr) {
    if (term.kind == TermKind::Not) {
      stack.back() = !stack.back();
    } else if (term.kind == TermKind::And || term.kind == TermKind::Or) {
      const bool right = stack.back();
      stack.pop_back();
      stack.back() = term.kind == TermKind::And ? stack.back() && right : stack.back() || right;
    } else {
      stack.push_back(leaf(term, s, t));
    }
  }
  return stack.back();
}

bool looks_at_levels(const ConstraintExpr& expr) {
  return std::ranges::any_of(expr, [](const auto& t) { return t.kind == TermKind::Levels; });
}

// ---- rules --------------------------------------------------------------------------------------

struct ByRules {
  uint32_t in_force = 0;
  uint32_t switched_off = 0;
  std::string switch_text;  // of the first that is off
};

ByRules by_rules(const Policy& policy, uint32_t source, uint32_t target, uint32_t object_class,
                 uint32_t requested, const std::vector<bool>& values) {
  ByRules result;
  for (const AccessRule& rule : policy.access) {
    if (rule.kind != AccessKind::Allow || rule.object_class != object_class ||
        !policy.contains(rule.source, source) || !policy.contains(rule.target, target))
      continue;
    const bool on = !rule.branch.conditional() ||
                    holds(policy.conditions[rule.branch.expr], values) == rule.branch.holds;
    (on ? result.in_force : result.switched_off) |= rule.permissions;
    if (!on && (rule.permissions & requested) != 0 && result.switch_text.empty())
      result.switch_text = fmt::format("granted{}", print(policy, rule.branch));
  }
  return result;
}

// Of a change of role by a process, which needs a role allow rule.
uint32_t role_changing(const Policy& policy, uint32_t object_class) {
  const Class& c = policy.classes[object_class];
  if (c.name != "process") return 0;
  return permission_bit(c, "transition") | permission_bit(c, "dyntransition");
}

class Deciding {
 public:
  Deciding(const Policy& policy, const Context& source, const Context& target,
           uint32_t object_class, uint32_t requested, const std::vector<bool>& values,
           uint32_t depth)
      : policy_(policy),
        source_(source),
        target_(target),
        class_(object_class),
        requested_(requested),
        values_(values),
        depth_(depth) {}

  Decision run() {
    decision_.permissive = policy_.types[source_.type].permissive;
    const ByRules rules =
        by_rules(policy_, source_.type, target_.type, class_, requested_, values_);
    allowed_ = rules.in_force;
    const uint32_t off = rules.switched_off & ~rules.in_force;
    refuse(off, Cause::BooleanOff, rules.switch_text);
    refuse(~rules.in_force & ~off, Cause::MissingRule, "");
    constraints();
    roles();
    bounds();
    decision_.allowed = allowed_ & requested_;
    return std::move(decision_);
  }

 private:
  void refuse(uint32_t permissions, Cause cause, std::string why) {
    allowed_ &= ~permissions;
    if ((permissions & requested_) != 0)
      decision_.refusals.push_back({permissions & requested_, cause, std::move(why)});
  }

  void constraints() {
    for (const Constraint& constraint : policy_.classes[class_].constraints) {
      if ((constraint.permissions & requested_) == 0) continue;
      if (satisfied(constraint.expr, source_, target_)) continue;
      refuse(constraint.permissions,
             looks_at_levels(constraint.expr) ? Cause::Levels : Cause::Constraint,
             print_constraint(policy_, constraint.expr));
    }
  }

  void roles() {
    const uint32_t changing = role_changing(policy_, class_);
    if (changing == 0 || source_.role == target_.role) return;
    const RoleAllow wanted{source_.role, target_.role};
    if (std::ranges::binary_search(policy_.role_allows, wanted)) return;
    refuse(changing, Cause::RoleChange,
           fmt::format("no rule: allow {} {};", policy_.roles[source_.role].name,
                       policy_.roles[target_.role].name));
  }

  // What is left is masked by what the types' bounds may do.
  void bounds() {
    const uint32_t bounds_of_source = policy_.types[source_.type].bounds;
    if (bounds_of_source == None) return;
    Context source = source_;
    Context target = target_;
    source.type = bounds_of_source;
    if (const uint32_t of_target = policy_.types[target_.type].bounds; of_target != None)
      target.type = of_target;
    const bool known = depth_ < MaxBounds;  // bounds in a circle allow nothing
    const uint32_t may =
        known ? Deciding(policy_, source, target, class_, ~uint32_t{0}, values_, depth_ + 1)
                    .run()
                    .allowed
              : 0;
    refuse(allowed_ & ~may, Cause::Bounds,
           fmt::format("'{}', which bounds it, may not", policy_.types[source.type].name));
  }

  static constexpr uint32_t MaxBounds = 16;
  const Policy& policy_;
  const Context& source_;
  const Context& target_;
  uint32_t class_;
  uint32_t requested_;
  const std::vector<bool>& values_;
  uint32_t depth_;  // of bounds, and bounds of bounds
  uint32_t allowed_ = 0;
  Decision decision_;
};

}  // namespace

Result<Context> parse_context(const Policy& policy, std::string_view text) {
  const auto part = [&] {
    const size_t colon = std::min(text.find(':'), text.size());
    const std::string_view first = text.substr(0, colon);
    text.remove_prefix(std::min(colon + 1, text.size()));
    return first;
  };
  const std::string whole(text);
  const std::string_view user = part();
  const std::string_view role = part();
  const std::string_view type = part();
  Context context{policy.find_user(user), policy.find_role(role), policy.find_type(type), {}};
  if (context.user == None)
    return fail(fmt::format("'{}': the policy has no user '{}'", whole, user));
  if (context.role == None)
    return fail(fmt::format("'{}': the policy has no role '{}'", whole, role));
  if (context.type == None)
    return fail(fmt::format("'{}': the policy has no type '{}'", whole, type));
  if (policy.mls) {
    const std::optional<Range> range = parse_range(policy, text);
    if (!range || !is_range(policy, *range))
      return fail(fmt::format("'{}': '{}' is no range of levels", whole, text));
    context.range = *range;
  }
  if (role == ObjectRole) return context;
  if (!std::ranges::binary_search(policy.roles[context.role].types, context.type))
    return fail(fmt::format("'{}': role '{}' may not have type '{}'", whole, role, type));
  const User& owner = policy.users[context.user];
  if (!std::ranges::binary_search(owner.roles, context.role))
    return fail(fmt::format("'{}': user '{}' may not have role '{}'", whole, user, role));
  if (policy.mls && !(dominates(context.range.low, owner.range.low) &&
                      dominates(owner.range.high, context.range.high)))
    return fail(fmt::format("'{}': user '{}' may not have these levels", whole, user));
  return context;
}

std::string print(const Policy& policy, const Context& context) {
  std::string text = fmt::format("{}:{}:{}", policy.users[context.user].name,
                                 policy.roles[context.role].name, policy.types[context.type].name);
  if (policy.mls) text += ":" + print(policy, context.range);
  return text;
}

std::string_view print(Cause cause) {
  switch (cause) {
    case Cause::MissingRule:
      return "no rule";
    case Cause::BooleanOff:
      return "boolean";
    case Cause::Constraint:
      return "constraint";
    case Cause::Levels:
      return "levels";
    case Cause::RoleChange:
      return "role";
    case Cause::Bounds:
      return "bounds";
  }
  return "";
}

Decision decide(const Policy& policy, const Context& source, const Context& target,
                uint32_t object_class, uint32_t requested, const std::vector<bool>& values) {
  return Deciding(policy, source, target, object_class, requested, values, 0).run();
}

std::vector<bool> standard_values(const Policy& policy) {
  std::vector<bool> values;
  for (const Bool& b : policy.bools) values.push_back(b.standard);
  return values;
}

}  // namespace bh::selinux
