#include "targets/selinux/policy.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh::selinux {
namespace {

constexpr size_t MaxDepth = 64;

template <class Named>
uint32_t find_named(const std::vector<Named>& all, std::string_view name) {
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].name == name) return static_cast<uint32_t>(i);
  }
  return None;
}

// How many values an expression leaves, or 0 when it takes more than there are or piles up too
// many.
template <class Term, class Arity>
bool is_postfix(const std::vector<Term>& expr, Arity arity) {
  size_t depth = 0;
  for (const Term& term : expr) {
    const size_t taken = arity(term);
    if (depth < taken) return false;
    depth = depth - taken + 1;
    if (depth > MaxDepth) return false;
  }
  return depth == 1;
}

size_t arity(const ConstraintTerm& term) {
  switch (term.kind) {
    case TermKind::Not:
      return 1;
    case TermKind::And:
    case TermKind::Or:
      return 2;
    case TermKind::Parts:
    case TermKind::Levels:
    case TermKind::Names:
      return 0;
  }
  return 0;
}

size_t arity(const BoolTerm& term) {
  switch (term.op) {
    case BoolOp::Value:
      return 0;
    case BoolOp::Not:
      return 1;
    case BoolOp::Or:
    case BoolOp::And:
    case BoolOp::Xor:
    case BoolOp::Equal:
    case BoolOp::NotEqual:
      return 2;
  }
  return 0;
}

// Numbers are ascending and below `end`.
bool in_range(const Numbers& numbers, size_t end) {
  for (size_t i = 1; i < numbers.size(); ++i) {
    if (numbers[i - 1] >= numbers[i]) return false;
  }
  return numbers.empty() || numbers.back() < end;
}

class Check {
 public:
  explicit Check(const Policy& policy) : policy_(policy) {}

  bool all() const {
    return vocabulary() &&
           std::ranges::all_of(policy_.conditions, [&](const auto& e) { return expr(e); }) &&
           std::ranges::all_of(policy_.access, [&](const auto& r) { return rule(r); }) &&
           std::ranges::all_of(policy_.extended, [&](const auto& r) { return rule(r); }) &&
           type_rules() && roles() && users();
  }

 private:
  bool type(uint32_t number) const { return number < policy_.types.size(); }
  bool object_class(uint32_t number) const { return number < policy_.classes.size(); }
  bool role(uint32_t number) const { return number < policy_.roles.size(); }
  bool set(SetId id) const { return id < policy_.types.size() + policy_.attributes.size(); }

  bool vocabulary() const {
    for (const Sensitivity& s : policy_.sensitivities) {
      if (!in_range(s.categories, policy_.categories.size())) return false;
    }
    for (const Type& t : policy_.types) {
      if (t.bounds != None && !type(t.bounds)) return false;
    }
    for (const Attribute& a : policy_.attributes) {
      if (!in_range(a.types, policy_.types.size())) return false;
    }
    return std::ranges::all_of(policy_.classes, [&](const Class& c) {
      return c.permissions.size() <= MaxPermissions && constraints(c.constraints) &&
             constraints(c.transitions);
    });
  }

  bool constraints(const std::vector<Constraint>& all) const {
    return std::ranges::all_of(all, [&](const Constraint& c) {
      return is_postfix(c.expr, [](const ConstraintTerm& t) { return arity(t); }) &&
             std::ranges::all_of(c.expr,
                                 [&](const auto& t) { return in_range(t.names, names(t)); });
    });
  }

  size_t names(const ConstraintTerm& term) const {
    switch (term.part) {
      case Part::User:
        return policy_.users.size();
      case Part::Role:
        return policy_.roles.size();
      case Part::Type:
        return policy_.types.size();
    }
    return 0;
  }

  bool expr(const BoolExpr& e) const {
    return is_postfix(e, [](const BoolTerm& t) { return arity(t); }) &&
           std::ranges::all_of(e, [&](const BoolTerm& t) {
             return t.op != BoolOp::Value || t.value < policy_.bools.size();
           });
  }

  template <class Rule>
  bool rule(const Rule& r) const {
    return set(r.source) && set(r.target) && object_class(r.object_class) &&
           (!r.branch.conditional() || r.branch.expr < policy_.conditions.size());
  }

