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
  bool exists = method < table.endpoints[edge.endpoint].method_count;
  return {exists ? BH_REASON_DEFAULT : BH_REASON_METHOD, BH_NONE32};
}

uint32_t plain_methods(const Table& table, const bh_edge& edge) {
  if (edge.protocol_count != 0) return 0;
  uint32_t plain = edge.allow;
  for (uint32_t method = 0; method < table.endpoints[edge.endpoint].method_count; ++method) {
    const bh_method& m = table.methods[edge.method_first + method];
    bool bytes = (m.arg_bytes_mask | m.result_bytes_mask) != 0;
    if (bytes || m.flags != 0 || m.result_condition != BH_NONE32) plain &= ~(1u << method);
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

const bh_step& step_of(const Table& table, const bh_protocol& protocol, uint32_t state,
                       uint32_t method) {
  uint32_t methods = table.endpoints[protocol.endpoint].method_count;
  return table.steps[protocol.step_first + state * methods + method];
}

bool enabled(const bh_step& step, uint32_t outcome, const ProtocolInstance& instance) {
  if (step.next[outcome] == BH_NONE8) return false;
  return step.limited != outcome || instance.counters[step.counter] < step.limit;
}

void take(const bh_step& step, bh_outcome outcome, ProtocolInstance& instance) {
  if (step.limited == outcome) ++instance.counters[step.counter];
  if (step.next[outcome] == instance.state) return;
  instance.state = step.next[outcome];
  for (uint32_t& counter : instance.counters) counter = 0;
}

}  // namespace

void ProtocolStates::reset(const Table& table) {
  for (uint32_t i = 0; i < table.count(BH_SECTION_PROTOCOLS); ++i) {
    const bh_protocol& protocol = table.protocols[i];
    bool per_caller = protocol.instance == BH_INSTANCE_PER_CALLER;
    uint32_t subjects = per_caller ? table.count(BH_SECTION_COMPONENTS) : 1;
    for (uint32_t subject = 0; subject < subjects; ++subject) {
      instances_[slot(protocol, subject)] = {protocol.initial, {}};
    }
  }
}

uint32_t ProtocolStates::refusing(const Table& table, uint32_t endpoint, uint32_t subject,
                                  uint32_t method) const {
  const bh_endpoint& row = table.endpoints[endpoint];
  for (uint32_t i = row.protocol_first; i < uint32_t{row.protocol_first} + row.protocol_count;
       ++i) {
    const bh_protocol& protocol = table.protocols[i];
    const ProtocolInstance& instance = of(protocol, subject);
    const bh_step& step = step_of(table, protocol, instance.state, method);
    if (!enabled(step, BH_OUTCOME_CALL, instance) && !enabled(step, BH_OUTCOME_OK, instance) &&
        !enabled(step, BH_OUTCOME_ERROR, instance)) {
      return i;
    }
  }
  return BH_NONE32;
}

void ProtocolStates::advance(const Table& table, uint32_t endpoint, uint32_t subject,
                             uint32_t method, bh_outcome outcome) {
  const bh_endpoint& row = table.endpoints[endpoint];
  for (uint32_t i = row.protocol_first; i < uint32_t{row.protocol_first} + row.protocol_count;
       ++i) {
    const bh_protocol& protocol = table.protocols[i];
    ProtocolInstance& instance = instances_[slot(protocol, subject)];
    const bh_step& step = step_of(table, protocol, instance.state, method);
    if (enabled(step, outcome, instance)) take(step, outcome, instance);
  }
}

}  // namespace bh::kernel
