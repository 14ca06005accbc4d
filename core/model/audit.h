// What records keep, beside audit_field (model.h).
#pragma once

#include "core/model/model.h"

namespace bh {

// What a record keeps of a parameter or result that no statement speaks of.
AuditField field_by_privacy(Privacy privacy);

// What is left when each of two may keep no more than it says: of two that differ the one that
// keeps less, and nothing where neither does.
AuditField stricter(const AuditField& a, const AuditField& b);

}  // namespace bh
