#include "targets/monitor/validate_records.h"

#include <algorithm>

#include "core/model/audit.h"

namespace bh {

const Audit* RecordComparison::statement(AuditOf of) const {
  for (const Audit& audit : model_.audits) {
    if (audit.of == of) return &audit;
  }
  return nullptr;
}

RecordComparison::RecordComparison(const Model& model, const DecodedPolicy& blob)
    : model_(model), blob_(blob) {
  const Audit* const otherwise = statement(AuditOf::Granted);
  for (RuleId id : model.rules.ids()) {
    const Rule& rule = model.rules[id];
    const Audit* own = nullptr;
    for (const Audit& audit : model.audits) {
      if (audit.of == AuditOf::Rule && audit.rule == id && own == nullptr) own = &audit;
    }
    const bool allow = rule.kind == RuleKind::Allow;
    const Audit* const speaks = own == nullptr && allow ? otherwise : own;
    if (speaks == nullptr) continue;
    for (const ConditionalOperation& target : rule.targets) {
      for (ComponentId caller : rule.subjects) {
        if (!covers(model, target, caller)) continue;
        (allow ? granting_ : denying_)[{caller, target.operation}].push_back(speaks);
      }
    }
  }
}

static uint32_t number(AuditClass keep) { return static_cast<uint32_t>(keep); }
static_assert(static_cast<int>(AuditClass::Omit) == 3, "as enum bh_keep counts");

RecordComparison::Wanted RecordComparison::wanted(OperationId operation,
                                                  const Statements& statements) const {
  const auto strictest = [&](auto field_of) {
    AuditField field;
    for (const Audit* audit : statements) field = stricter(field, field_of(audit));
    return field;
  };
  const auto about = [&](AuditField Audit::* field) {
    return number(strictest([&](const Audit* audit) {
                    return audit == nullptr ? AuditField() : audit->*field;
                  }).keep);
  };
  Wanted result;
  result.profile.about = {about(&Audit::who), about(&Audit::what), about(&Audit::why)};
  const size_t words = model_.method_of(operation).parameters.size();
  for (uint32_t w = 0; w < words; ++w) {
    const AuditField field =
        strictest([&](const Audit* audit) { return audit_field(model_, audit, operation, w); });
    result.profile.words[w] = number(field.keep);
    result.profile.multiples[w] = field.bucket;
  }
  const auto fewest =
      std::min_element(statements.begin(), statements.end(), [](const Audit* a, const Audit* b) {
        return (a == nullptr ? 1 : a->one_in) < (b == nullptr ? 1 : b->one_in);
      });
  if (*fewest == nullptr || (*fewest)->one_in == 1) return result;
  result.profile.one_in = (*fewest)->one_in;
  result.counted = *fewest;
  return result;
}

// Statements and counters go together one to one.
bool RecordComparison::same(const Wanted& wanted, uint32_t index) {
  DecodedPolicy::Profile profile = blob_.profiles[index];
  const std::optional<uint32_t> sample = std::exchange(profile.sample, std::nullopt);
  if (profile != wanted.profile || sample.has_value() != (wanted.counted != nullptr)) return false;
  return !sample || (counter_of_.emplace(wanted.counted, *sample).first->second == *sample &&
                     counted_by_.emplace(*sample, wanted.counted).first->second == wanted.counted);
}

bool RecordComparison::same_channel(ComponentId caller, EndpointId endpoint,
                                    const DecodedPolicy::Right& right) {
  const std::vector<OperationId>& operations = model_.endpoints[endpoint].operations;
  bool all = true;
  for (size_t m = 0; m < operations.size(); ++m) {
    const DecodedPolicy::Record& record = right.records[m];
    const auto granting = granting_.find({caller, operations[m]});
    const bool audited = right.granted[m] != Conditions::False && granting != granting_.end();
    all &= audited == record.granted.has_value() &&
           (!audited || same(wanted(operations[m], granting->second), *record.granted));
    Statements refusing = {statement(AuditOf::Denied)};
    const auto denying = denying_.find({caller, operations[m]});
    if (denying != denying_.end()) {
      refusing.insert(refusing.end(), denying->second.begin(), denying->second.end());
    }
    all &= same(wanted(operations[m], refusing), record.refused);
  }
  return all;
}

bool RecordComparison::same_unnamed() const {
  DecodedPolicy::Profile profile;
  if (const Audit* denied = statement(AuditOf::Denied)) {
    profile.about = {number(denied->who.keep), number(denied->what.keep), number(denied->why.keep)};
  }
  return blob_.profiles[0] == profile;
}

bool RecordComparison::same_bad_reply(OperationId operation, uint32_t index) const {
  DecodedPolicy::Profile profile;
  const std::vector<Parameter>& results = model_.method_of(operation).results;
  for (size_t i = 0; i < results.size(); ++i) {
    profile.words[i] = number(field_by_privacy(results[i].privacy).keep);
  }
  return blob_.profiles[index] == profile;
}

}  // namespace bh