  bool type_rules() const {
    return std::ranges::all_of(policy_.type_rules,
                               [&](const auto& r) { return rule(r) && type(r.result); }) &&
           std::ranges::all_of(policy_.named_transitions,
                               [&](const NamedTransition& t) {
                                 return in_range(t.sources, policy_.types.size()) &&
                                        type(t.target) && object_class(t.object_class) &&
                                        type(t.result);
                               }) &&
           std::ranges::all_of(policy_.range_transitions, [&](const RangeTransition& t) {
             return set(t.source) && set(t.target) && object_class(t.object_class) &&
                    range(t.range);
           });
  }

  bool level(const Level& l) const {
    return (l.sensitivity < policy_.sensitivities.size() || !policy_.mls) &&
           in_range(l.categories, policy_.categories.size());
  }
  bool range(const Range& r) const { return level(r.low) && level(r.high); }

  bool roles() const {
    return std::ranges::all_of(
               policy_.roles,
               [&](const Role& r) { return in_range(r.types, policy_.types.size()); }) &&
           std::ranges::all_of(policy_.role_allows,
                               [&](const RoleAllow& a) { return role(a.from) && role(a.to); }) &&
           std::ranges::all_of(policy_.role_transitions, [&](const RoleTransition& t) {
             return role(t.role) && set(t.target) && object_class(t.object_class) && role(t.result);
           });
  }

  bool users() const {
    return std::ranges::all_of(policy_.users, [&](const User& u) {
      return in_range(u.roles, policy_.roles.size()) && range(u.range) && level(u.standard);
    });
  }

  const Policy& policy_;
};

std::string_view word(BoolOp op) {
  switch (op) {
    case BoolOp::Value:
    case BoolOp::Not:
      return "not";
    case BoolOp::Or:
      return "or";
    case BoolOp::And:
      return "and";
    case BoolOp::Xor:
    case BoolOp::NotEqual:
      return "!=";
    case BoolOp::Equal:
      return "==";
  }
  return "?";
}

std::string_view word(Comparator comparator) {
  switch (comparator) {
    case Comparator::Equal:
      return "==";
    case Comparator::NotEqual:
      return "!=";
    case Comparator::Dominates:
      return "dom";
    case Comparator::DominatedBy:
      return "domby";
    case Comparator::Incomparable:
      return "incomp";
  }
  return "?";
}

char letter(Part part) {
  switch (part) {
    case Part::User:
      return 'u';
    case Part::Role:
      return 'r';
    case Part::Type:
      return 't';
  }
  return '?';
}

std::string_view words(LevelPair pair, Comparator comparator, std::string& text) {
  static constexpr std::string_view Sides[][2] = {{"l1", "l2"}, {"l1", "h2"}, {"h1", "l2"},
                                                  {"h1", "h2"}, {"l1", "h1"}, {"l2", "h2"}};
  const auto& sides = Sides[static_cast<size_t>(pair)];
  text = fmt::format("{} {} {}", sides[0], word(comparator), sides[1]);
  return text;
}

std::string print_names(const Policy& policy, const ConstraintTerm& term) {
  constexpr size_t Most = 4;
  std::string text;
  for (size_t i = 0; i < term.names.size(); ++i) {
    if (i == Most) return text + fmt::format(", {} more", term.names.size() - Most);
    const uint32_t number = term.names[i];
    const std::string& name = term.part == Part::User   ? policy.users[number].name
                              : term.part == Part::Role ? policy.roles[number].name
                                                        : policy.types[number].name;
    text += fmt::format("{}{}", i == 0 ? "" : ", ", name);
  }
  return text;
}

std::string print_leaf(const Policy& policy, const ConstraintTerm& term) {
  std::string text;
  if (term.kind == TermKind::Levels) return std::string(words(term.levels, term.comparator, text));
  if (term.kind == TermKind::Parts)
    return fmt::format("{0}1 {1} {0}2", letter(term.part), word(term.comparator));
  return fmt::format("{}{} {} {{{}}}", letter(term.part), static_cast<int>(term.party) + 1,
                     term.comparator == Comparator::Equal ? "in" : "not in",
                     term.names.empty() ? "" : ' ' + print_names(policy, term) + ' ');
}

// An expression as it reads, with no more parentheses than it needs.
struct Printed {
  std::string text;
  std::string_view joined_by;  // its outermost operator; "": of one operand

  std::string operand_of(std::string_view with) const {
    const bool chained = joined_by == with && (with == "and" || with == "or");
    return joined_by.empty() || chained ? text : '(' + text + ')';
  }
};

void negate(std::vector<Printed>& stack) {
  stack.back() = {"not " + stack.back().operand_of("not"), ""};
}

