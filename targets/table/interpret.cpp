#include "targets/table/interpret.h"

namespace bh {

TableInterpreter::TableInterpreter(const DecisionTable& table) : table_(table) {
  for (const ProtocolTable& protocol : table.protocols) {
    const bool shared = protocol.instances == InstanceKind::Shared;
    const Instance fresh{protocol.initial, std::vector<uint32_t>(protocol.counters, 0)};
    instances_.emplace_back(shared ? 1 : table.channels.size(), fresh);
  }
}

TableInterpreter::Instance& TableInterpreter::instance(uint32_t protocol, ComponentId caller) {
  const bool shared = table_.protocols[protocol].instances == InstanceKind::Shared;
  return instances_[protocol][shared ? 0 : caller.value];
}

static bool enabled(const ProtocolStep& step, Outcome outcome,
                    const std::vector<uint32_t>& counters) {
  if (!step.next[static_cast<size_t>(outcome)]) return false;
  if (!step.limit || step.limit->outcome != outcome) return true;
  return counters[step.limit->counter] < step.limit->at_most;
}

static bool enabled(const ProtocolStep& step, const std::vector<uint32_t>& counters) {
  return enabled(step, Outcome::Granted, counters) || enabled(step, Outcome::Ok, counters) ||
         enabled(step, Outcome::Error, counters);
}

TableVerdict TableInterpreter::decide(const Call& call, const std::vector<uint64_t>& words) {
  const Channel* channel = nullptr;
  for (const Channel& candidate : table_.channels[call.caller]) {
    if (candidate.endpoint == call.endpoint) channel = &candidate;
  }
  if (channel == nullptr) return TableVerdict::NoChannel;
  const Grant* grant = channel->find(call.method);
  if (grant == nullptr) return TableVerdict::NoGrant;
  if (!holds(grant->when, words)) return TableVerdict::Condition;
  for (uint32_t p : table_.endpoints[call.endpoint].protocols) {
    const Instance& at = instance(p, call.caller);
    if (!enabled(table_.protocols[p].step(at.state, call.method), at.counters)) {
      return TableVerdict::Protocol;
    }
  }
  take(call, Outcome::Granted);
  return TableVerdict::Granted;
}

void TableInterpreter::reply(const Call& call, ReplyStatus status) {
  take(call, status == ReplyStatus::Ok ? Outcome::Ok : Outcome::Error);
}

void TableInterpreter::take(const Call& call, Outcome outcome) {
  for (uint32_t p : table_.endpoints[call.endpoint].protocols) {
    Instance& at = instance(p, call.caller);
    const ProtocolStep& step = table_.protocols[p].step(at.state, call.method);
    if (!enabled(step, outcome, at.counters)) continue;
    const uint32_t next = *step.next[static_cast<size_t>(outcome)];
    if (next != at.state) {
      at = {next, std::vector<uint32_t>(at.counters.size(), 0)};
    } else if (step.limit && step.limit->outcome == outcome) {
      ++at.counters[step.limit->counter];
    }
  }
}

}  // namespace bh
