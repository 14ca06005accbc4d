// A compiled SELinux policy as one compact value: what libsepol reads from a kernel binary, with
// names resolved to small numbers and rules left as they are, between types and attributes. What
// they come to, type by type, is in targets/selinux/relation.h.
//
// Labels of objects (portcon, genfscon, initial contexts) are not kept: nothing here asks for them.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bh::selinux {

constexpr uint32_t None = 0xffff'ffff;
constexpr uint32_t MaxPermissions = 32;  // a class has at most so many: they are bits of a word

// Numbers in ascending order without duplicates: of types, roles or categories.
using Numbers = std::vector<uint32_t>;

// What happens to classes and permissions that the kernel knows and the policy does not.
enum class HandleUnknown : uint8_t { Deny, Reject, Allow };

struct Type {
  std::string name;
  std::vector<std::string> aliases;  // sorted
  bool permissive = false;           // nothing is enforced for it
  uint32_t bounds = None;            // the type that it is bounded by
  bool operator==(const Type&) const = default;
};

struct Attribute {
  std::string name;  // compilers make some up; only what it stands for has meaning
  Numbers types;
  bool operator==(const Attribute&) const = default;
};

// ---- constraints ------------------------------------------------------------------------------

// Whose component a constraint looks at; Third (the process) only in validatetrans.
enum class Party : uint8_t { Source, Target, Third };
enum class Part : uint8_t { User, Role, Type };
enum class LevelPair : uint8_t {
  LowLow,    // l1, l2
  LowHigh,   // l1, h2
  HighLow,   // h1, l2
  HighHigh,  // h1, h2
  Source,    // l1, h1
  Target,    // l2, h2
};
enum class Comparator : uint8_t { Equal, NotEqual, Dominates, DominatedBy, Incomparable };

enum class TermKind : uint8_t {
  Not,
  And,
  Or,
  Parts,   // `part` of the source against `part` of the target
  Levels,  // the two of `levels`
  Names,   // `part` of `party` against `names`
};

struct ConstraintTerm {
  TermKind kind = TermKind::And;
  Part part = Part::Type;
  Party party = Party::Source;
  LevelPair levels = LevelPair::LowLow;
  Comparator comparator = Comparator::Equal;
  Numbers names;
  bool operator==(const ConstraintTerm&) const = default;
};

// In postfix order. INVARIANT: a well-formed expression, at most 64 values deep.
using ConstraintExpr = std::vector<ConstraintTerm>;

// The permissions are granted only where the expression holds.
struct Constraint {
  uint32_t permissions = 0;  // 0 in validatetrans
  ConstraintExpr expr;
  bool operator==(const Constraint&) const = default;
};

struct Class {
  std::string name;
  std::vector<std::string> permissions;  // by bit; "" where the policy names none
  std::vector<Constraint> constraints;   // constrain and mlsconstrain
  std::vector<Constraint> transitions;   // validatetrans and mlsvalidatetrans
  // default_user, default_role, default_type, default_range as the binary encodes them; 0: none.
  std::array<uint8_t, 4> defaults = {};
  bool operator==(const Class&) const = default;
};

// ---- rules ------------------------------------------------------------------------------------

struct Bool {
  std::string name;
  bool standard = false;
  bool operator==(const Bool&) const = default;
};

enum class BoolOp : uint8_t { Value, Not, Or, And, Xor, Equal, NotEqual };

struct BoolTerm {
  BoolOp op = BoolOp::Value;
  uint32_t value = 0;  // Value only: a Bool
  bool operator==(const BoolTerm&) const = default;
};

// In postfix order. INVARIANT: well-formed, at most 64 values deep.
using BoolExpr = std::vector<BoolTerm>;

// Under which booleans a rule is in force.
struct Branch {
  uint32_t expr = None;  // into Policy::conditions; None: always
  bool holds = true;     // in force where the expression is true, or where it is false
  auto operator<=>(const Branch&) const = default;
  bool conditional() const { return expr != None; }
};

// The source or target of a rule: a type, or (from types.size() on) an attribute.
using SetId = uint32_t;

enum class AccessKind : uint8_t { Allow, AuditAllow, DontAudit };

struct AccessRule {
  AccessKind kind = AccessKind::Allow;
  SetId source = 0;
  SetId target = 0;
  uint32_t object_class = 0;
  uint32_t permissions = 0;
  Branch branch;
  bool operator==(const AccessRule&) const = default;
};

// allowxperm, auditallowxperm, dontauditxperm: of ioctl, all commands of drivers or some of one.
struct ExtendedRule {
  AccessKind kind = AccessKind::Allow;
  SetId source = 0;
  SetId target = 0;
  uint32_t object_class = 0;
  bool whole_drivers = false;  // `bits` are drivers; else commands of `driver`
  uint8_t driver = 0;
  std::array<uint32_t, 8> bits = {};  // 256 of them
  Branch branch;
  bool operator==(const ExtendedRule&) const = default;
};

