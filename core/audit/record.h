// What an enforcement point did, as it wrote it down. Numbers are rows of the table that was in
// force.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/model.h"

namespace bh {

enum class AuditKind : uint8_t {
  Granted,   // a call was delivered; words: its arguments as delivered
  Refused,   // a call was not delivered; words: as the caller gave them
  Reply,     // words: the results as delivered
  BadReply,  // a reply against its own signature was dropped; words: as the server gave them
  Fault,     // a component was stopped; words: what the processor says
  Exit,      // a component ended by itself; words: its status
  Shutdown,  // a component asked the system to end; words: the status
  Started,   // a component was started again; words: its new id
  Stopped,   // a component was stopped because another asked for it; words: the id of who asked
  Reload,    // another table came into force, or (status) not; words: its version, what is wrong
  Upgrade,   // the machine restarts into another image, or (status) not; words: what is wrong
};

enum class AuditReason : uint8_t {
  None,
  Channel,    // no such channel
  Method,     // no such method at that endpoint
  Default,    // no rule grants the method
  Condition,  // the arguments (or results) fail the condition in row `rule`
  Protocol,   // the protocol in row `rule` has no enabled transition
  TooLong,    // more bytes than a message holds
  PeerGone,   // the receiver has ended
  Memory,     // an access that the component has no right to
  Exception,  // another processor exception
  Syscall,    // an impossible system call
  Budget,     // used up its processor time
  TimedOut,   // the caller has waited for too long; of a refusal, before the call was delivered
  Stale,      // a reply to nobody who waits for one; words: the id it names
};

// How a reply came back.
enum class AuditStatus : uint8_t { Ok, Error, Refused, PeerGone, BadReply, TimedOut };

struct AuditRecord {
  static constexpr uint32_t None = 0xffff;  // channel, endpoint, method, receiver: there is none
  AuditKind kind = AuditKind::Granted;
  uint64_t sequence = 0;  // from 0; a gap means lost records
  uint64_t time = 0;      // ticks of the machine's clock
  uint32_t epoch = 0;     // of the table in force
  uint32_t subject = 0;   // the caller; of faults, exits and shutdowns the component itself
  uint32_t channel = None;
  uint32_t endpoint = None;
  uint32_t method = None;
  uint32_t receiver = None;
  AuditStatus status = AuditStatus::Ok;
  AuditReason reason = AuditReason::None;
  std::optional<uint32_t> rule;
  std::array<uint64_t, 6> words{};
  // What is left of each thing. Of what is not exact: `who` has no subject, `what` no channel,
  // endpoint, method and receiver, `why` no reason and rule, but a hash if it is hashed; the hash
  // of a word stands in its place, and so does the multiple of a bucket.
  AuditClass who = AuditClass::Exact;
  AuditClass what = AuditClass::Exact;
  AuditClass why = AuditClass::Exact;
  std::array<AuditClass, 6> kept{};  // of the words
  std::array<uint64_t, 3> hashes{};  // of who, what, why; else 0
  bool exact() const;
  bool operator==(const AuditRecord&) const = default;
};

std::string_view print(AuditKind kind);      // "granted"
std::string_view print(AuditReason reason);  // "condition"

// One line of JSON, without the line break.
std::string print(const AuditRecord& record);

}  // namespace bh
