// The part of translation validation that is about records: does each cell of the blob keep what
// the policy's `audit` statements let it, by the definition in docs/language.md?
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "core/model/model.h"
#include "targets/monitor/decode.h"

namespace bh {

class RecordComparison {
 public:
  // Both must outlive it.
  RecordComparison(const Model& model, const DecodedPolicy& blob);

  // Whether all records of a caller's channel are the policy's. Where the blob grants nothing,
  // nothing can be recorded as granted.
  bool same_channel(ComponentId caller, EndpointId endpoint, const DecodedPolicy::Right& right);
  bool same_unnamed() const;
  bool same_bad_reply(OperationId operation, uint32_t profile) const;

 private:
  struct Wanted {
    DecodedPolicy::Profile profile;
    const Audit* counted = nullptr;  // the statement whose decisions are counted
  };
  // The statements that may have spoken of a decision; nullptr stands for none.
  using Statements = std::vector<const Audit*>;

  const Audit* statement(AuditOf of) const;
  Wanted wanted(OperationId operation, const Statements& statements) const;
  bool same(const Wanted& wanted, uint32_t profile);

  const Model& model_;
  const DecodedPolicy& blob_;
  std::map<std::pair<ComponentId, OperationId>, Statements> granting_;
  std::map<std::pair<ComponentId, OperationId>, Statements> denying_;
  std::map<const Audit*, uint32_t> counter_of_;
  std::map<uint32_t, const Audit*> counted_by_;
};

}  // namespace bh
