// The policy as meaning: names resolved, types computed, sugar expanded. The one noun in the middle: the
// parser (and every importer) makes a Model, `seal` turns a faultless one into a CheckedModel, and every
// question and every target starts from that. docs/language.md defines what each part means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/id.h"
#include "core/base/interval_set.h"
#include "core/diag/diag.h"
#include "core/model/condition.h"
#include "core/source/source.h"

namespace bh {

using TypeId = StrongId<struct TypeTag>;
using LatticeId = StrongId<struct LatticeTag>;
using InterfaceId = StrongId<struct InterfaceTag>;
using MethodId = StrongId<struct MethodTag>;
using ComponentId = StrongId<struct ComponentTag>;
using EndpointId = StrongId<struct EndpointTag>;
using OperationId = StrongId<struct OperationTag>;
using GroupId = StrongId<struct GroupTag>;
using RuleId = StrongId<struct RuleTag>;
using ReleaseId = StrongId<struct ReleaseTag>;
using ProtocolId = StrongId<struct ProtocolTag>;
using PropertyId = StrongId<struct PropertyTag>;
using TestId = StrongId<struct TestTag>;
using VariantId = StrongId<struct VariantTag>;
using AuditId = StrongId<struct AuditTag>;

// ---- vocabulary --------------------------------------------------------------------------------------

enum class TypeKind : uint8_t { Bool, Integer, Enum, Bytes };

// A finite type. `domain` holds the words its values may have: integers themselves, enumerator indices,
// {0, 1} for bool, and the permitted sizes for bytes. INVARIANT: domain is not empty.
struct Type {
  std::string name;  // "Slot"; for an inline type its text, "u8" or "bytes[..1500]"
  TypeKind kind = TypeKind::Integer;
  IntervalSet domain;
  std::vector<std::string> enumerators;  // Enum only, in order
  Span span;
};

// A choice between products, made when the policy is compiled: conditions that name it are already folded.
// A policy is proved once for every combination of values.
struct Variant {
  std::string name;
  TypeId type;            // Bool, Integer or Enum
  uint64_t standard = 0;  // the value that a product has unless it says otherwise
  uint64_t chosen = 0;    // the value that this model was compiled for
  Span span;
};

enum class LatticeKind : uint8_t { Secrecy, Integrity };

struct Level {
  std::string name;
  Span span;
};

// A partial order of labels. Secrecy may only rise along a flow, integrity may only fall.
struct Lattice {
  std::string name;
  LatticeKind kind = LatticeKind::Secrecy;
  std::vector<Level> levels;
  std::vector<std::vector<bool>> below;  // below[a][b]: a <= b; reflexive and transitive
  Span span;
  bool at_most(uint32_t a, uint32_t b) const { return below[a][b]; }
  // Whether data labelled `from` may go where the label is `to` with no release or endorsement.
  bool may_flow(uint32_t from, uint32_t to) const {
    return kind == LatticeKind::Secrecy ? at_most(from, to) : at_most(to, from);
  }
};

// What the audit log may keep of a parameter.
enum class Privacy : uint8_t { Plain, Personal, Secret };

struct Parameter {
  std::string name;
  TypeId type;
  Privacy privacy = Privacy::Plain;
  Span span;
};

enum class MethodKind : uint8_t {
  Call,   // asked of the provider; arguments go to it, results come back
  Event,  // told by the provider to whoever handles the interface; no results
};

struct Method {
  InterfaceId interface;
  std::string name;
  MethodKind kind = MethodKind::Call;
  std::vector<Parameter> parameters;  // word i of a request is parameters[i]
  std::vector<Parameter> results;
  Span span;
};

struct Interface {
  std::string name;
  std::vector<MethodId> methods;
  Span span;
};

// ---- who there is ------------------------------------------------------------------------------------

enum class ComponentKind : uint8_t {
  Component,  // a protection domain: acts, and may forward whatever it learns
  Object,     // passive: stores what is written and gives it back; never a subject
};

struct Component {
  std::string name;  // "Parser"; of an instance "Sandbox[3]", a member of the group "Sandbox"
  ComponentKind kind = ComponentKind::Component;
  std::vector<uint32_t> labels;  // by LatticeId: index of its level in that lattice
  std::vector<EndpointId> endpoints;
  Span span;
};

enum class EndpointRole : uint8_t {
  Provides,  // offers the interface's calls
  Handles,   // receives the interface's events
};

struct Endpoint {
  ComponentId owner;
  std::string name;  // "keys"; empty for the one endpoint of an object
  InterfaceId interface;
  EndpointRole role = EndpointRole::Provides;
  std::vector<OperationId> operations;  // one per call (Provides) or event (Handles), in interface order
  Span span;
};

// One method that can be asked of one endpoint. (subject, operation) is the cell of the permission matrix.
struct Operation {
  EndpointId endpoint;
  MethodId method;
};

struct Group {
  std::string name;
  std::vector<ComponentId> members;
  Span span;
};

// ---- rules -------------------------------------------------------------------------------------------

enum class RuleKind : uint8_t { Allow, Deny };

// Whose operation a statement speaks of, seen from the caller.
enum class Whose : uint8_t {
  Anyones,
  Own,     // `self.box.run`: only where the caller owns the endpoint
  Others,  // `other Sandbox.box.run`: only where it does not
};

// An operation and the argument condition under which the statement speaks of it. The condition does not
// repeat the type's domain: a request outside of it is refused before any rule is looked at.
struct ConditionalOperation {
  OperationId operation;
  ConditionId when = Conditions::True;
  Whose whose = Whose::Anyones;
};

struct Rule {
  RuleKind kind = RuleKind::Allow;
  std::string name;
  std::vector<ComponentId> subjects;  // no duplicates, declaration order of the components
  std::vector<ConditionalOperation> targets;
  std::string because;  // "" when not given
  Span span;            // the whole statement
  Span condition_span;  // the text after when/unless; points nowhere when unconditional
};

enum class ReleaseKind : uint8_t { Release, Endorse };

// One datum that an operation moves: an argument (towards the provider or handler) or a result (back).
struct DataItem {
  OperationId operation;
  bool is_result = false;
  uint32_t index = 0;  // into Method::parameters or results
  auto operator<=>(const DataItem&) const = default;
};

// A trusted exception to the flow of labels. Release lowers secrecy, endorse raises integrity. It covers an
// edge that carries one of its items out of a level not above `from` into one not below `to` (integrity: the
// other way round).
struct Release {
  ReleaseKind kind = ReleaseKind::Release;
  std::string name;
  std::vector<DataItem> items;
  LatticeId lattice;
  uint32_t from = 0;
  uint32_t to = 0;
  std::string because;
  Span span;
};

// ---- protocols ---------------------------------------------------------------------------------------

enum class InstanceKind : uint8_t { PerCaller, Shared };

// When a transition is taken.
enum class Outcome : uint8_t {
  Granted,  // `-m->`       as the call is granted
  Ok,       // `-m ok->`    as its reply comes back with success
  Error,    // `-m error->` as its reply comes back with an error
};

// Which callers of a shared protocol may take a transition. The holder of a state is the caller whose request
// led into it; nobody holds a state that an instance begins in, nor one that a timeout led into.
enum class Mover : uint8_t {
  Anyone,
  Same,   // `by same`: the holder of the present state alone
  Other,  // `by other`: anyone but the holder
};

struct Transition {
  uint32_t from = 0;
  MethodId method;
  Outcome outcome = Outcome::Granted;
  uint32_t to = 0;
  std::optional<uint32_t> at_most;  // only where from == to; counted anew whenever the state is entered
  Span span;
  Mover mover = Mover::Anyone;
  std::optional<std::vector<ComponentId>> by = {};  // `by Alice`: these callers alone, in declaration order
};

// `S -after 5s-> T`: an instance that has been in S for this long is in T. Where both are the same state it is
// entered again: its counters start anew. A request that comes at that very moment finds the state T.
struct Timeout {
  uint32_t milliseconds = 0;  // never 0
  uint32_t to = 0;
  Span span;
};

struct State {
  std::string name;
  Span span;
  std::optional<Timeout> timeout = {};
};

// Restricts one endpoint: a call is granted only where the current state has a transition for its method
// (whatever the outcome) that the caller may take, and none of these has used up its limit. A self-loop does not enter
// the state anew. INVARIANT: per (state, method) either one Granted transition or at most one Ok and one Error
// transition; at most one of them has a limit; they agree in `mover` and `by`, which only a shared protocol has.
struct Protocol {
  std::string name;  // of a protocol on an interface the same for each endpoint that has it
  EndpointId endpoint;
  InstanceKind instances = InstanceKind::PerCaller;
  std::vector<State> states;
  uint32_t initial = 0;
  std::vector<Transition> transitions;
  Span span;
};

// ---- properties --------------------------------------------------------------------------------------

// `never n: A -> B.e.m when c`: no such request is ever granted.
struct NeverRequest {
  std::vector<ComponentId> subjects;
  std::vector<ConditionalOperation> targets;
};

// `never n: flow A ~> B except via r`: nothing that starts in `from` arrives in `to`, through any chain of
// allowed interactions, once the data that the releases in `except` let through is left out.
struct NeverFlow {
  std::vector<ComponentId> from;
  std::vector<ComponentId> to;
  std::vector<ReleaseId> except;
  std::string from_text;  // as the user wrote it: "secret", "edge"
  std::string to_text;
};

// `never n: X without Y before`: no caller is granted X unless the same caller was granted Y earlier
// (`Y ok before`: and the reply was a success; `before by anyone`: whoever was granted it).
struct NeverBefore {
  std::vector<OperationId> operations;
  OperationId first;
  Outcome first_outcome = Outcome::Granted;
  bool by_anyone = false;
};

// `require n: A can X then Y with slot = 1`: from the initial state A can be granted X, later Y, ...
struct Require {
  ComponentId subject;
  std::vector<ConditionalOperation> steps;  // one or more
};

// `holds n: A within { .. }`: A is granted nothing outside of the set.
struct Holds {
  std::vector<ComponentId> subjects;
  std::vector<OperationId> within;
};

// `separate n: { d1, d2 }`: no component may be granted operations of two different duties.
struct Separate {
  struct Duty {
    std::string text;
    std::vector<OperationId> operations;
  };
  std::vector<Duty> duties;
};

// `never n: state Ns.Green and Ew.{Green, Yellow}`: these protocols are never in such states at the same time,
// as one caller sees it: shared instances, and its own instances of protocols per caller.
struct NeverState {
  struct Part {
    std::vector<ProtocolId> protocols;  // any one of them; more than one for a protocol on an interface
    std::vector<uint32_t> states;
  };
  std::vector<Part> parts;  // one or more
};

// `tcb n: { KeyStore } at most 2500 lines`: the proofs trust no component but these, and their programs are not
// longer than this, all together (counted by the analyzer).
struct TrustedBase {
  std::vector<ComponentId> components;
  std::optional<uint64_t> most_lines;
};

struct Property {
  std::string name;
  std::variant<NeverRequest, NeverFlow, NeverBefore, Require, Holds, Separate, NeverState, TrustedBase> body;
  Span span;
};

// ---- requests, decisions, tests ------------------------------------------------------------------------

struct Request {
  ComponentId caller;
  OperationId operation;
  std::vector<uint64_t> words;  // one per parameter
  bool operator==(const Request&) const = default;
};

enum class ReplyStatus : uint8_t { Ok, Error };

// Why a request was decided as it was. Where several reasons apply, the first in this order is given.
enum class Reason : uint8_t {
  OutOfRange,  // a word outside of its parameter's type
  Denied,      // a deny matched
  NoRule,      // no allow matched
  Protocol,    // allowed, but a protocol has no enabled transition
  Allowed,
};

struct Decision {
  Reason reason = Reason::NoRule;
  RuleId rule;          // Denied: the first deny that matched; Allowed and Protocol: the first allow
  ProtocolId protocol;  // Protocol: the first that refused
  bool granted() const { return reason == Reason::Allowed; }
  bool operator==(const Decision&) const = default;
};

struct TraceStep {
  Request request;
  ReplyStatus reply = ReplyStatus::Ok;  // matters only when the request is granted
  uint64_t wait_ms = 0;                 // that pass before the request
};
using Trace = std::vector<TraceStep>;

struct TestStep {
  TraceStep step;
  bool expect_granted = true;
  // `by`: the rule or protocol that must have decided; `by default` sets by_default.
  RuleId by_rule;
  ProtocolId by_protocol;
  bool by_default = false;
  Span span;
};

// Only those for the variants that the model was compiled for.
struct Test {
  std::string name;
  std::vector<TestStep> steps;
  Span span;
};

// ---- the code that must match --------------------------------------------------------------------------

// `entry main`, `entry serve after fork() = 0`: the function where the component's own execution starts; with
// `after`, what runs once that call in it has returned the value, in it and then in its callers.
struct CodeEntry {
  struct After {
    std::string function;
    int64_t value = 0;
  };
  std::string function;
  std::optional<After> after;
  Span span;
};

// `uses Net.link.send <- net_tx(port: arg 0)`, `uses M.req.sign <- mm_request_send(arg 1 = MONITOR_REQ_SIGN)`:
// a call of `function` whose arguments match is a request for the operation.
struct CodeUse {
  struct Binding {
    uint32_t parameter;
    uint32_t argument;  // from 0
  };
  struct Match {
    uint32_t argument = 0;  // from 0
    std::string constant;   // an integer, an enumerator or a macro's name
    std::string field;      // not "": instead of an argument, what `Record.field` holds at the call
  };
  OperationId operation;
  std::string function;
  std::vector<Binding> bindings;
  std::vector<Match> matches;
  Span span;
};

// `serves M.req.sign <- mm_answer_sign`: the function that carries the operation out in its provider.
struct CodeServe {
  OperationId operation;
  std::string function;
  std::string constant;  // not "": only the code under `case constant` in it
  Span span;
};

// `permits M.req.sign <- monitor_permit(arg 1 = MONITOR_REQ_SIGN)`: a call of `function` whose arguments match
// makes the provider accept these operations from then on.
struct CodePermit {
  std::vector<OperationId> operations;
  std::string function;
  std::vector<CodeUse::Match> matches;  // of arguments
  Span span;
};

// `must drop_groups then drop_user before serve`: on every path to a call of `before`, the steps were called,
// in this order.
struct CodeMust {
  std::vector<std::string> steps;  // INVARIANT: not empty, all different, none is `before`
  std::string before;
  Span span;
};

// `checks receive(arg 1) with is_valid`: what the function hands over passes `with` before any other use.
struct CodeCheck {
  std::string function;
  std::optional<uint32_t> argument;  // from 0; nothing: its result
  std::string with;
  Span span;
};

// `assume use_privsep = 1 because ".."`: a variable ("name"), a field ("Record.field") or the result of a
// predicate ("name()") has this value while the component's entries run; of a flag ("name[FLAG]"), whether
// its bits are set.
struct CodeAssume {
  std::string subject;
  int64_t value = 0;
  std::string because;
  Span span;
};

// `resolve devices[] -> { f, g } because ".."`: what an indirect call through this variable or field calls.
struct CodeResolve {
  std::string site;
  std::vector<std::string> functions;
  std::string because;
  Span span;
};

// `holds key_table: secret`: a variable of the program whose data has this level.
struct CodeHold {
  std::string variable;
  LatticeId lattice;
  uint32_t level = 0;
  Span span;
};

// `shares clock, Ring.head because ".."`: a variable or field that components of one memory share on purpose.
struct CodeShare {
  std::string variable;
  std::string because;
  Span span;
};

// `accept plugin_load, "vendor/*.c" because ".."`: what cannot be followed in the functions of this name, or in
// the files, is not held against the component.
struct CodeAccept {
  std::string subject;  // a function, or a glob over functions and repository-relative paths
  std::string because;
  Span span;
};

struct NamedText {
  std::string text;
  Span span;
};

// `code Parser { sources "src/**" entry parse_frame ... }`
struct CodeMap {
  ComponentId component;
  std::vector<NamedText> sources;  // globs over repository-relative paths: the files linked into its program
  std::vector<CodeEntry> entries;
  std::optional<NamedText> memory;  // components that name the same one run in one address space
  std::vector<CodeUse> uses;
  std::vector<CodeServe> serves;
  std::vector<CodePermit> permits;
  std::vector<NamedText> once;     // constants: a handler whose table row has one serves a single request
  std::vector<NamedText> forbids;  // function names or globs that must not be reached
  std::vector<CodeMust> musts;
  std::vector<CodeCheck> checks;
  std::vector<CodeAssume> assumes;
  std::vector<CodeResolve> resolves;
  std::vector<CodeHold> holds;
  std::vector<CodeShare> shares;
  std::vector<CodeAccept> accepts;
  Span span;
};

// ---- audit -----------------------------------------------------------------------------------------------

// What a record keeps of one thing, from all to nothing.
enum class AuditClass : uint8_t {
  Exact,
  Hashed,  // a keyed hash: equal things can be recognised
  Bucket,  // the multiple of `bucket` at or below the word
  Omit,
};

struct AuditField {
  AuditClass keep = AuditClass::Exact;
  uint64_t bucket = 0;  // Bucket only, and then not 0
  bool operator==(const AuditField&) const = default;
};

enum class AuditOf : uint8_t {
  Denied,   // `audit denied`: whatever is refused
  Granted,  // `audit granted`: whatever no statement of its own speaks of
  Rule,     // `audit signing`: what this allow grants, or this deny refuses
};

// Which decisions leave a record, and what the record keeps. Without any `audit denied` a refusal leaves an
// exact record but for its arguments, which keep what their privacy lets them; without any other statement a
// grant leaves none.
struct Audit {
  struct Argument {
    std::string parameter;  // in every operation of the rule that has one of this name
    AuditField field;
    Span span;
  };
  AuditOf of = AuditOf::Denied;
  RuleId rule;          // Rule only
  uint32_t one_in = 1;  // every n-th such decision leaves a record; 1 for what is refused
  AuditField who;
  AuditField what;
  AuditField why;
  std::optional<AuditField> arguments;  // of the parameters that are not listed
  std::vector<Argument> listed;
  std::string because;  // why a record keeps more than the privacy of a parameter lets it; "" when not given
  Span span;
};

// ---- targets -------------------------------------------------------------------------------------------

struct MonitorTarget {
  std::optional<uint64_t> budget_bytes;  // the emitted table may not be larger
  std::optional<uint32_t> call_ms;       // a caller waits so long for a reply
  Span span;
};

struct SelinuxTarget {
  struct TypeName {
    ComponentId component;
    std::string type;
    Span span;
    std::string role = {};                  // component: the role that it runs in; "": system_r
    std::optional<NamedText> program = {};  // component: the file that it is started from
    std::vector<NamedText> paths = {};      // object: regular expressions over the paths it labels
  };
  struct ClassName {
    InterfaceId interface;
    std::string name;  // an existing kernel class ("file"); its permissions carry the methods' names
    Span span;
  };
  // A rule or protocol that type enforcement cannot express and that is knowingly weakened.
  struct Approximation {
    RuleId rule;          // exactly one of rule and protocol is valid
    ProtocolId protocol;
    std::string because;
    Span span;
  };
  // INVARIANT: each component, interface, rule and protocol at most once.
  std::vector<TypeName> types;
  std::vector<ClassName> classes;
  std::vector<Approximation> approximations;
  Span span;
};

// ---- the whole -----------------------------------------------------------------------------------------

struct Model {
  std::string name;     // "gateway"
  std::string version;  // "2.1"
  Span span;            // the policy header

