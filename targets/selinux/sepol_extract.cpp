#include "targets/selinux/sepol_extract.h"

// libsepol's internal structures, which are not stable: this file is built against the headers of
// the very library it is linked with. One of them has a field called `bool`.
extern "C" {
#define bool bool_
#include <sepol/policydb/conditional.h>
#include <sepol/policydb/policydb.h>
#undef bool
}

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace bh::selinux {
namespace {

// What `value` names, or None; both count from 1 in libsepol.
class Numbering {
 public:
  void add(uint32_t value, uint32_t number) {
    if (value >= numbers_.size()) numbers_.resize(value + size_t{1}, None);
    numbers_[value] = number;
  }
  uint32_t operator[](uint32_t value) const {
    return value < numbers_.size() ? numbers_[value] : None;
  }

 private:
  std::vector<uint32_t> numbers_;
};

template <class Do>
void each_bit(const ebitmap_t& map, Do what) {
  for (const ebitmap_node_t* node = map.node; node != nullptr; node = node->next) {
    for (uint64_t rest = node->map; rest != 0; rest &= rest - 1)
      what(node->startbit + static_cast<uint32_t>(std::countr_zero(rest)));
  }
}

template <class Do>
void each_entry(hashtab_t table, Do what) {
  if (table == nullptr) return;
  for (unsigned slot = 0; slot < table->size; ++slot) {
    for (hashtab_ptr_t node = table->htable[slot]; node != nullptr; node = node->next)
      what(node->key, node->datum);
  }
}

std::string text(const char* name) { return name == nullptr ? "" : name; }

class Extract {
 public:
  explicit Extract(const policydb_t& db) : db_(db) {}

  Result<Policy> run() {
    policy_.version = db_.policyvers;
    policy_.mls = db_.mls != 0;
    policy_.handle_unknown = handle_unknown();
    each_bit(db_.policycaps, [&](uint32_t bit) { policy_.capabilities.push_back(bit); });
    types();
    levels();
    number_roles();
    number_users();
    classes();
    booleans();
    walk(db_.te_avtab);
    conditionals();
    other_rules();
    roles();
    users();
    if (!missing_.empty()) return fail(fmt::format("it uses {} that it does not define", missing_));
    if (!well_formed(policy_)) return fail("its parts do not fit each other");
    return std::move(policy_);
  }

 private:
  HandleUnknown handle_unknown() const {
    if (db_.handle_unknown == ALLOW_UNKNOWN) return HandleUnknown::Allow;
    return db_.handle_unknown == REJECT_UNKNOWN ? HandleUnknown::Reject : HandleUnknown::Deny;
  }

  // The number that a value stands for; notes when there is none.
  uint32_t found(uint32_t number, const char* what) {
    if (number == None && missing_.empty()) missing_ = what;
    return number == None ? 0 : number;
  }
  uint32_t type(uint32_t value) {
    const uint32_t number = found(sets_[value], "a type");
    return found(number < policy_.types.size() ? number : None, "a type");
  }
  SetId set(uint32_t value) { return found(sets_[value], "a type"); }
  uint32_t object_class(uint32_t value) { return found(classes_[value], "a class"); }
  uint32_t role(uint32_t value) { return found(roles_[value], "a role"); }

  // The numbers of the set bits, each one less than a value; those that are not in the numbering
  // are left out.
  static Numbers numbers(const ebitmap_t& map, const Numbering& by_value, size_t end = None) {
    Numbers all;
    each_bit(map, [&](uint32_t bit) {
      const uint32_t number = by_value[bit + 1];
      if (number < end) all.push_back(number);
    });
    std::ranges::sort(all);
    return all;
  }
  Numbers type_numbers(const ebitmap_t& map) const {
    return numbers(map, sets_, policy_.types.size());
  }

  // ---- vocabulary -------------------------------------------------------------------------------

  void types() {
    const auto each = [&](bool attributes, auto what) {
      for (uint32_t value = 1; value <= db_.p_types.nprim; ++value) {
        const type_datum_t* datum = db_.type_val_to_struct[value - 1];
        if (datum != nullptr && (datum->flavor == TYPE_ATTRIB) == attributes) what(value, *datum);
      }
    };
    each(false, [&](uint32_t value, const type_datum_t&) {
      sets_.add(value, static_cast<uint32_t>(policy_.types.size()));
      policy_.types.push_back({text(db_.p_type_val_to_name[value - 1]), {}, false, None});
    });
    each(true, [&](uint32_t value, const type_datum_t&) {
      sets_.add(value, static_cast<uint32_t>(policy_.types.size() + policy_.attributes.size()));
      policy_.attributes.push_back({text(db_.p_type_val_to_name[value - 1]), {}});
    });
    each(false, [&](uint32_t value, const type_datum_t& datum) {
      const uint32_t number = sets_[value];
      if (datum.bounds != 0) policy_.types[number].bounds = type(datum.bounds);
      each_bit(db_.type_attr_map[value - 1], [&](uint32_t bit) {
        const uint32_t attribute = sets_[bit + 1];
        if (attribute != None && attribute >= policy_.types.size())
          policy_.attributes[attribute - policy_.types.size()].types.push_back(number);
      });
    });
    each_bit(db_.permissive_map, [&](uint32_t value) {  // by value, unlike all other maps
      if (sets_[value] < policy_.types.size()) policy_.types[sets_[value]].permissive = true;
    });
    each_entry(db_.p_types.table, [&](const char* name, void* data) {
      const uint32_t number = sets_[static_cast<type_datum_t*>(data)->s.value];
      if (number < policy_.types.size() && policy_.types[number].name != name)
        policy_.types[number].aliases.emplace_back(name);
    });
    for (Type& t : policy_.types) std::ranges::sort(t.aliases);
  }

  // Sensitivities and categories are numbered by their values, which are their order.
  template <class Named>
  static void name(std::vector<Named>& all, uint32_t value, const char* name, bool is_alias) {
    if (value == 0 || value > all.size()) return;
    Named& named = all[value - 1];
    if (is_alias) {
      named.aliases.emplace_back(name);
      std::ranges::sort(named.aliases);
    } else {
      named.name = name;
    }
  }

  void levels() {
    policy_.sensitivities.resize(db_.p_levels.nprim);
    policy_.categories.resize(db_.p_cats.nprim);
    each_entry(db_.p_levels.table, [&](const char* key, void* data) {
      const auto* datum = static_cast<level_datum_t*>(data);
      const uint32_t value = datum->level->sens;
      name(policy_.sensitivities, value, key, datum->isalias != 0);
      if (value == 0 || value > policy_.sensitivities.size()) return;
      policy_.sensitivities[value - 1].categories.clear();
      each_bit(datum->level->cat,
               [&](uint32_t bit) { policy_.sensitivities[value - 1].categories.push_back(bit); });
    });
    each_entry(db_.p_cats.table, [&](const char* key, void* data) {
      const auto* datum = static_cast<cat_datum_t*>(data);
      name(policy_.categories, datum->s.value, key, datum->isalias != 0);
    });
  }

  Level level(const mls_level_t& from) {
    Level to;
    if (!policy_.mls) return to;
    to.sensitivity = found(from.sens == 0 ? None : from.sens - 1, "a sensitivity");
    each_bit(from.cat, [&](uint32_t bit) { to.categories.push_back(bit); });
    return to;
  }
  Range range(const mls_range_t& from) { return {level(from.level[0]), level(from.level[1])}; }

  void number_roles() {
    for (uint32_t value = 1; value <= db_.p_roles.nprim; ++value) {
      if (db_.role_val_to_struct[value - 1] == nullptr) continue;
      roles_.add(value, static_cast<uint32_t>(policy_.roles.size()));
      policy_.roles.push_back({text(db_.p_role_val_to_name[value - 1]), {}});
    }
  }

  void number_users() {
    for (uint32_t value = 1; value <= db_.p_users.nprim; ++value) {
      if (db_.user_val_to_struct[value - 1] == nullptr) continue;
      users_.add(value, static_cast<uint32_t>(policy_.users.size()));
      policy_.users.push_back({text(db_.p_user_val_to_name[value - 1]), {}, {}, {}});
    }
  }

  void classes() {
    for (uint32_t value = 1; value <= db_.p_classes.nprim; ++value) {
      const class_datum_t* datum = db_.class_val_to_struct[value - 1];
      if (datum == nullptr) continue;
      classes_.add(value, static_cast<uint32_t>(policy_.classes.size()));
      Class& added = policy_.classes.emplace_back();
      added.name = text(db_.p_class_val_to_name[value - 1]);
      if (datum->comdatum != nullptr) permissions(datum->comdatum->permissions, added);
      permissions(datum->permissions, added);
      added.constraints = constraints(datum->constraints);
      added.transitions = constraints(datum->validatetrans);
      added.defaults = {
          static_cast<uint8_t>(datum->default_user), static_cast<uint8_t>(datum->default_role),
          static_cast<uint8_t>(datum->default_type), static_cast<uint8_t>(datum->default_range)};
    }
  }

  static void permissions(const symtab_t& table, Class& to) {
    each_entry(table.table, [&](const char* key, void* data) {
      const uint32_t value = static_cast<perm_datum_t*>(data)->s.value;
      if (value == 0 || value > MaxPermissions) return;
      if (to.permissions.size() < value) to.permissions.resize(value);
      to.permissions[value - 1] = key;
    });
  }

  std::vector<Constraint> constraints(const constraint_node_t* node) {
    std::vector<Constraint> all;
    for (; node != nullptr; node = node->next) {
      Constraint& added = all.emplace_back();
      added.permissions = node->permissions;
      for (const constraint_expr_t* e = node->expr; e != nullptr; e = e->next)
        added.expr.push_back(term(*e));
    }
    return all;
  }

  ConstraintTerm term(const constraint_expr_t& e) {
    ConstraintTerm to;
    to.kind = e.expr_type == CEXPR_NOT     ? TermKind::Not
              : e.expr_type == CEXPR_AND   ? TermKind::And
              : e.expr_type == CEXPR_OR    ? TermKind::Or
              : e.expr_type == CEXPR_NAMES ? TermKind::Names
              : e.attr >= CEXPR_L1L2       ? TermKind::Levels
                                           : TermKind::Parts;
    if (e.expr_type < CEXPR_NOT || e.expr_type > CEXPR_NAMES) found(None, "a kind of constraint");
    if (to.kind == TermKind::Not || to.kind == TermKind::And || to.kind == TermKind::Or) return to;
    if (e.op < CEXPR_EQ || e.op > CEXPR_INCOMP) found(None, "a comparison");
    to.comparator = static_cast<Comparator>(e.op - CEXPR_EQ);
    if (to.kind == TermKind::Levels) {
      const int bit = std::countr_zero(static_cast<uint32_t>(e.attr / CEXPR_L1L2));
      to.levels = static_cast<LevelPair>(std::min(bit, 5));
      return to;
    }
    to.part = (e.attr & CEXPR_USER) != 0   ? Part::User
              : (e.attr & CEXPR_ROLE) != 0 ? Part::Role
                                           : Part::Type;
    to.party = (e.attr & CEXPR_XTARGET) != 0  ? Party::Third
               : (e.attr & CEXPR_TARGET) != 0 ? Party::Target
                                              : Party::Source;
    if (to.kind == TermKind::Names) {
      to.names = to.part == Part::User   ? numbers(e.names, users_)
                 : to.part == Part::Role ? numbers(e.names, roles_)
                                         : type_numbers(e.names);
    }
    return to;
  }

  void booleans() {
    for (uint32_t value = 1; value <= db_.p_bools.nprim; ++value) {
      const cond_bool_datum_t* datum = db_.bool_val_to_struct[value - 1];
      if (datum == nullptr) continue;
      bools_.add(value, static_cast<uint32_t>(policy_.bools.size()));
      policy_.bools.push_back({text(db_.p_bool_val_to_name[value - 1]), datum->state != 0});
    }
  }

  // ---- rules ------------------------------------------------------------------------------------

  void walk(const avtab_t& table) {
    if (table.htable == nullptr) return;
    policy_.access.reserve(table.nel);
    for (uint32_t slot = 0; slot < table.nslot; ++slot) {
      for (avtab_ptr_t node = table.htable[slot]; node != nullptr; node = node->next)
        rule(*node, {});
    }
  }

  void conditionals() {
    for (const cond_list_t* node = db_.cond_list; node != nullptr; node = node->next) {
      const auto number = static_cast<uint32_t>(policy_.conditions.size());
      BoolExpr& expr = policy_.conditions.emplace_back();
      for (const cond_expr_t* e = node->expr; e != nullptr; e = e->next) expr.push_back(term(*e));
      for (const cond_av_list_t* av = node->true_list; av != nullptr; av = av->next)
        rule(*av->node, {number, true});
      for (const cond_av_list_t* av = node->false_list; av != nullptr; av = av->next)
        rule(*av->node, {number, false});
    }
  }

  BoolTerm term(const cond_expr_t& e) {
    if (e.expr_type < COND_BOOL || e.expr_type > COND_LAST) found(None, "a kind of condition");
    BoolTerm to{static_cast<BoolOp>(e.expr_type - COND_BOOL), 0};
    if (to.op == BoolOp::Value) to.value = found(bools_[e.bool_], "a boolean");
    return to;
  }

  void rule(const avtab_node& node, Branch branch) {
    const avtab_key_t& key = node.key;
    const SetId source = set(key.source_type);
    const SetId target = set(key.target_type);
    const uint32_t cls = object_class(key.target_class);
    const auto access = [&](AccessKind kind, uint32_t permissions) {
      policy_.access.push_back({kind, source, target, cls, permissions, branch});
    };
    const auto type_rule = [&](TypeRuleKind kind) {
      policy_.type_rules.push_back({kind, source, target, cls, type(node.datum.data), branch});
    };
    const auto extended = [&](AccessKind kind) {
      const avtab_extended_perms_t* x = node.datum.xperms;
      if (x == nullptr) return;
      ExtendedRule& added =
          policy_.extended.emplace_back(ExtendedRule{kind,
                                                     source,
                                                     target,
                                                     cls,
                                                     x->specified == AVTAB_XPERMS_IOCTLDRIVER,
                                                     x->driver,
                                                     {},
                                                     branch});
      std::copy(std::begin(x->perms), std::end(x->perms), added.bits.begin());
    };
    if ((key.specified & AVTAB_ALLOWED) != 0) access(AccessKind::Allow, node.datum.data);
    if ((key.specified & AVTAB_AUDITALLOW) != 0) access(AccessKind::AuditAllow, node.datum.data);
    if ((key.specified & AVTAB_AUDITDENY) != 0)  // stored as what is audited
      access(AccessKind::DontAudit, ~node.datum.data & all_permissions(cls));
    if ((key.specified & AVTAB_TRANSITION) != 0) type_rule(TypeRuleKind::Transition);
    if ((key.specified & AVTAB_CHANGE) != 0) type_rule(TypeRuleKind::Change);
    if ((key.specified & AVTAB_MEMBER) != 0) type_rule(TypeRuleKind::Member);
    if ((key.specified & AVTAB_XPERMS_ALLOWED) != 0) extended(AccessKind::Allow);
    if ((key.specified & AVTAB_XPERMS_AUDITALLOW) != 0) extended(AccessKind::AuditAllow);
    if ((key.specified & AVTAB_XPERMS_DONTAUDIT) != 0) extended(AccessKind::DontAudit);
  }

  uint32_t all_permissions(uint32_t cls) const {
    if (cls >= policy_.classes.size()) return 0;
    const size_t size = policy_.classes[cls].permissions.size();
    return size == MaxPermissions ? ~uint32_t{0} : (uint32_t{1} << size) - 1;
  }

  void other_rules() {
    each_entry(db_.filename_trans, [&](const char* raw_key, void* raw) {
      const auto* key = reinterpret_cast<const filename_trans_key_t*>(raw_key);
      for (auto* datum = static_cast<filename_trans_datum_t*>(raw); datum; datum = datum->next) {
        policy_.named_transitions.push_back({type_numbers(datum->stypes), type(key->ttype),
                                             object_class(key->tclass), text(key->name),
                                             type(datum->otype)});
      }
    });
    std::ranges::sort(policy_.named_transitions, {}, [](const NamedTransition& t) {
      return std::tuple(t.target, t.object_class, std::string_view(t.name), t.result);
    });
    each_entry(db_.range_tr, [&](const char* raw_key, void* raw) {
      const auto* key = reinterpret_cast<const range_trans_t*>(raw_key);
      policy_.range_transitions.push_back({set(key->source_type), set(key->target_type),
                                           object_class(key->target_class),
                                           range(*static_cast<mls_range_t*>(raw))});
    });
    std::ranges::sort(policy_.range_transitions, {}, [](const RangeTransition& t) {
      return std::tuple(t.source, t.target, t.object_class);
    });
  }

  void roles() {
    for (uint32_t value = 1; value <= db_.p_roles.nprim; ++value) {
      const role_datum_t* datum = db_.role_val_to_struct[value - 1];
      if (datum != nullptr) policy_.roles[roles_[value]].types = type_numbers(datum->types.types);
    }
    for (const role_allow_t* a = db_.role_allow; a != nullptr; a = a->next)
      policy_.role_allows.push_back({role(a->role), role(a->new_role)});
    for (const role_trans_t* t = db_.role_tr; t != nullptr; t = t->next) {
      policy_.role_transitions.push_back(
          {role(t->role), set(t->type), object_class(t->tclass), role(t->new_role)});
    }
    std::ranges::sort(policy_.role_allows);
    std::ranges::sort(policy_.role_transitions);
  }

  void users() {
    for (uint32_t value = 1; value <= db_.p_users.nprim; ++value) {
      const user_datum_t* datum = db_.user_val_to_struct[value - 1];
      if (datum == nullptr) continue;
      User& user = policy_.users[users_[value]];
      user.roles = numbers(datum->roles.roles, roles_);
      user.range = range(datum->exp_range);
      user.standard = level(datum->exp_dfltlevel);
    }
  }

  const policydb_t& db_;
  Policy policy_;
  Numbering sets_;  // types, then attributes
  Numbering classes_, roles_, users_, bools_;
  std::string missing_;  // "a type": the first thing that was used and not defined
};

}  // namespace

Result<Policy> extract(const sepol_policydb& policy) { return Extract(policy.p).run(); }

}  // namespace bh::selinux
