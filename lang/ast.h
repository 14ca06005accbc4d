// The policy as written: names not resolved, nothing computed, a Span on everything. One vector per
// kind of statement, because order between kinds means nothing. Text views point into the
// SourceFile that was parsed.
#pragma once

#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/model/model.h"
#include "core/source/source.h"

namespace bh {
namespace ast {

// A hole (text empty, span nowhere) where the text was wrong; only ever inside a `broken`
// statement.
struct Name {
  std::string_view text;
  Span span;
  bool missing() const { return text.empty(); }
};

struct Text {
  std::string value;
  Span span;
  bool given() const { return span.valid(); }
};

struct Number {
  uint64_t value = 0;
  Span span;
};

// What every statement has. `broken`: part of it could not be read; its name still counts as
// declared, and nothing that depends on the unread part is reported.
struct Statement {
  Name name;
  Span span;
  bool broken = false;
};

// ---- values and conditions ------------------------------------------------------------------

enum class ValueKind : uint8_t { Number, Name, String, Bytes };

// 3, udp, true, "12345678", 32 bytes
struct Value {
  ValueKind kind = ValueKind::Number;
  uint64_t number = 0;
  std::string text;
  Span span;
};

// A value, or with `high` the closed range value..high.
struct ValueRange {
  Value low;
  std::optional<Value> high;
};

enum class ExprKind : uint8_t { Compare, In, Flag, Constant, And, Or, Not };
enum class Comparison : uint8_t { Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual };

struct Expr {
  ExprKind kind = ExprKind::Constant;
  Span span;
  Name parameter;        // Compare, In, Flag
  bool of_size = false;  // size(parameter)
  Comparison comparison = Comparison::Equal;
  std::vector<ValueRange> values;  // Compare: one; In: one or more
  bool constant = true;            // Constant
  std::vector<Expr> operands;      // And, Or: two or more; Not: one. Depth <= Conditions::MaxDepth
};

// ---- who and what ---------------------------------------------------------------------------

// `KeyStore.keys.{unlock, lock}`: one to four names joined by dots, and perhaps alternatives for
// the last. The first may be `self`, or an instance like `Sandbox[3]`.
struct Path {
  std::vector<Name> parts;
  std::vector<Name> alternatives;
  bool others = false;  // `other PATH`
  Span span;
};

// `A.b.c` or `{ A.b.c, D.e }`
struct PathSet {
  std::vector<Path> paths;
  Span span;
};

// ---- vocabulary -----------------------------------------------------------------------------

// `u8 in 0..15`, `bytes[..1500]`, `Digest`
struct TypeExpr {
  Name name;  // "u8", "bool", "bytes" or a declared type
  std::optional<ValueRange> sizes;
  bool sizes_from_zero = false;  // bytes[..n]
  std::vector<ValueRange> domain;
  Span span;
};

struct Policy : Statement {
  std::string version;
};

// `module std.posix`, `import std.posix`; the dotted name.
struct ModuleDecl : Statement {};
struct ImportDecl : Statement {};

struct TypeDecl : Statement {
  TypeExpr type;
};

struct EnumDecl : Statement {
  std::vector<Name> values;
};

struct VariantDecl : Statement {
  TypeExpr type;
  Value standard;
};

struct LatticeDecl : Statement {
  Name kind;                              // missing when not given
  std::vector<std::vector<Name>> chains;  // each from low to high
};

struct ParameterDecl {
  Name name;
  TypeExpr type;
  Privacy privacy = Privacy::Plain;
};

struct MethodDecl {
  Name name;
  MethodKind kind = MethodKind::Call;
  std::vector<ParameterDecl> parameters;
  std::vector<ParameterDecl> results;
  Span span;
};

struct InterfaceDecl : Statement {
  std::vector<MethodDecl> methods;
};

struct EndpointDecl {
  Name name;
  Name interface;
  EndpointRole role = EndpointRole::Provides;
  Span span;
};

struct ComponentDecl : Statement {
  ComponentKind kind = ComponentKind::Component;
  std::vector<Name> labels;
  std::vector<EndpointDecl> endpoints;  // Component
  std::optional<Number> instances;      // Component: `Sandbox[64]`
  Name interface;                       // Object
};

enum class TermKind : uint8_t { Names, Any, Labelled, AtLeast, AtMost };

// One operand of a group's expression.
struct GroupTerm {
  TermKind kind = TermKind::Names;
  bool subtracted = false;  // `- term`
  std::vector<Name> names;  // Names: members; else levels, of which AtLeast and AtMost have one
};

struct GroupDecl : Statement {
  std::vector<GroupTerm> terms;  // one or more, from left to right
};

// ---- rules, protocols, properties -----------------------------------------------------------

struct ReleaseDecl : Statement {
  ReleaseKind kind = ReleaseKind::Release;
  PathSet items;
  Name from;
  Name to;
  Text because;
};

struct RuleDecl : Statement {
  RuleKind kind = RuleKind::Allow;
  PathSet subjects;
  PathSet targets;
  std::optional<Expr> condition;
  bool negated = false;  // unless
  Text because;
};

struct TransitionDecl {
  Name from;
  Name method;
  Outcome outcome = Outcome::Granted;
  Name to;
  std::optional<Number> at_most;
  Mover mover = Mover::Anyone;
  std::optional<PathSet> by;
  Span by_span;  // after the word `by`
  Span span;
};

struct TimeoutDecl {
  Name from;
  Number milliseconds;
  Name to;
  Span span;
};

struct ProtocolDecl : Statement {
  Path endpoint;
  InstanceKind instances = InstanceKind::PerCaller;
  std::vector<Name> initial;  // every state marked with '*', in order
  std::vector<TransitionDecl> transitions;
  std::vector<TimeoutDecl> timeouts;
  bool others_stay = false;  // methods that nothing here mentions are not restricted
};

struct NeverRequestDecl : Statement {
  PathSet subjects;
  PathSet targets;
  std::optional<Expr> condition;
  bool negated = false;
};

struct NeverFlowDecl : Statement {
  PathSet from;
  PathSet to;
  std::vector<Name> except;
};

struct NeverBeforeDecl : Statement {
  PathSet operations;
  Path first;
  Outcome outcome = Outcome::Granted;
  bool by_anyone = false;
};

struct RequireDecl : Statement {
  struct Step {
    Path operation;
    std::optional<Expr> condition;
  };
  Name subject;
  std::vector<Step> steps;
};

struct HoldsDecl : Statement {
  PathSet subjects;
  PathSet within;
};

struct SeparateDecl : Statement {
  std::vector<PathSet> duties;
};

struct NeverStateDecl : Statement {
  std::vector<Path> parts;  // PROTOCOL.STATE
};

struct TrustedBaseDecl : Statement {
  PathSet components;
  std::optional<Number> most_lines;
};

using PropertyDecl = std::variant<NeverRequestDecl, NeverFlowDecl, NeverBeforeDecl, RequireDecl,
                                  HoldsDecl, SeparateDecl, NeverStateDecl, TrustedBaseDecl>;

// ---- tests, code, audit, targets
// -------------------------------------------------------------------

struct StepDecl {
  bool expect_granted = true;
  Name caller;
  Path operation;
  std::vector<std::pair<Name, Value>> arguments;
  std::optional<ReplyStatus> reply;
  Span reply_span;
  Name by;                    // "default", a rule or a protocol; missing when not given
  std::vector<Number> waits;  // before it, in milliseconds
  Span span;
};

struct TestDecl : Statement {
  std::vector<std::pair<Name, Value>> with;  // values of variants
  std::vector<StepDecl> steps;               // the statement's name is the text between the quotes
};

struct EntryDecl {
  Text function;
  Text after;  // not given: from its beginning
  int64_t value = 0;
  Span span;
};

struct UseDecl {
  struct Argument {
    Name parameter;  // missing: `arg N = CONSTANT` or `Record.field = CONSTANT`
    Number argument;
    Text field;
    std::string constant;
  };
  Path operation;
  Text function;
  std::vector<Argument> arguments;
  Span span;
};

struct ServeDecl {
  Path operation;
  Text function;
  std::string constant;  // of `case CONSTANT`
  Span span;
};

struct PermitDecl {
  PathSet operations;
  Text function;
  std::vector<UseDecl::Argument> arguments;
  Span span;
};

struct MustDecl {
  std::vector<Text> steps;
  Text before;
  Span span;
};

struct CheckDecl {
  Text function;
  std::optional<Number> argument;  // nothing: the result
  Text with;
  Span span;
};

// Subjects with one reason: `shares x, y because ".."`, `accept f, "lib/*.c" because ".."`.
struct ReasonedDecl {
  std::vector<Text> subjects;
  Text because;
};

struct AssumeDecl {
  Text subject;
  int64_t value = 0;
  Text because;
  Span span;
};

struct ResolveDecl {
  Text site;
  std::vector<Text> functions;
  Text because;
  Span span;
};

struct HoldDecl {
  Text variable;
  Name level;
  Span span;
};

struct CodeDecl : Statement {  // named by its first component
  std::vector<Name> others;    // `code A, B { .. }`: the same clauses for each
  std::vector<Text> sources;
  std::vector<EntryDecl> entries;
  std::vector<Name> memories;
  std::vector<UseDecl> uses;
  std::vector<ServeDecl> serves;
  std::vector<PermitDecl> permits;
  std::vector<Name> once;
  std::vector<Text> forbids;
  std::vector<MustDecl> musts;
  std::vector<CheckDecl> checks;
  std::vector<AssumeDecl> assumes;
  std::vector<ResolveDecl> resolves;
  std::vector<HoldDecl> holds;
  std::vector<ReasonedDecl> shares;
  std::vector<ReasonedDecl> accepts;
};

struct AuditDecl : Statement {  // named `denied`, `granted` or by its rule
  struct Field {
    Name subject;  // who, what, why, arguments or a parameter
    Name keep;     // exact, hashed, bucket, omit
    std::optional<Number> bucket;
  };
  std::vector<Field> fields;
  std::optional<Number> one_in;
  Text because;
};

struct MonitorDecl : Statement {
  std::optional<Number> budget;   // bytes
  std::optional<Number> timeout;  // milliseconds
};

struct SelinuxDecl : Statement {
  struct Mapping {
    Name subject;
    bool is_class = false;
    Name name;
    Name role;
    Text program;
    std::vector<Text> paths;
  };
  struct Approximation {
    Name statement;
    Text because;
  };
  std::vector<Mapping> mappings;
  std::vector<Approximation> approximations;
};

}  // namespace ast

struct Ast {
  std::vector<ast::Policy> policies;
  std::vector<ast::ModuleDecl> modules;
  std::vector<ast::ImportDecl> imports;
  std::vector<ast::TypeDecl> types;
  std::vector<ast::VariantDecl> variants;
  std::vector<ast::EnumDecl> enums;
  std::vector<ast::LatticeDecl> lattices;
  std::vector<ast::InterfaceDecl> interfaces;
  std::vector<ast::ComponentDecl> components;  // objects too, in order
  std::vector<ast::GroupDecl> groups;
  std::vector<ast::ReleaseDecl> releases;
  std::vector<ast::RuleDecl> rules;
  std::vector<ast::ProtocolDecl> protocols;
  std::vector<ast::PropertyDecl> properties;
  std::vector<ast::TestDecl> tests;
  std::vector<ast::CodeDecl> code;
  std::vector<ast::AuditDecl> audits;
  std::vector<ast::MonitorDecl> monitors;
  std::vector<ast::SelinuxDecl> selinux;

  // Names that do not stand in one piece in the text, like `Sandbox [ 3 ]`.
  std::forward_list<std::string> composed;
  bool mentions_life = false;  // some path or endpoint speaks of the implied endpoint `life`
  bool readable = true;  // false: not a text at all (BH1001, BH1012); there is nothing to check
  Span begin;            // the first byte of the first file
  // Names in text that was skipped. They may have been declared there, so nobody complains about
  // them.
  std::unordered_set<std::string_view> skipped;
  bool skipped_too_much = false;  // as if every name were in `skipped`
};

// Several files form one policy: adds the statements of `more` after those of `to`.
void append(Ast& to, Ast more);

}  // namespace bh