  Store<TypeId, Type> types;
  Store<VariantId, Variant> variants;
  Store<LatticeId, Lattice> lattices;
  Store<InterfaceId, Interface> interfaces;
  Store<MethodId, Method> methods;
  Store<ComponentId, Component> components;
  Store<EndpointId, Endpoint> endpoints;
  Store<OperationId, Operation> operations;
  Store<GroupId, Group> groups;
  Conditions conditions;
  Store<RuleId, Rule> rules;
  Store<ReleaseId, Release> releases;
  Store<ProtocolId, Protocol> protocols;
  Store<PropertyId, Property> properties;
  Store<TestId, Test> tests;
  std::vector<CodeMap> code;
  Store<AuditId, Audit> audits;
  std::optional<MonitorTarget> monitor;
  std::optional<SelinuxTarget> selinux;

  const Method& method_of(OperationId id) const { return methods[operations[id].method]; }
  const Endpoint& endpoint_of(OperationId id) const { return endpoints[operations[id].endpoint]; }
  ComponentId owner_of(OperationId id) const { return endpoint_of(id).owner; }

  // Linear searches by the names that a user writes; an invalid id when there is none.
  ComponentId find_component(std::string_view component) const;
  OperationId find_operation(std::string_view path) const;  // "KeyStore.keys.sign", "Journal.append"
  RuleId find_rule(std::string_view rule) const;
};

// A model without errors and without invalid ids (but where a field says that it may be). The only way to
// get one is seal(), so solver and targets have no "if invalid" branches.
class CheckedModel {
 public:
  const Model& operator*() const { return model_; }
  const Model* operator->() const { return &model_; }

