#include "core/model/audit.h"

#include <algorithm>

#include "core/base/check.h"

namespace bh {

AuditField field_by_privacy(Privacy privacy) {
  switch (privacy) {
    case Privacy::Plain:
      return {AuditClass::Exact, 0};
    case Privacy::Personal:
      return {AuditClass::Hashed, 0};
    case Privacy::Secret:
      return {AuditClass::Omit, 0};
  }
  BH_CHECK(false);
}

AuditField audit_field(const Model& model, const Audit* audit, OperationId operation,
                       uint32_t index) {
  const Parameter& parameter = model.method_of(operation).parameters[index];
  const AuditField own = field_by_privacy(parameter.privacy);
  if (audit == nullptr) return own;
  for (const Audit::Argument& argument : audit->listed) {
    if (argument.parameter == parameter.name) return argument.field;
  }
  if (!audit->arguments) return own;
  return std::max(own, *audit->arguments,
                  [](const AuditField& a, const AuditField& b) { return a.keep < b.keep; });
}

AuditField stricter(const AuditField& a, const AuditField& b) {
  if (a == b || b.keep == AuditClass::Exact) return a;
  if (a.keep == AuditClass::Exact) return b;
  if (a.keep == AuditClass::Bucket && b.keep == AuditClass::Bucket) {
    if (a.bucket % b.bucket == 0) return a;
    if (b.bucket % a.bucket == 0) return b;
  }
  return {AuditClass::Omit, 0};
}

}  // namespace bh
