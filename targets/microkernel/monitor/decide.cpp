#include "targets/microkernel/monitor/decide.h"

namespace bh::kernel {

uint32_t message_bytes(uint32_t mask, const uint64_t* words) {
  uint64_t sum = 0;
  for (uint32_t word = 0; word < BH_WORDS; ++word) {
    if ((mask >> word & 1) == 0) continue;
    if (words[word] > BH_BUFFER_BYTES) return BH_BUFFER_BYTES + 1;
    sum += words[word];
  }
  return static_cast<uint32_t>(sum);
}

Refusal why_not_granted(const Table& table, const bh_edge& edge, uint64_t method) {
  bool exists = method < table.endpoint(edge).method_count;
  return {exists ? BH_REASON_DEFAULT : BH_REASON_METHOD, BH_NONE32};
}

static bool exact(const bh_profile& profile) {
  uint32_t kept = profile.who | profile.what | profile.why;
  for (uint8_t word : profile.words) kept |= word;
  return kept == BH_KEEP_EXACT && profile.one_in == 1;
}

uint32_t plain_methods(const Table& table, const bh_right& right) {
  uint32_t plain = right.allow;
  for (uint32_t left = right.allow; left != 0; left &= left - 1) {
    const int method = __builtin_ctz(left);
    const bh_method& m = table.methods[right.method_first + method];
    const uint16_t profile = table.records[right.record_first + method].granted;
    bool bytes = (m.arg_bytes_mask | m.result_bytes_mask) != 0;
    bool event = (m.flags & BH_METHOD_EVENT) != 0;
    bool kept = profile == BH_NONE16 || exact(table.profiles[profile]);
    if (bytes || event || !kept || m.result_condition != BH_NONE32) plain &= ~(1u << method);
  }
  return plain;
}

ReplyCheck check_reply(const Table& table, const bh_method& method, const uint64_t* words) {
  if (method.result_condition != BH_NONE32 &&
      !holds(table.tests + method.result_condition, words)) {
    return {0, {BH_REASON_CONDITION, method.result_condition}};
  }
  uint32_t bytes = message_bytes(method.result_bytes_mask, words);
  if (bytes > BH_BUFFER_BYTES) return {0, {BH_REASON_TOO_LONG, BH_NONE32}};
  return {bytes, {}};
}

// ---- protocols
// ---------------------------------------------------------------------------------------

namespace {

bool may_take(const Table& table, const bh_step& step, uint32_t subject,
              const ProtocolInstance& instance) {
  if (step.callers != BH_NONE16) {
    const uint64_t* set = table.callers + step.callers * table.caller_words();
    if ((set[subject / 64] >> subject % 64 & 1) == 0) return false;
  }
  if (step.mover == BH_MOVER_ANYONE) return true;
  return (instance.holder == subject) == (step.mover == BH_MOVER_SAME);
}

// For a caller that may take it.
bool enabled(const bh_step& step, uint32_t outcome, const ProtocolInstance& instance) {
  if (step.next[outcome] == BH_NONE8) return false;
  return step.limited != outcome || instance.counters[step.counter] < step.limit;
}

// Whatever the reply will be: with some step, and no limit that is used up.
bool permits(const bh_step& step, const ProtocolInstance& instance) {
  if (step.limited != BH_NONE8 && instance.counters[step.counter] >= step.limit) return false;
  return step.next[BH_OUTCOME_CALL] != BH_NONE8 || step.next[BH_OUTCOME_OK] != BH_NONE8 ||
         step.next[BH_OUTCOME_ERROR] != BH_NONE8;
}

void enter(ProtocolInstance& instance, uint8_t state, uint16_t holder, uint64_t now) {
  instance.state = state;
  instance.holder = holder;
  for (uint32_t& counter : instance.counters) counter = 0;
  instance.entered = now;
}

}  // namespace

void ProtocolStates::reset(const Table& table, uint64_t now, uint64_t ticks_per_ms) {
  ticks_per_ms_ = ticks_per_ms;
  for (uint32_t i = 0; i < table.count(BH_SECTION_PROTOCOLS); ++i) {
    const bh_protocol& protocol = table.protocols[i];
    for (uint32_t subject = 0; subject < table.instances(protocol); ++subject) {
      enter(instances_[slot(protocol, subject)], protocol.initial, BH_NONE16, now);
    }
  }
}

ProtocolInstance& ProtocolStates::at(const Table& table, const bh_protocol& protocol,
                                     const ProtocolCall& call) {
  ProtocolInstance& instance = instances_[slot(protocol, call.subject)];
  const bh_state* states = table.states + protocol.state_first;
  if (states[instance.state].timeout_ms != 0) {
    settle(states, protocol.state_count, instance, call.now);
  }
  return instance;
}

// After as many timeouts as there are states the instance goes round in a circle, whose whole
// rounds are skipped: so this takes at most 3 * count steps.
void ProtocolStates::settle(const bh_state* states, uint32_t count, ProtocolInstance& instance,
                            uint64_t now) const {
  for (uint32_t moves = 0;; ++moves) {
    if (moves == count) {
      uint64_t round = 0;
      uint8_t state = instance.state;
      do {
        round += stay(states[state]);
        state = states[state].next;
      } while (state != instance.state);
      instance.entered += (now - instance.entered) / round * round;
    }
    const bh_state& state = states[instance.state];
    if (state.timeout_ms == 0 || now - instance.entered < stay(state)) return;
    enter(instance, state.next, BH_NONE16, instance.entered + stay(state));
  }
}

uint32_t ProtocolStates::refusing(const Table& table, const ProtocolCall& call) {
  const bh_endpoint& row = table.endpoints[call.endpoint];
  for (uint32_t i = row.protocol_first; i < uint32_t{row.protocol_first} + row.protocol_count;
       ++i) {
    const bh_protocol& protocol = table.protocols[i];
    const ProtocolInstance& instance = at(table, protocol, call);
    const bh_step& step = step_of(table, protocol, instance.state, call.method);
    if (!may_take(table, step, call.subject, instance) || !permits(step, instance)) return i;
  }
  return BH_NONE32;
}

void ProtocolStates::advance(const Table& table, const ProtocolCall& call, bh_outcome outcome) {
  const bh_endpoint& row = table.endpoints[call.endpoint];
  for (uint32_t i = row.protocol_first; i < uint32_t{row.protocol_first} + row.protocol_count;
       ++i) {
    const bh_protocol& protocol = table.protocols[i];
    ProtocolInstance& instance = at(table, protocol, call);
    const bh_step& step = step_of(table, protocol, instance.state, call.method);
    if (!may_take(table, step, call.subject, instance) || !enabled(step, outcome, instance))
      continue;
    if (step.limited == outcome) ++instance.counters[step.counter];
    if (step.next[outcome] == instance.state) continue;
    bool shared = protocol.instance == BH_INSTANCE_SHARED;
    auto holder = static_cast<uint16_t>(shared ? call.subject : BH_NONE16);
    enter(instance, step.next[outcome], holder, call.now);
  }
}

}  // namespace bh::kernel
