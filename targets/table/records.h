// What the policy's `audit` statements make of the records of one cell of the permission matrix
// (docs/language.md, "Audit"). The table does not know which of several rules decided a call, so a
// record keeps no more than each of them lets it.
#pragma once

#include <optional>
#include <vector>

#include "targets/table/decision_table.h"

namespace bh {

class Records {
 public:
  // The model must outlive it.
  explicit Records(const Model& model);

  // Of what one of these allows grants; nothing when no statement asks for a record.
  std::optional<RecordProfile> granted(OperationId operation,
                                       const std::vector<RuleId>& allows) const;
  // Of a refusal, which may be by one of these denies or by no rule at all.
  RecordProfile refused(OperationId operation, const std::vector<RuleId>& denies) const;
  RecordProfile unnamed() const;

 private:
  RecordProfile by(AuditId statement, OperationId operation) const;
  RecordProfile by_privacy(OperationId operation) const;

  const Model& model_;
  AuditId denied_;                  // `audit denied`; invalid without it, like the others
  AuditId granted_;                 // `audit granted`
  Store<RuleId, AuditId> of_rule_;  // the rule's own
};

// Of the words of a reply that breaks its signature.
RecordProfile bad_reply_record(const Model& model, OperationId operation);

}  // namespace bh