enum class TypeRuleKind : uint8_t { Transition, Change, Member };

struct TypeRule {
  TypeRuleKind kind = TypeRuleKind::Transition;
  SetId source = 0;
  SetId target = 0;
  uint32_t object_class = 0;
  uint32_t result = 0;  // a type
  Branch branch;
  bool operator==(const TypeRule&) const = default;
};

// A type_transition that looks at the last component of the new object's path.
struct NamedTransition {
  Numbers sources;
  uint32_t target = 0;
  uint32_t object_class = 0;
  std::string name;
  uint32_t result = 0;
  bool operator==(const NamedTransition&) const = default;
};

// ---- MLS, roles, users ------------------------------------------------------------------------

struct Level {
  uint32_t sensitivity = 0;
  Numbers categories;
  bool operator==(const Level&) const = default;
};

struct Range {
  Level low;
  Level high;
  bool operator==(const Range&) const = default;
};

struct RangeTransition {
  SetId source = 0;
  SetId target = 0;
  uint32_t object_class = 0;
  Range range;
  bool operator==(const RangeTransition&) const = default;
};

struct Role {
  std::string name;
  Numbers types;
  bool operator==(const Role&) const = default;
};

struct RoleAllow {
  uint32_t from = 0;
  uint32_t to = 0;
  auto operator<=>(const RoleAllow&) const = default;
};

struct RoleTransition {
  uint32_t role = 0;
  SetId target = 0;
  uint32_t object_class = 0;
  uint32_t result = 0;
  auto operator<=>(const RoleTransition&) const = default;
};

struct User {
  std::string name;
  Numbers roles;
  Range range;
  Level standard;
  bool operator==(const User&) const = default;
};

struct Sensitivity {
  std::string name;
  std::vector<std::string> aliases;  // sorted
  Numbers categories;                // that a level of it may have
  bool operator==(const Sensitivity&) const = default;
};

struct Category {
  std::string name;
  std::vector<std::string> aliases;  // sorted
  bool operator==(const Category&) const = default;
};

// ---- the whole --------------------------------------------------------------------------------

// INVARIANT: every number is in range (see `well_formed`), every expression well-formed.
struct Policy {
  uint32_t version = 0;  // of the binary format
  bool mls = false;
  HandleUnknown handle_unknown = HandleUnknown::Deny;
  Numbers capabilities;  // policycap, as the kernel numbers them

  std::vector<Type> types;
  std::vector<Attribute> attributes;
  std::vector<Class> classes;
  std::vector<Bool> bools;
  std::vector<BoolExpr> conditions;

  std::vector<AccessRule> access;
  std::vector<ExtendedRule> extended;
  std::vector<TypeRule> type_rules;
  std::vector<NamedTransition> named_transitions;
  std::vector<RangeTransition> range_transitions;

  std::vector<Sensitivity> sensitivities;  // from low to high
  std::vector<Category> categories;
  std::vector<Role> roles;
  std::vector<RoleAllow> role_allows;
  std::vector<RoleTransition> role_transitions;
  std::vector<User> users;

  bool operator==(const Policy&) const = default;

  bool is_type(SetId set) const { return set < types.size(); }
  const std::string& set_name(SetId set) const;
  bool contains(SetId set, uint32_t type) const;
  // The types that the set stands for. The one of a single type is kept in `one`.
  const Numbers& members(SetId set, Numbers& one) const;

  // By name or alias; None when there is none.
  uint32_t find_type(std::string_view name) const;
  uint32_t find_class(std::string_view name) const;
  uint32_t find_role(std::string_view name) const;
  uint32_t find_user(std::string_view name) const;
};

// "allow", "auditallow", "dontaudit"
std::string_view keyword(AccessKind kind);
// "type_transition", "type_change", "type_member"
std::string_view keyword(TypeRuleKind kind);

// The bit of a permission; 0 when the class has none of that name.
uint32_t permission_bit(const Class& object_class, std::string_view permission);
// "read write": in the order of the bits.
std::string print_permissions(const Class& object_class, uint32_t permissions);

// Whether the invariants hold; what we decode is believed only after this.
bool well_formed(const Policy& policy);

// "(a and not b)", in the names of the booleans.
std::string print(const Policy& policy, const BoolExpr& expr);
// " if a and not b", " unless a"; "" for what is always in force.
std::string print(const Policy& policy, Branch branch);
// "t1 in {a, b} or l1 dom l2", as constrain statements are written.
std::string print_constraint(const Policy& policy, const ConstraintExpr& expr);

// Whether the expression holds with these values, by Bool.
bool holds(const BoolExpr& expr, const std::vector<bool>& values);

}  // namespace bh::selinux
