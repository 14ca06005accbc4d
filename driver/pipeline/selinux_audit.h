// What an SELinux machine wrote down of its decisions, in the policy's own words, and whether they
// were the policy's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/log.h"
#include "core/audit/shown.h"
#include "core/base/result.h"
#include "core/model/model.h"
#include "targets/selinux/emit.h"

namespace bh {

// Decisions about types of the policy, a record for each permission; time starts with the first.
struct SelinuxAudit {
  std::vector<LogEntry> records;
  size_t refused = 0;
  size_t granted = 0;  // with those that a permissive machine only wrote down
  // "line 7: ..": where the machine refused what the policy grants, or let pass what it does not.
  std::vector<std::string> differences;
  std::vector<std::string>
      damaged;         // "line 9: ..": lines that began as decisions and did not go on
  size_t foreign = 0;  // decisions about types that the policy has none of
  uint64_t lost = 0;   // that the kernel says it could not write

  // Whole, and all of it the policy's.
  bool sound() const { return differences.empty() && damaged.empty() && lost == 0; }
};

// Reads dmesg, audit.log or the journal (targets/selinux/avc.h); lines of other kinds are passed
// over. `module` is what emit_cil made of the model. What the policy's `audit` statements and the
// privacy of its parameters keep from a log is not in the records. Fails on a text without a single
// decision.
Result<SelinuxAudit> read_selinux_log(const CheckedModel& model, const CilModule& module,
                                      const AuditKey& key, std::string_view text);

// The records as an audit log (core/audit/log.h), from its header to its end. Its epoch is 0, its
// table the module's text.
std::string audit_log(const CheckedModel& model, const CilModule& module,
                      const SelinuxAudit& audit);

}  // namespace bh
