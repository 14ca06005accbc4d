// Any bytes as the log of an SELinux machine: reading ends, what is counted is there, and the
// records form an audit log that says the same.
#include <cstdint>
#include <string_view>

#include "core/base/check.h"
#include "driver/pipeline/load.h"
#include "driver/pipeline/selinux_audit.h"

using namespace bh;

namespace {

// A name of each kind, with a condition, a deny and what an audit statement keeps back.
constexpr const char* Text = R"(policy fuzz 1.0
interface Signer {
    call sign(slot: u8)
    call export()
}
component Parser {}
component KeyStore { provides keys: Signer }
object Journal: Log {}
interface Log { call append(line: bytes[..80]) }
allow signing: Parser -> KeyStore.keys.sign when slot = 1
allow writing: KeyStore -> Journal.append
deny no_export: any -> KeyStore.keys.export
audit denied { who hashed, what exact, why omit, arguments omit }
target selinux {
    Parser = p_t   KeyStore = k_t   Journal = j_t
    Log = class file
    approximate signing because "a monitor checks the slot"
}
)";

struct Subject {
  LoadedPolicy policy = *load_policy(
      PolicySource{{"fuzz.bh"}, [](const std::string&) { return Result<std::string>(Text); }});
  CilModule module = *emit_cil(*policy.model, policy.sink);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Subject subject;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const CheckedModel& model = *subject.policy.model;
  const Result<SelinuxAudit> audit = read_selinux_log(model, subject.module, {}, text);
  if (!audit.has_value()) return 0;
  BH_CHECK(audit->granted + audit->refused == audit->records.size());
  const Result<AuditLog> log = read_audit_log(audit_log(model, subject.module, *audit));
  BH_CHECK(log.has_value() && log->end && log->entries == audit->records);
  return 0;
}
