#include "targets/table/interpret.h"

#include <algorithm>

namespace bh {

TableInterpreter::TableInterpreter(const DecisionTable& table) : table_(table) {
  for (const ProtocolTable& protocol : table.protocols) {
    const bool shared = protocol.instances == InstanceKind::Shared;
    const Instance fresh{protocol.initial, std::vector<uint32_t>(protocol.counters, 0), 0, {}};
    instances_.emplace_back(shared ? 1 : table.channels.size(), fresh);
  }
}

void TableInterpreter::enter(Instance& instance, uint32_t state, uint64_t now, ComponentId holder) {
  instance = {state, std::vector<uint32_t>(instance.counters.size(), 0), now, holder};
}

static uint64_t nanoseconds(const StateTimeout& timeout) {
  return uint64_t{timeout.milliseconds} * 1'000'000;
}

// The length of the circle of timeouts through a state; nothing if it is on none.
static std::optional<uint64_t> circle(const ProtocolTable& protocol, uint32_t start) {
  uint64_t length = 0;
  uint32_t state = start;
  for (uint32_t i = 0; i < protocol.states && protocol.timeouts[state]; ++i) {
    length += nanoseconds(*protocol.timeouts[state]);
    state = protocol.timeouts[state]->to;
    if (state == start) return length;
  }
  return std::nullopt;
}

TableInterpreter::Instance& TableInterpreter::instance(uint32_t p, ComponentId caller,
                                                       uint64_t now) {
  const ProtocolTable& protocol = table_.protocols[p];
  const bool shared = protocol.instances == InstanceKind::Shared;
  Instance& at = instances_[p][shared ? 0 : caller.value];
  while (const std::optional<StateTimeout>& timeout = protocol.timeouts[at.state]) {
    if (now - at.entered < nanoseconds(*timeout)) break;
    const std::optional<uint64_t> round = circle(protocol, at.state);
    if (round && now - at.entered >= *round) {
      enter(at, at.state, now - (now - at.entered) % *round, {});
    } else {
      enter(at, timeout->to, at.entered + nanoseconds(*timeout), {});
    }
  }
  return at;
}

static bool may_take(const ProtocolStep& step, ComponentId caller, ComponentId holder) {
  if (step.by && std::count(step.by->begin(), step.by->end(), caller) == 0) return false;
  switch (step.mover) {
    case Mover::Anyone:
      return true;
    case Mover::Same:
      return caller == holder;
    case Mover::Other:
      return caller != holder;
  }
  BH_CHECK(false);
}

static bool enabled(const ProtocolStep& step, Outcome outcome,
                    const std::vector<uint32_t>& counters) {
  if (!step.next[static_cast<size_t>(outcome)]) return false;
  if (!step.limit || step.limit->outcome != outcome) return true;
  return counters[step.limit->counter] < step.limit->at_most;
}

// Whatever the reply will be: with some transition, and no limit that is used up.
static bool permits(const ProtocolStep& step, const std::vector<uint32_t>& counters) {
  if (step.limit && counters[step.limit->counter] >= step.limit->at_most) return false;
  return std::any_of(step.next.begin(), step.next.end(),
                     [](const std::optional<uint32_t>& next) { return next.has_value(); });
}

TableVerdict TableInterpreter::decide(const Call& call, const std::vector<uint64_t>& words,
                                      uint64_t now) {
  const Channel* channel = nullptr;
  for (const Channel& candidate : table_.channels[call.caller]) {
    if (candidate.endpoint == call.endpoint) channel = &candidate;
  }
  if (channel == nullptr) return TableVerdict::NoChannel;
  const Grant* grant = channel->find(call.method);
  if (grant == nullptr) return TableVerdict::NoGrant;
  if (!holds(grant->when, words)) return TableVerdict::Condition;
  for (uint32_t p : table_.endpoints[call.endpoint].protocols) {
    const Instance& at = instance(p, call.caller, now);
    const ProtocolStep& step = table_.protocols[p].step(at.state, call.method);
    if (!may_take(step, call.caller, at.holder) || !permits(step, at.counters)) {
      return TableVerdict::Protocol;
    }
  }
  take(call, Outcome::Granted, now);
  return TableVerdict::Granted;
}

void TableInterpreter::reply(const Call& call, ReplyStatus status, uint64_t now) {
  take(call, status == ReplyStatus::Ok ? Outcome::Ok : Outcome::Error, now);
}

void TableInterpreter::take(const Call& call, Outcome outcome, uint64_t now) {
  for (uint32_t p : table_.endpoints[call.endpoint].protocols) {
    const ProtocolTable& protocol = table_.protocols[p];
    Instance& at = instance(p, call.caller, now);
    const ProtocolStep& step = protocol.step(at.state, call.method);
    if (!may_take(step, call.caller, at.holder) || !enabled(step, outcome, at.counters)) continue;
    const uint32_t next = *step.next[static_cast<size_t>(outcome)];
    if (next != at.state) {
      const bool shared = protocol.instances == InstanceKind::Shared;
      enter(at, next, now, shared ? call.caller : ComponentId());
    } else if (step.limit && step.limit->outcome == outcome) {
      ++at.counters[step.limit->counter];
    }
  }
}

}  // namespace bh
