// `check`: every question that a policy is asked about itself. The rules (can each of them fire),
// the labels (does an allowed edge leak), the protocols (can each state be reached and left), the
// properties, and the policy's tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"

namespace bh {

enum class Verdict : uint8_t {
  Proved,
  Violated,
  Unknown,  // neither; never to be taken for proved
};

// One edge of a flow: `item` moves from one component to another because `rule` allows its
// operation.
struct FlowStep {
  ComponentId from;
  ComponentId to;
  DataItem item;
  RuleId rule;
};

// What a verdict rests on, each in declaration order. See grounds_of().
struct Grounds {
  std::vector<RuleId> rules;
  std::vector<ProtocolId> protocols;
  std::vector<ReleaseId> releases;
};

struct PropertyVerdict {
  PropertyId property;
  Verdict verdict = Verdict::Unknown;
  std::string reason;  // Unknown: which obligation is open, and why
  // Requests that show the verdict: of a violated property the shortest way to break it (the last
  // step is the one that must not be granted), of a proved `require` the shortest way to fulfil it.
  // Every step was granted by the reference evaluator, starting in the initial state. Empty for
  // flows and where there is nothing to show (a violated `require`).
  Trace trace;
  uint64_t rest_ms = 0;              // that pass after the trace before the last state is reached
  std::vector<FlowStep> path;        // of a violated flow, in order
  std::vector<ComponentId> trusted;  // whose releases and endorsements the proof relies on
  Grounds why;
  bool vacuous = false;  // proved, but only because nothing can happen
};

// Something that a check relies on, as an SMT-LIB 2 script: each check-sat has a claim, in order.
struct Obligation {
  struct Claim {
    std::string what;
    bool satisfiable = false;  // what the check-sat must answer
  };
  std::string name;  // "key_leaves: where data comes to"
  std::string script;
  std::vector<Claim> claims;
};

struct CheckOptions {
  uint64_t rlimit = 10'000'000;    // Z3 resource units a question; an ordinary one takes some 2,000
  size_t state_limit = 1'000'000;  // protocol states explored a question
  size_t total_state_limit = 10'000'000;  // and by all questions together
  uint64_t entry_limit =
      20'000'000;            // (rule, subject, operation) triples that a policy may stand for
  bool tests = true;         // run the policy's `test` statements too
  bool obligations = false;  // keep what the verdicts rely on
  unsigned threads = 1;      // that questions are asked on; results do not depend on it
};

struct CheckResult {
  std::vector<PropertyVerdict> properties;  // declaration order
  size_t rules = 0;
  size_t cells = 0;              // (subject, operation) pairs that some rule allows
  size_t conditional_cells = 0;  // of these, those granted for some arguments only
  size_t questions = 0;          // distinct questions that went to the solver
  size_t tests = 0;
  size_t tests_failed = 0;
  // If asked for. What is not exported: proofs about protocols with too many states to list.
  std::vector<Obligation> obligations;
  std::vector<std::string> not_exported;
  bool nothing_to_check = false;  // no rules: exit 2
  bool internal_error = false;    // a witness did not replay (BH4099 tells): exit 4
  size_t count(Verdict verdict) const;
};

// Findings are reported in a fixed order: rules, labels, protocols, properties, tests; each in
// declaration order. Diagnostics carry the witness: labels are its steps in order.
CheckResult check_policy(const CheckedModel& model, const CheckOptions& options,
                         DiagnosticSink& sink);

// Greater is worse: proved, unknown, violated.
int badness(Verdict verdict);
// "proved", "violated", "unknown"
std::string print(Verdict verdict);
// "Network <- Parser.link ..." : "KeyStore -> Parser (KeyStore.keys.sign.signature) by signing"
std::string print(const Model& model, const FlowStep& step);

}  // namespace bh