 private:
  explicit CheckedModel(Model model) : model_(std::move(model)) {}
  friend std::optional<CheckedModel> seal(Model model, const DiagnosticSink& sink);
  Model model_;
};

// Nothing when the sink holds errors.
std::optional<CheckedModel> seal(Model model, const DiagnosticSink& sink);

// Whether a statement that lists the caller and the target speaks of this pair: `self` and `other`.
bool covers(const Model& model, const ConditionalOperation& target, ComponentId caller);

// Whether the caller may take the transition while `holder` (invalid: nobody) holds the instance.
bool may_take(const Transition& transition, ComponentId holder, ComponentId caller);

// What the record of a decision on the operation keeps of parameter i. A parameter that no statement speaks
// of keeps what its privacy lets it: plain exact, personal hashed, secret omitted.
AuditField audit_field(const Model& model, const Audit* audit, OperationId operation, uint32_t parameter);

// "KeyStore.keys.sign"
std::string print(const Model& model, OperationId operation);
// "Parser -> KeyStore.keys.sign(slot: 3, digest: 32 bytes)"
std::string print(const Model& model, const Request& request);
// "slot in {1, 2} and size(frame) <= 1200": the condition in the words of the operation's parameters.
std::string print(const Model& model, const Conditions& conditions, OperationId operation, ConditionId condition);
// "250ms", "5s", "10min", "2h": in the largest unit that tells it exactly.
std::string print_milliseconds(uint64_t milliseconds);
// "3", "udp", "true", "32 bytes"
std::string print_word(const Model& model, TypeId type, uint64_t word);

}  // namespace bh
