#include "targets/table/records.h"

#include <algorithm>

#include "core/model/audit.h"

namespace bh {

static void restrict(RecordProfile& profile, const RecordProfile& by) {
  profile.who = stricter(profile.who, by.who);
  profile.what = stricter(profile.what, by.what);
  profile.why = stricter(profile.why, by.why);
  for (size_t i = 0; i < profile.words.size(); ++i) {
    profile.words[i] = stricter(profile.words[i], by.words[i]);
  }
  if (by.one_in >= profile.one_in) return;
  profile.one_in = by.one_in;
  profile.counted = by.counted;
}

Records::Records(const Model& model) : model_(model) {
  for (size_t i = 0; i < model.rules.size(); ++i) of_rule_.add({});
  for (AuditId id : model.audits.ids()) {
    const Audit& audit = model.audits[id];
    AuditId& known = audit.of == AuditOf::Denied    ? denied_
                     : audit.of == AuditOf::Granted ? granted_
                                                    : of_rule_[audit.rule];
    if (!known.valid()) known = id;
  }
}

RecordProfile Records::by_privacy(OperationId operation) const {
  RecordProfile profile;
  const size_t words = model_.method_of(operation).parameters.size();
  for (uint32_t i = 0; i < words; ++i) {
    profile.words.push_back(audit_field(model_, nullptr, operation, i));
  }
  return profile;
}

RecordProfile Records::by(AuditId statement, OperationId operation) const {
  const Audit& audit = model_.audits[statement];
  RecordProfile profile{audit.who, audit.what, audit.why, {}, audit.one_in, {}};
  if (audit.one_in != 1) profile.counted = statement;
  const size_t words = model_.method_of(operation).parameters.size();
  for (uint32_t i = 0; i < words; ++i) {
    profile.words.push_back(audit_field(model_, &audit, operation, i));
  }
  return profile;
}

std::optional<RecordProfile> Records::granted(OperationId operation,
                                              const std::vector<RuleId>& allows) const {
  std::optional<RecordProfile> profile;
  for (RuleId rule : allows) {
    const AuditId statement = of_rule_[rule].valid() ? of_rule_[rule] : granted_;
    if (!statement.valid()) continue;
    if (profile) {
      restrict(*profile, by(statement, operation));
    } else {
      profile = by(statement, operation);
    }
  }
  return profile;
}

RecordProfile Records::refused(OperationId operation, const std::vector<RuleId>& denies) const {
  RecordProfile profile = denied_.valid() ? by(denied_, operation) : by_privacy(operation);
  for (RuleId rule : denies) {
    if (of_rule_[rule].valid()) restrict(profile, by(of_rule_[rule], operation));
  }
  return profile;
}

RecordProfile Records::unnamed() const {
  if (!denied_.valid()) return {};
  const Audit& audit = model_.audits[denied_];
  return {audit.who, audit.what, audit.why, {}, 1, {}};
}

RecordProfile bad_reply_record(const Model& model, OperationId operation) {
  RecordProfile profile;
  for (const Parameter& result : model.method_of(operation).results) {
    profile.words.push_back(field_by_privacy(result.privacy));
  }
  return profile;
}

}  // namespace bh
