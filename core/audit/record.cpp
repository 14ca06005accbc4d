#include "core/audit/record.h"

#include <fmt/format.h>

#include "core/base/check.h"

namespace bh {

std::string_view print(AuditKind kind) {
  switch (kind) {
    case AuditKind::Granted:
      return "granted";
    case AuditKind::Refused:
      return "refused";
    case AuditKind::Reply:
      return "reply";
    case AuditKind::BadReply:
      return "bad_reply";
    case AuditKind::Fault:
      return "fault";
    case AuditKind::Exit:
      return "exit";
    case AuditKind::Shutdown:
      return "shutdown";
    case AuditKind::Started:
      return "started";
    case AuditKind::Stopped:
      return "stopped";
    case AuditKind::Reload:
      return "reload";
    case AuditKind::Upgrade:
      return "upgrade";
  }
  BH_CHECK(false);
}

std::string_view print(AuditReason reason) {
  switch (reason) {
    case AuditReason::None:
      return "none";
    case AuditReason::Channel:
      return "channel";
    case AuditReason::Method:
      return "method";
    case AuditReason::Default:
      return "default";
    case AuditReason::Condition:
      return "condition";
    case AuditReason::Protocol:
      return "protocol";
    case AuditReason::TooLong:
      return "too_long";
    case AuditReason::PeerGone:
      return "peer_gone";
    case AuditReason::Memory:
      return "memory";
    case AuditReason::Exception:
      return "exception";
    case AuditReason::Syscall:
      return "syscall";
    case AuditReason::Budget:
      return "budget";
    case AuditReason::NoRight:
      return "no_right";
    case AuditReason::TimedOut:
      return "timed_out";
    case AuditReason::Stale:
      return "stale";
  }
  BH_CHECK(false);
}

std::string print(const AuditRecord& r) {
  return fmt::format(
      R"({{"audit":"{}","seq":{},"time":{},"epoch":{},"subject":{},"channel":{},"endpoint":{},)"
      R"("method":{},"receiver":{},"status":{},"reason":"{}","rule":{},"words":[{},{},{},{},{},{}]}})",
      print(r.kind), r.sequence, r.time, r.epoch, r.subject, r.channel, r.endpoint, r.method,
      r.receiver, static_cast<unsigned>(r.status), print(r.reason),
      r.rule ? std::to_string(*r.rule) : "null", r.words[0], r.words[1], r.words[2], r.words[3],
      r.words[4], r.words[5]);
}

}  // namespace bh
