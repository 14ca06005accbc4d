#include "solver/queries/schedule.h"

#include <map>

namespace bh {

namespace {

// Moment 0 is the start, moment i that of the i-th move (from 1), the last one the end.
class Times {
 public:
  Times(const Model& model, const std::vector<Move>& path)
      : model_(model), moments_(path.size() + 2) {
    for (size_t i = 1; i < moments_; ++i) at_least(i, i - 1, 0);
  }

  void move(size_t moment, const Move& move) {
    if (move.timeout.valid()) {
      time_out(moment, move.timeout, move.request.caller);
    } else {
      request(moment, move);
    }
  }

  // No timeout moves the instance before the moment, nor in it.
  void still(size_t moment, ProtocolId protocol, ComponentId caller) {
    const Stay& stay = stay_of(protocol, caller);
    const std::optional<Timeout>& timeout = model_.protocols[protocol].states[stay.state].timeout;
    if (timeout) at_least(stay.entered, moment, 1 - static_cast<int64_t>(timeout->milliseconds));
  }

  // The least times of all moments, in milliseconds.
  std::optional<std::vector<int64_t>> solve() const {
    constexpr size_t MostWork = 100'000'000;
    std::vector<int64_t> times(moments_, 0);
    for (size_t round = 0; round <= moments_; ++round) {
      if (round * constraints_.size() > MostWork) return std::nullopt;
      bool changed = false;
      for (const Constraint& c : constraints_) {
        if (times[c.later] >= times[c.earlier] + c.least) continue;
        times[c.later] = times[c.earlier] + c.least;
        changed = true;
      }
      if (times[0] > 0) return std::nullopt;
      if (!changed) return times;
    }
    return std::nullopt;
  }

 private:
  // time(later) >= time(earlier) + least, which may be less than nothing.
  struct Constraint {
    size_t later;
    size_t earlier;
    int64_t least;
  };
  struct Stay {
    uint32_t state;
    size_t entered = 0;  // the moment
    ComponentId holder;
  };

  void at_least(size_t later, size_t earlier, int64_t least) {
    constraints_.push_back({later, earlier, least});
  }

  Stay& stay_of(ProtocolId id, ComponentId caller) {
    const Protocol& protocol = model_.protocols[id];
    const bool shared = protocol.instances == InstanceKind::Shared;
    const Stay initial{protocol.initial, 0, {}};
    return stays_.try_emplace({id, shared ? ComponentId() : caller}, initial).first->second;
  }

  void time_out(size_t moment, ProtocolId id, ComponentId caller) {
    Stay& stay = stay_of(id, caller);
    const Timeout& timeout = *model_.protocols[id].states[stay.state].timeout;
    at_least(moment, stay.entered, timeout.milliseconds);
    at_least(stay.entered, moment, -static_cast<int64_t>(timeout.milliseconds));
    stay = {timeout.to, moment, {}};
  }

  void request(size_t moment, const Move& move) {
    const Operation& operation = model_.operations[move.request.operation];
    for (ProtocolId id : model_.protocols.ids()) {
      if (model_.protocols[id].endpoint != operation.endpoint) continue;
      still(moment, id, move.request.caller);
      take(moment, id, move, Outcome::Granted);
      take(moment, id, move, move.reply == ReplyStatus::Ok ? Outcome::Ok : Outcome::Error);
    }
  }

  void take(size_t moment, ProtocolId id, const Move& move, Outcome outcome) {
    const Protocol& protocol = model_.protocols[id];
    const MethodId method = model_.operations[move.request.operation].method;
    Stay& stay = stay_of(id, move.request.caller);
    for (const Transition& transition : protocol.transitions) {
      if (transition.from != stay.state || transition.method != method ||
          transition.outcome != outcome ||
          !may_take(transition, stay.holder, move.request.caller)) {
        continue;
      }
      const bool shared = protocol.instances == InstanceKind::Shared;
      if (transition.to != stay.state) {
        stay = {transition.to, moment, shared ? move.request.caller : ComponentId()};
      }
      return;
    }
  }

  const Model& model_;
  size_t moments_;
  std::map<std::pair<ProtocolId, ComponentId>, Stay> stays_;
  std::vector<Constraint> constraints_;
};

}  // namespace

std::optional<Schedule> schedule(const Model& model, const std::vector<Move>& path,
                                 const std::vector<std::pair<ProtocolId, ComponentId>>& seen) {
  Times constraints(model, path);
  for (size_t i = 0; i < path.size(); ++i) constraints.move(i + 1, path[i]);
  for (const auto& [protocol, caller] : seen) constraints.still(path.size() + 1, protocol, caller);
  const std::optional<std::vector<int64_t>> times = constraints.solve();
  if (!times) return std::nullopt;
  Schedule result;
  int64_t last = 0;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i].timeout.valid()) continue;
    const int64_t now = (*times)[i + 1];
    result.trace.push_back({path[i].request, path[i].reply, static_cast<uint64_t>(now - last)});
    last = now;
  }
  result.rest_ms = static_cast<uint64_t>(times->back() - last);
  return result;
}

}  // namespace bh