// Joins the last two.
void join(std::vector<Printed>& stack, std::string_view with) {
  const std::string right = stack.back().operand_of(with);
  stack.pop_back();
  stack.back() = {fmt::format("{} {} {}", stack.back().operand_of(with), with, right), with};
}

}  // namespace

const std::string& Policy::set_name(SetId set) const {
  return is_type(set) ? types[set].name : attributes[set - types.size()].name;
}

bool Policy::contains(SetId set, uint32_t type) const {
  if (is_type(set)) return set == type;
  return std::ranges::binary_search(attributes[set - types.size()].types, type);
}

const Numbers& Policy::members(SetId set, Numbers& one) const {
  if (!is_type(set)) return attributes[set - types.size()].types;
  one.assign(1, set);
  return one;
}

uint32_t Policy::find_type(std::string_view name) const {
  const uint32_t found = find_named(types, name);
  if (found != None) return found;
  for (size_t i = 0; i < types.size(); ++i) {
    if (std::ranges::binary_search(types[i].aliases, name)) return static_cast<uint32_t>(i);
  }
  return None;
}

uint32_t Policy::find_class(std::string_view name) const { return find_named(classes, name); }
uint32_t Policy::find_role(std::string_view name) const { return find_named(roles, name); }
uint32_t Policy::find_user(std::string_view name) const { return find_named(users, name); }

std::string_view keyword(AccessKind kind) {
  switch (kind) {
    case AccessKind::Allow:
      return "allow";
    case AccessKind::AuditAllow:
      return "auditallow";
    case AccessKind::DontAudit:
      return "dontaudit";
  }
  return "";
}

std::string_view keyword(TypeRuleKind kind) {
  switch (kind) {
    case TypeRuleKind::Transition:
      return "type_transition";
    case TypeRuleKind::Change:
      return "type_change";
    case TypeRuleKind::Member:
      return "type_member";
  }
  return "";
}

uint32_t permission_bit(const Class& object_class, std::string_view permission) {
  for (size_t bit = 0; bit < object_class.permissions.size(); ++bit) {
    if (object_class.permissions[bit] == permission) return uint32_t{1} << bit;
  }
  return 0;
}

std::string print_permissions(const Class& object_class, uint32_t permissions) {
  std::string text;
  for (size_t bit = 0; bit < MaxPermissions; ++bit) {
    if ((permissions >> bit & 1) == 0) continue;
    if (!text.empty()) text += ' ';
    const bool named =
        bit < object_class.permissions.size() && !object_class.permissions[bit].empty();
    text += named ? object_class.permissions[bit] : fmt::format("#{}", bit);
  }
  return text;
}

bool well_formed(const Policy& policy) { return Check(policy).all(); }

std::string print(const Policy& policy, const BoolExpr& expr) {
  std::vector<Printed> stack;
  for (const BoolTerm& term : expr) {
    if (term.op == BoolOp::Value) {
      stack.push_back({policy.bools[term.value].name, ""});
    } else if (term.op == BoolOp::Not) {
      negate(stack);
    } else {
      join(stack, word(term.op));
    }
  }
  return stack.back().text;
}

std::string print(const Policy& policy, Branch branch) {
  if (!branch.conditional()) return "";
  return fmt::format(" {} {}", branch.holds ? "if" : "unless",
                     print(policy, policy.conditions[branch.expr]));
}

std::string print_constraint(const Policy& policy, const ConstraintExpr& expr) {
  std::vector<Printed> stack;
  for (const ConstraintTerm& term : expr) {
    if (arity(term) == 0) {
      stack.push_back({print_leaf(policy, term), ""});
    } else if (term.kind == TermKind::Not) {
      negate(stack);
    } else {
      join(stack, term.kind == TermKind::And ? "and" : "or");
    }
  }
  return stack.back().text;
}

bool holds(const BoolExpr& expr, const std::vector<bool>& values) {
  std::vector<bool> stack;
  for (const BoolTerm& term : expr) {
    if (term.op == BoolOp::Value) {
      stack.push_back(values[term.value]);
      continue;
    }
    const bool right = stack.back();
    if (term.op == BoolOp::Not) {
      stack.back() = !right;
      continue;
    }
    stack.pop_back();
    const bool left = stack.back();
    bool result = left != right;  // Xor, NotEqual
    if (term.op == BoolOp::Or) result = left || right;
    if (term.op == BoolOp::And) result = left && right;
    if (term.op == BoolOp::Equal) result = left == right;
    stack.back() = result;
  }
  return stack.back();
}

}  // namespace bh::selinux
