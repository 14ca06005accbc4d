// Does the code stay inside the policy? Facts x CheckedModel -> findings, and what they rest on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

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
  std::vector<std::optional<uint64_t>> words;  // the arguments that are constants in the code
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

struct UnresolvedUse {
  Place at;
  std::string caller;
  std::string through;
  std::string reason;
};

struct HandlerUse {
  OperationId operation;
  std::string function;
  Place defined;
};

struct ComponentResult {
  ComponentId component;
  size_t units = 0;
  std::vector<std::string> failed_units;
  size_t functions = 0;                                // defined in its sources
  size_t reached_functions = 0;                        // from its entries
  size_t reached_lines = 0;                            // that those functions span
  std::map<std::string, std::vector<Interval>> spans;  // by file: the lines of those functions
  bool followed = false;  // false: its code could not be followed at all, as a finding says
  size_t externals = 0;   // functions outside of its sources that it reaches
  std::vector<Crossing> crossings;
  std::vector<HandlerUse> handlers;
  std::vector<AssumptionUse> assumptions;
  std::vector<IndirectUse> indirect;
  std::vector<UnresolvedUse> unresolved;
  std::vector<Place> assembly;
};

struct ValidationResult {
  std::vector<ComponentResult> components;  // in the order of the policy's code statements
};

struct ValidateOptions {
  size_t longest_path = 24;  // steps of a call path that are shown
};

// Reports findings as BH5xxx: errors are findings, Undecided what could not be decided. A policy
// without code statements is an error: nothing to check.
ValidationResult validate(const CheckedModel& model, const Facts& facts,
                          const ValidateOptions& options, DiagnosticSink& sink);

enum class Detail : uint8_t { Brief, Everything };

// For people; deterministic. Brief counts the resolved calls through pointers instead of listing
// them.
std::string print(const ValidationResult& result, const Model& model, Detail detail);
std::string print_json(const ValidationResult& result, const Model& model);

}  // namespace bh
