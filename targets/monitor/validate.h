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

// What the blob grants in one cell of the permission matrix, protocols aside.
struct TableCell {
  ComponentId subject;
  OperationId operation;
  ConditionId granted;  // in DecodedPolicy::conditions; over all 64-bit words
};

struct Validation {
  uint64_t decisions = 0;                // cells (component, endpoint, method) of the model
  uint64_t protocol_rows = 0;            // (protocol, state, method) compared
  std::vector<std::string> differences;  // found by comparing rows; empty when there is none
  // Every cell that the blob grants at all. They are still to be proved equal to the policy's
  // rules, cell by cell, a cell that is not here granting nothing; meaningful when there are no
  // differences.
  std::vector<TableCell> cells;
};

// What the blob was told beside the policy.
struct Expected {
  uint32_t budget_ms = 0;
  std::vector<Sha256> images;  // by component; empty: bound to none
  uint32_t call_ms = 1000;  // of a policy without `timeout`
  bool services = true;
  bool revoked = false;  // channels that grant nothing may be there, kept from an earlier table
};

Validation validate(const CheckedModel& model, const DecodedPolicy& blob, const Expected& expected);

}  // namespace bh
