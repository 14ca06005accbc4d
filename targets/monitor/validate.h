// Translation validation: is the decoded blob the policy, decision for decision? The model's side
// is built here from its rules, types and protocols by the definition in docs/language.md, not from
// the DecisionTable that the emitter used.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/sha256.h"
#include "core/model/model.h"
#include "targets/monitor/decode.h"

namespace bh {

// Two conditions that must hold for the same words, each any 64-bit value: `table` is the blob's,
// `policy` the model's. One of them is more than True or False, so it takes a proof.
struct ConditionPair {
  std::string what;  // "Parser -> KeyStore.keys.sign", or "KeyStore.keys.sign replies"
  uint32_t words = 0;
  ConditionId table;
  ConditionId policy;
};

struct Validation {
  uint64_t decisions = 0;      // (component, endpoint, method) compared, the pairs included
  uint64_t protocol_rows = 0;  // (protocol, state, method) compared
  std::vector<std::string> differences;  // found by enumeration; empty when there is none
  std::vector<ConditionPair> pairs;      // equality is still to be proved for each
  Conditions conditions;                 // of the pairs
};

// What the blob was told beside the policy.
struct Expected {
  uint32_t budget_ms = 0;
  std::vector<Sha256> images;  // by component; empty: bound to none
};

Validation validate(const CheckedModel& model, const DecodedPolicy& blob, const Expected& expected);

}  // namespace bh
