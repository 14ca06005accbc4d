// The checker's inside: one pass per kind of statement, vocabulary before what uses it, so that the
// order of statements in the text never matters. Functions return false (or an invalid id) when
// something was reported or silenced; the caller then leaves out what depends on it.
#pragma once

#include <forward_list>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/model/model.h"
#include "lang/ast.h"
#include "lang/check.h"
#include "lang/reporter.h"
#include "lang/rule_parts.h"

namespace bh {

class Checker {
 public:
  static constexpr size_t MaxParameters = 6;  // the monitor's message has six words each way
  static constexpr size_t MaxMethods = 32;
  static constexpr uint64_t MaxBytes = uint64_t{1} << 30;
  static constexpr size_t MaxLevels = 64;
  static constexpr size_t MaxStates = 256;
  static constexpr size_t MaxInstances = 256;      // of one component
  static constexpr size_t MaxCombinations = 1024;  // of the values of all variants
  // Components and operations listed in rules, properties and groups once names like `any` are
  // written out.
  static constexpr size_t MaxExpanded = 32'000'000;

  Checker(const Ast& ast, const Setting& setting, DiagnosticSink& sink)
      : ast_(ast), setting_(setting), reporter_(sink) {}
  Model run();
  std::vector<RuleParts> parts(const std::vector<RuleId>& rules);  // instead of run()

 private:
  // What a name in subject, target or flow position may be; one namespace for all of them.
  enum class EntityKind : uint8_t { Component, Group, Interface, Level };
  struct Entity {
    EntityKind kind;
    uint32_t index;     // ComponentId, GroupId, InterfaceId; Level: index in its lattice
    LatticeId lattice;  // Level
    Span span;
  };
  // What other statements cite by name; one namespace for all of them.
  enum class CitedKind : uint8_t { Rule, Release, Protocol, Property };
  struct Cited {
    CitedKind kind;
    uint32_t index;
    Span span;
  };
  // A pair of an id and a name in it: the endpoint of a component, the method of an interface.
  struct Member {
    uint32_t owner;
    std::string_view name;
    bool operator==(const Member&) const = default;
  };
  struct MemberHash {
    size_t operator()(const Member& m) const {
      return std::hash<std::string_view>()(m.name) * 31 + m.owner;
    }
  };
  // Where a path has led so far.
  enum class ScopeKind : uint8_t { Component, Group, Interface, Endpoint, Method, Item };
  struct Scope {
    ScopeKind kind = ScopeKind::Component;
    uint32_t id = 0;                      // Component, Group, Interface, Endpoint
    std::vector<OperationId> operations;  // Method, Item
    bool is_result = false;               // Item
    uint32_t index = 0;                   // Item
  };

  // ---- names (check_names.cpp)
  bool declare(std::unordered_map<std::string_view, Span>& space, const ast::Name& name);
  bool declare_entity(const ast::Name& name, Entity entity);
  void declare_cited(const ast::Name& name, CitedKind kind, uint32_t index);
  void duplicate(const ast::Name& name, Span first);
  bool silenced(const ast::Name& name) const;
  const Entity* find_entity(const ast::Name& name);  // reports
  const Cited* find_cited(const ast::Name& name) const;
  template <class... Kind, class... Args>
  void unknown(const ast::Name& name, const std::vector<std::string_view>& candidates,
               const DiagKind<Kind...>& kind, const Args&... args) {
    if (silenced(name)) return;
    suggest(reporter_.report(name.span, kind, args...), name, candidates);
  }
  static void suggest(DiagnosticSink::Builder report, const ast::Name& name,
                      const std::vector<std::string_view>& candidates);
  std::vector<std::string_view> entity_names(std::initializer_list<EntityKind> kinds) const;
  std::vector<std::string_view> cited_names(std::initializer_list<CitedKind> kinds) const;
  std::string_view describe(const Entity& entity) const;

  // ---- vocabulary (check_vocabulary.cpp, check_types.cpp)
  void declare_who_and_what();  // check.cpp
  void header();
  void lattices();
  void lattice(const ast::LatticeDecl& d);
  bool order_levels(const ast::LatticeDecl& d, Lattice& lattice);
  void types();
  void declare_types();
  void resolve_named_type(size_t first);
  bool compute_type(const ast::TypeExpr& e, Type& type);
  bool base_type(const ast::TypeExpr& e, Type& type);
  bool sizes(const ast::TypeExpr& e, Type& type);
  bool restrict_domain(const ast::TypeExpr& e, Type& type);
  bool plain_number(const ast::Value& value, uint64_t& to);
  TypeId use_type(const ast::TypeExpr& e);
  void variants();
  bool variant(const ast::VariantDecl& d, Variant& to);
  void interfaces();
  void method(InterfaceId interface, const ast::MethodDecl& d);
  std::vector<Parameter> parameters(const std::vector<ast::ParameterDecl>& ds,
                                    std::unordered_map<std::string_view, Span>& names);
  void too_many(Span span, std::string_view owner, size_t count, std::string_view what,
                size_t most);

