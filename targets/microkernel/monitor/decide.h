// The monitor's decision: pure functions of the table, a call, and the protocol states.
#pragma once

#include <stdint.h>

#include "targets/microkernel/monitor/table.h"

namespace bh::kernel {

// Why a call or a reply may not pass. `rule` as enum bh_reason says.
struct Refusal {
  bh_reason reason = BH_REASON_NONE;
  uint32_t rule = BH_NONE32;
  bool none() const { return reason == BH_REASON_NONE; }
};

// A call that passed the static part.
struct Grant {
  const bh_edge* edge = nullptr;
  const bh_method* method = nullptr;
  uint32_t bytes = 0;  // to copy from the message buffer, at most BH_BUFFER_BYTES
  Refusal
      refusal;  // when it did not pass; `edge` is then set if the channel exists, `method` never
};

// low <= (words[word] & mask) <= high, clauses of tests, rules of clauses.
inline bool holds(const bh_test* test, const uint64_t* words) {
  for (;; ++test) {
    uint64_t value = words[test->word] & test->mask;
    if (test->low <= value && value <= test->high) {
      if (test->last_of_clause) return true;
      continue;
    }
    while (!test->last_of_clause) ++test;
    if (test->last_of_rule) return false;
  }
}

// The sum of the sizes that `mask` names among `words`, or more than BH_BUFFER_BYTES if they do not
// fit.
uint32_t message_bytes(uint32_t mask, const uint64_t* words);

// The static part. `channel`, `method` and the BH_WORDS `words` are whatever the caller put there.
inline Grant decide(const Table& table, const bh_component& subject, uint64_t channel,
                    uint64_t method, const uint64_t* words);

// The methods of a right whose calls need nothing but their bit and their condition: no bytes in
// either direction, no condition on the results, an answer to wait for, and if any then an exact
// record. Protocols are the endpoint's.
uint32_t plain_methods(const Table& table, const bh_right& right);

// What an ok reply must meet: the range of its results and the size of its bytes.
struct ReplyCheck {
  uint32_t bytes = 0;
  Refusal refusal;
};
ReplyCheck check_reply(const Table& table, const bh_method& method, const uint64_t* words);

// ---- protocols
// ---------------------------------------------------------------------------------------

struct ProtocolInstance {
  uint8_t state = 0;
  uint16_t holder = 0;  // component, or BH_NONE16: nobody
  uint32_t counters[BH_COUNTERS] = {};
  uint64_t entered = 0;  // when, in ticks of the clock
};

// What one method of one endpoint asks of the protocols, for one caller at one time.
struct ProtocolCall {
  uint32_t endpoint;
  uint32_t subject;
  uint32_t method;
  uint64_t now;  // ticks of the clock; never less than in the call before
};

inline const bh_step& step_of(const Table& table, const bh_protocol& protocol, uint32_t state,
                              uint32_t method) {
  uint32_t methods = table.endpoints[protocol.endpoint].method_count;
  return table.steps[protocol.step_first + state * methods + method];
}

// The protocol states of a running system. The clock is whatever the caller says: `now` in ticks.
class ProtocolStates {
 public:
  // Every instance enters its initial state at `now`.
  void reset(const Table& table, uint64_t now, uint64_t ticks_per_ms);
  // The first protocol of the endpoint that has no enabled step for the call, or BH_NONE32.
  uint32_t refusing(const Table& table, const ProtocolCall& call);
  // Takes the step for `outcome` in every protocol of the endpoint that has one enabled.
  void advance(const Table& table, const ProtocolCall& call, bh_outcome outcome);
  const ProtocolInstance& of(const bh_protocol& protocol, uint32_t subject) const {
    return instances_[slot(protocol, subject)];
  }
  // Every instance goes on in that of the same name in `later`, which becomes the states of table
  // `to`; time, holder and counters go with it. Names are looked for at the same endpoint. False
  // when an instance would lose its state: one that is not in the initial state of a protocol that
  // is no more (or has another kind of instance), or in a state that is no more.
  bool carry_over(const Table& from, const Table& to, uint64_t now, ProtocolStates& later);

 private:
  static uint32_t slot(const bh_protocol& protocol, uint32_t subject) {
    return protocol.instance_first + (protocol.instance == BH_INSTANCE_PER_CALLER ? subject : 0);
  }
  // The caller's instance, moved by the timeouts that are due by now.
  ProtocolInstance& at(const Table& table, const bh_protocol& protocol, const ProtocolCall& call);
  uint64_t stay(const bh_state& state) const { return state.timeout_ms * ticks_per_ms_; }
  void settle(const bh_state* states, uint32_t count, ProtocolInstance& instance,
              uint64_t now) const;

  uint64_t ticks_per_ms_ = 0;  // set by reset()
  ProtocolInstance instances_[BH_MAX_INSTANCES];
};

// Whether the table `to` may come into force after `from` in a running system: it is newer, the
// images are compiled against both alike, components and endpoints are the same, and an image that
// it is bound to is the one that runs. A table cannot name an image that holds it, so it need name
// none. BH_EXIT_OK, or what is wrong.
bh_exit may_follow(const Table& from, const Table& to);

// The decision of the straight path, as short as it gets: whether the method is one of the `plain`
// ones of its channel, those of the channel's right that have no condition.
inline bool plainly_granted(const uint32_t* plain, uint64_t count, uint64_t channel,
                            uint64_t method) {
  return channel < count && method < BH_METHODS && (plain[channel] >> method & 1) != 0;
}

// ---- the hot part, inline
// ------------------------------------------------------------------------------

Refusal why_not_granted(const Table& table, const bh_edge& edge, uint64_t method);

inline uint32_t condition_row(const bh_right& right, uint64_t method) {
  uint32_t row = right.condition_first;
  for (uint32_t below = right.conditional & ((1u << method) - 1); below != 0; below &= below - 1)
    ++row;
  return row;
}

// Whether the condition of a granted method holds, if it has one.
inline bool condition_holds(const Table& table, const bh_right& right, uint64_t method,
                            const uint64_t* words) {
  if ((right.conditional >> method & 1) == 0) return true;
  return holds(table.tests + table.conditions[condition_row(right, method)], words);
}

inline Grant decide(const Table& table, const bh_component& subject, uint64_t channel,
                    uint64_t method, const uint64_t* words) {
  Grant grant;
  if (channel >= subject.edge_count) {
    grant.refusal.reason = BH_REASON_CHANNEL;
    return grant;
  }
  const bh_edge& edge = table.edges[subject.edge_first + channel];
  grant.edge = &edge;
  const bh_right& right = table.right(edge);
  if (method >= BH_METHODS || (right.allow >> method & 1) == 0) {
    grant.refusal = why_not_granted(table, edge, method);
    return grant;
  }
  if (!condition_holds(table, right, method, words)) {
    grant.refusal = {BH_REASON_CONDITION, condition_row(right, method)};
    return grant;
  }
  const bh_method& m = table.methods[right.method_first + method];
  if (m.arg_bytes_mask != 0) {
    grant.bytes = message_bytes(m.arg_bytes_mask, words);
    if (grant.bytes > BH_BUFFER_BYTES) {
      grant.refusal.reason = BH_REASON_TOO_LONG;
      return grant;
    }
  }
  grant.method = &m;
  return grant;
}

}  // namespace bh::kernel
