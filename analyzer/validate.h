// Does the code stay inside the policy? Facts x CheckedModel -> findings, and what they rest on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/privileged.h"
#include "core/base/interval_set.h"
#include "core/diag/diag.h"
#include "core/facts/facts.h"
#include "core/model/model.h"

namespace bh {

enum class CrossingVerdict : uint8_t {
  Allowed,
  Conditional,  // a rule allows it under a condition on arguments that the code computes
  Refused,      // no rule allows these arguments, or a deny matches
};

// One call by which a component asks another for an operation.
struct Crossing {
  ComponentId from;
  OperationId operation;
  std::string function;  // called
  std::string caller;
  Place at;
  CrossingVerdict verdict = CrossingVerdict::Refused;
  RuleId rule;  // the allow, or for a refusal the deny; invalid when no rule speaks of it
  std::vector<std::optional<uint64_t>> words;      // the arguments that are constants in the code
  std::vector<std::optional<IntervalSet>> values;  // and those that are one of several constants
};

struct AssumptionUse {
  std::string text;  // "use_privsep = 1"
  std::string because;
  size_t branches = 0;              // that it decided
  std::vector<Place> contradicted;  // stores of another value in the component's own code
  std::vector<Place> elsewhere;     // such stores in the rest of the program
};

// An indirect call in reached code, with what it was taken to call.
struct IndirectUse {
  Place at;
  std::string caller;
  std::string through;
  std::string certainty;
  std::vector<std::string> targets;  // sorted
};

enum class GapKind : uint8_t {
  Call,        // through a pointer that could not be followed
  FailedUnit,  // a file that does not parse
  Assembly,
  LoadedCode,  // dlopen
  SystemCall,  // syscall(n) with a number that the code computes
  NoFlow,      // a function whose control flow could not be built
};

// Something that the component's code may do beyond what was followed.
struct CodeGap {
  GapKind kind = GapKind::Call;
  Place at;
  std::string function;  // "" outside of functions
  std::string subject;   // what is called, or called through
  std::string reason;    // why it is not known, where there is more to say
  std::string accepted;  // the reason of the policy's `accept`; "": it leaves the result undecided
};

struct HandlerUse {
  OperationId operation;
  std::string function;
  Place defined;
};

// A function of the system that needs a right of its own.
struct PrivilegeUse {
  Privilege privilege = Privilege::Process;
  std::string function;
  Place at;                       // the first call
  std::vector<std::string> path;  // that leads to it, from an entry
};

// `must a then b before c`
struct ObligationResult {
  std::string text;   // "a then b before c"
  size_t calls = 0;   // reached places that call c
  size_t missed = 0;  // of these, on some path without a step
};

struct UnusedGrant {
  RuleId rule;
  OperationId operation;
  bool undecided = false;  // some of the code could not be followed, so it may be used after all
};

// A variable that two components of one memory touch.
struct CommonVariable {
  ComponentId other;
  std::string variable;
  Place written;        // by either
  Place touched;        // by the other one
  std::string because;  // of the policy's `shares`; "" when it has none
};

// A request that the code accepts or permits; see docs/language.md on `permits`.
struct PermitUse {
  std::vector<OperationId> operations;
  Place at;
  std::string caller;
};

struct ComponentResult {
  ComponentId component;
  size_t units = 0;
  std::vector<std::string> failed_units;
  size_t functions = 0;                                // defined in its sources
  size_t linked_lines = 0;                             // that those functions span
  size_t reached_functions = 0;                        // from its entries
  size_t reached_lines = 0;                            // that those functions span
  std::map<std::string, std::vector<Interval>> spans;  // by file: the lines of those functions
  bool followed = false;  // false: its code could not be followed at all, as a finding says
  size_t externals = 0;   // functions outside of its sources that it reaches
  std::vector<Crossing> crossings;
  size_t undecided_requests = 0;  // calls that may be requests, as findings say
  std::vector<UnusedGrant> unused_grants;
  std::vector<HandlerUse> handlers;
  std::vector<PermitUse> permits;
  std::vector<AssumptionUse> assumptions;
  std::vector<ObligationResult> obligations;
  std::vector<CommonVariable> shared;
  std::vector<PrivilegeUse> privileges;  // by privilege, then by name
  std::vector<IndirectUse> indirect;
  std::vector<CodeGap> gaps;
};

struct ValidationResult {
  std::vector<ComponentResult> components;  // in the order of the policy's code statements
};

struct ValidateOptions {
  size_t longest_path = 24;  // steps of a call path that are shown
  unsigned threads = 1;      // that follow components; the result is the same for any number
};

// Reports findings as BH5xxx: errors are findings, Undecided what could not be decided. A policy
// without code statements is an error: nothing to check.
ValidationResult validate(const CheckedModel& model, const Facts& facts,
                          const ValidateOptions& options, DiagnosticSink& sink);

std::string_view print(CrossingVerdict verdict);
std::string_view print(GapKind kind);  // "call", "assembly"

enum class Detail : uint8_t { Brief, Everything };

// For people; deterministic. Brief says in a line what Everything lists: resolved calls through
// pointers, uses of privileged functions, gaps that the policy accepts.
std::string print(const ValidationResult& result, const Model& model, Detail detail);
std::string print_json(const ValidationResult& result, const Model& model);

}  // namespace bh
