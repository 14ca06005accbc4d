#include "core/audit/record.h"

#include <fmt/format.h>

#include <algorithm>

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
    case AuditReason::TimedOut:
      return "timed_out";
    case AuditReason::Stale:
      return "stale";
  }
  BH_CHECK(false);
}

bool AuditRecord::exact() const {
  const auto is_exact = [](AuditClass one) { return one == AuditClass::Exact; };
  return is_exact(who) && is_exact(what) && is_exact(why) &&
         std::all_of(kept.begin(), kept.end(), is_exact);
}

// As much of it as is kept: 3, "#00c0ffee00c0ffee", "16..", null.
static std::string print(AuditClass kept, uint64_t value, uint64_t hash) {
  switch (kept) {
    case AuditClass::Exact:
      return std::to_string(value);
    case AuditClass::Hashed:
      return fmt::format("\"#{:016x}\"", hash);
    case AuditClass::Bucket:
      return fmt::format("\"{}..\"", value);
    case AuditClass::Omit:
      return "null";
  }
  BH_CHECK(false);
}

std::string print(const AuditRecord& r) {
  const AuditClass parts = r.what == AuditClass::Exact ? AuditClass::Exact : AuditClass::Omit;
  std::string words;
  for (size_t i = 0; i < r.words.size(); ++i) {
    words += (i == 0 ? "" : ",") + print(r.kept[i], r.words[i], r.words[i]);
  }
  const std::string reason = r.why == AuditClass::Exact ? fmt::format("\"{}\"", print(r.reason))
                                                        : print(r.why, 0, r.hashes[2]);
  return fmt::format(
      R"({{"audit":"{}","seq":{},"time":{},"epoch":{},"subject":{},"channel":{},"endpoint":{},)"
      R"("method":{},"receiver":{},"status":{},"reason":{},"rule":{},"words":[{}]}})",
      print(r.kind), r.sequence, r.time, r.epoch, print(r.who, r.subject, r.hashes[0]),
      print(parts, r.channel, 0), print(r.what, r.endpoint, r.hashes[1]), print(parts, r.method, 0),
      print(parts, r.receiver, 0), static_cast<unsigned>(r.status), reason,
      r.rule ? std::to_string(*r.rule) : "null", words);
}

}  // namespace bh