  // ---- who there is (check_components.cpp)
  void components();
  void component(const ast::Name& name, const ast::ComponentDecl& d);
  void instances(const ast::ComponentDecl& d);
  void implied_endpoint(ComponentId id, Span span);
  void endpoint(ComponentId id, const ast::Name& name, const ast::Name& interface,
                EndpointRole role, Span span);
  void labels(ComponentId id, const ast::ComponentDecl& d);
  void groups();
  void resolve_groups();
  bool add_member(const ast::Name& name, const Entity& entity, std::vector<ComponentId>& to);
  void group(const ast::GroupDecl& d, Group& to);
  bool term(const ast::GroupTerm& term, std::vector<ComponentId>& to);
  bool labelled(const ast::GroupTerm& term, std::vector<ComponentId>& to);

  // ---- paths and subjects (check_paths.cpp)
  bool subjects(const ast::PathSet& set, std::vector<ComponentId>& to, bool& any);
  bool subject(const ast::Path& path, std::vector<ComponentId>& to, bool& any);
  bool one_component(const ast::Name& name, ComponentId& to);
  // Where there are no callers, `self` and `other` mean nothing.
  bool targets(const ast::PathSet& set, const std::vector<ComponentId>* callers,
               std::vector<ConditionalOperation>& to);
  bool own_operations(const ast::Path& path, const std::vector<ComponentId>& callers,
                      std::vector<OperationId>& to);
  bool operations(const ast::PathSet& set, std::vector<OperationId>& to);
  bool operations(const ast::Path& path, std::vector<OperationId>& to);
  bool operations(const ast::Path& path, const std::vector<Scope>& scopes,
                  std::vector<OperationId>& to);
  bool one_operation(const ast::Path& path, OperationId& to);
  bool items(const ast::Path& path, std::vector<DataItem>& to);
  bool resolve(const ast::Path& path, std::vector<Scope>& to);
  bool follow(const ast::Path& path, Scope scope, std::vector<Scope>& to);
  bool start(const ast::Name& name, Scope& to);
  bool step(Scope& scope, const ast::Name& name);
  bool step_component(Scope& scope, const ast::Name& name);
  bool step_endpoint(Scope& scope, const ast::Name& name);
  bool step_interface(Scope& scope, const ast::Name& name);
  bool step_method(Scope& scope, const ast::Name& name);
  void collect(const Scope& scope, std::vector<OperationId>& to) const;
  bool may_send(ComponentId subject, OperationId operation) const;
  bool check_senders(const std::vector<ComponentId>& subjects,
                     const std::vector<ConditionalOperation>& targets, Span span);
  void only_callers(std::vector<ComponentId>& subjects,
                    const std::vector<ConditionalOperation>& targets) const;
  static std::string text(const ast::Path& path);
  // Counts what a statement lists; false, and reported once, when the policy lists too much.
  bool within_bounds(Span span, size_t listed);

  // ---- conditions (check_conditions.cpp)
  bool conditional(const std::optional<ast::Expr>& condition, bool negated,
                   std::vector<ConditionalOperation>& targets);
  bool variant_atom(const ast::Expr& e, VariantId id, ConditionId& to);
  bool condition(const ast::Expr& e, OperationId operation, ConditionId& to);
  bool atom(const ast::Expr& e, OperationId operation, ConditionId& to);
  bool atom_fits(const ast::Expr& e, const Type& type);
  bool atom_set(const ast::Expr& e, const Type& type, IntervalSet& to);
  bool word(const ast::Value& value, const Type& type, bool as_bound, uint64_t& to);
  bool word_in_domain(const ast::Value& value, const Type& type, bool as_bound, uint64_t word);
  static std::string print_domain(const Type& type);
  static std::string_view describe(const Type& type);

  // ---- rules, protocols, properties (check_rules.cpp, check_protocols.cpp, check_properties.cpp)
  void declare_cited_statements();
  RuleParts parts(const ast::RuleDecl& d);  // rule_parts.cpp
  void releases();
  void release(const ast::ReleaseDecl& d, Release& to);
  void rules();
  bool requests(const ast::PathSet& subject_set, const ast::PathSet& target_set,
                const std::optional<ast::Expr>& condition, bool negated, bool grants,
                std::vector<ComponentId>& subjects, std::vector<ConditionalOperation>& targets);
  void protocols();
  void protocol(const ast::ProtocolDecl& d, Protocol& to);
  void transition(const ast::TransitionDecl& t, Protocol& to,
                  std::unordered_map<std::string_view, uint32_t>& states);
  bool conflicts(const Protocol& protocol, const Transition& next, std::string_view method);
  bool movers(const ast::TransitionDecl& t, const Protocol& protocol, Transition& to);
  void timeout(const ast::TimeoutDecl& t, Protocol& to,
               std::unordered_map<std::string_view, uint32_t>& states);
  void others_stay(Protocol& to);
  bool milliseconds(const ast::Number& duration, uint32_t& to);
  bool protocol_endpoints(const ast::Path& path, std::vector<EndpointId>& to);
  void properties();
  void property(const ast::NeverRequestDecl& d, Property& to);
  void property(const ast::NeverFlowDecl& d, Property& to);
  void property(const ast::NeverBeforeDecl& d, Property& to);
  void property(const ast::RequireDecl& d, Property& to);
  void property(const ast::HoldsDecl& d, Property& to);
  void property(const ast::SeparateDecl& d, Property& to);
  void property(const ast::NeverStateDecl& d, Property& to);
  void property(const ast::TrustedBaseDecl& d, Property& to);
  bool states(const ast::Path& path, NeverState::Part& to);
  bool flow_end(const ast::PathSet& set, bool is_source, std::vector<ComponentId>& to);

  // ---- code (check_code.cpp)
  void code();
  bool code_components(const ast::Name& name, std::vector<ComponentId>& to);
  void code(const ast::CodeDecl& d, CodeMap& map);
  void memory(const ast::CodeDecl& d, CodeMap& to);
  void uses(const ast::CodeDecl& d, CodeMap& to);
  bool use_arguments(const ast::UseDecl& d, CodeUse& to);
  bool argument_number(const ast::Number& number, std::string_view function, uint32_t& to);
  void serves(const ast::CodeDecl& d, CodeMap& to);
  void permits(const ast::CodeDecl& d, CodeMap& to);
  void once(const ast::CodeDecl& d, CodeMap& to);
  void musts(const ast::CodeDecl& d, CodeMap& to);
  void checks(const ast::CodeDecl& d, CodeMap& to);
  void holds(const ast::CodeDecl& d, CodeMap& map);
  template <class To>
  void reasoned(const std::vector<ast::ReasonedDecl>& decls, std::vector<To>& to);
  void shares(const ast::CodeDecl& d, CodeMap& to);
  void accepts(const ast::CodeDecl& d, CodeMap& to);

  // ---- tests, targets (check_evidence.cpp), audit (check_audit.cpp)
  void tests();
  bool for_this_setting(const ast::TestDecl& d);
  void step(const ast::StepDecl& d, Test& to);
  bool arguments(const ast::StepDecl& d, Request& request);
  void decided_by(const ast::Name& by, TestStep& step);
  void audits();
  void audit(const ast::AuditDecl& d);
  void audit_field(const ast::AuditDecl& d, const ast::AuditDecl::Field& field, Audit& to);
  bool audit_class(const ast::AuditDecl::Field& field, AuditField& to);
  void audit_argument(const ast::AuditDecl& d, const ast::AuditDecl::Field& field, AuditField keep,
                      Audit& to);
  void targets();
  void selinux(const ast::SelinuxDecl& d);
  void selinux_mapping(const ast::SelinuxDecl::Mapping& m, SelinuxTarget& to);
  void selinux_type(const ast::SelinuxDecl::Mapping& m, ComponentId id, Span span,
                    SelinuxTarget& to);

  const Ast& ast_;
  const Setting& setting_;
  Reporter reporter_;
  Model model_;

  std::unordered_map<std::string_view, Entity> entities_;
  std::unordered_map<std::string_view, Cited> cited_;
  struct NamedType {
    TypeId id;
    Span span;
    const ast::TypeDecl* decl = nullptr;  // nullptr: an enum
    enum class State : uint8_t { Untouched, Started, Good, Bad } state = State::Untouched;
  };
  std::unordered_map<std::string_view, NamedType> types_;
  std::unordered_map<std::string, TypeId> inline_types_;
  std::unordered_map<Member, EndpointId, MemberHash> endpoints_;  // by ComponentId
  std::unordered_map<Member, MethodId, MemberHash> methods_;      // by InterfaceId
  std::vector<std::vector<OperationId>> operations_of_;           // by MethodId
  std::unordered_set<uint64_t> provides_;                         // component << 32 | interface
  // Broken declarations, by id: what is missing in them may be what could not be read.
  std::vector<bool> broken_interfaces_;
  std::vector<bool> broken_components_;
  bool broken_lattice_ = false;
  size_t expanded_ = 0;
  std::unordered_map<std::string_view, VariantId> variants_;
  std::forward_list<std::string> instance_names_;           // what entities_ points to
  std::vector<const ast::ComponentDecl*> instance_groups_;  // their groups follow those of the Ast
  std::vector<bool> implied_;                               // by EndpointId: the endpoint `life`
  std::vector<std::vector<ProtocolId>> protocols_of_;       // by place in the Ast
};

}  // namespace bh
