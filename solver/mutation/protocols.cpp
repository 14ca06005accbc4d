#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "solver/mutation/collector.h"
#include "solver/mutation/print.h"

namespace bh {

std::vector<ProtocolId> statement_of(const Model& model, ProtocolId protocol) {
  const Protocol& first = model.protocols[protocol];
  std::vector<ProtocolId> result;
  for (ProtocolId id : model.protocols.ids()) {
    const Protocol& other = model.protocols[id];
    if (other.name == first.name && other.span == first.span) result.push_back(id);
  }
  return result;
}

void remove_transition(Model& model, const std::vector<ProtocolId>& protocols,
                       uint32_t transition) {
  for (ProtocolId id : protocols) {
    std::vector<Transition>& list = model.protocols[id].transitions;
    list.erase(list.begin() + transition);
  }
}

namespace {

// One state in which every method is permitted.
void permit_everything(Model& model, ProtocolId id) {
  Protocol& protocol = model.protocols[id];
  protocol.states.resize(1);
  protocol.states[0].timeout.reset();
  protocol.initial = 0;
  protocol.transitions.clear();
  for (OperationId operation : model.endpoints[protocol.endpoint].operations) {
    Transition loop;
    loop.method = model.operations[operation].method;
    loop.span = protocol.span;
    protocol.transitions.push_back(loop);
  }
}

class ProtocolMutations {
 public:
  ProtocolMutations(const Model& model, ProtocolId id, MutationCollector& to)
      : model_(model), ids_(statement_of(model, id)), protocol_(model.protocols[id]), to_(to) {}

  void collect() {
    whole();
    for (uint32_t t = 0; t < protocol_.transitions.size(); ++t) transition(t);
    additions();
    for (uint32_t s = 0; s < protocol_.states.size(); ++s) timeout(s);
  }

 private:
  using Edit = std::function<void(Protocol&)>;

  void add(MutationKind kind, Span span, std::string text, Edit edit) {
    to_.add({kind, span, protocol_.name, std::move(text),
             [ids = ids_, edit = std::move(edit)](Model& m) {
               for (ProtocolId id : ids) edit(m.protocols[id]);
             }});
  }

  // A change of one transition, `instead` of how it is written.
  void change(MutationKind kind, uint32_t index, const Transition& instead) {
    const Transition& old = protocol_.transitions[index];
    add(kind, old.span,
        fmt::format("{} instead of {}", print(model_, protocol_, instead),
                    print(model_, protocol_, old)),
        [index, instead](Protocol& p) { p.transitions[index] = instead; });
  }

  void whole() {
    if (to_.wants_next()) {
      to_.add({MutationKind::DropProtocol, protocol_.span, protocol_.name, "is gone",
               [ids = ids_](Model& m) {
                 for (ProtocolId id : ids) permit_everything(m, id);
               }});
    }
    for (uint32_t s = 0; s < protocol_.states.size(); ++s) {
      if (s == protocol_.initial || !to_.wants_next()) continue;
      add(MutationKind::ChangeInitial, protocol_.states[s].span,
          "starts in " + protocol_.states[s].name, [s](Protocol& p) { p.initial = s; });
    }
    const bool movers = std::any_of(
        protocol_.transitions.begin(), protocol_.transitions.end(),
        [](const Transition& t) { return t.by.has_value() || t.mover != Mover::Anyone; });
    if (movers || !to_.wants_next()) return;
    const bool shared = protocol_.instances == InstanceKind::Shared;
    add(MutationKind::ChangeInstances, protocol_.span,
        shared ? "is per caller, not shared" : "is shared, not per caller", [shared](Protocol& p) {
          p.instances = shared ? InstanceKind::PerCaller : InstanceKind::Shared;
        });
  }

  void transition(uint32_t index) {
    const Transition& old = protocol_.transitions[index];
    if (to_.wants_next()) {
      to_.add({MutationKind::DropTransition, old.span, protocol_.name,
               "without " + print(model_, protocol_, old),
               [ids = ids_, index](Model& m) { remove_transition(m, ids, index); }});
    }
    for (uint32_t s = 0; s < protocol_.states.size(); ++s) {
      if (s == old.to || !to_.wants_next()) continue;
      Transition instead = old;
      instead.to = s;
      if (instead.from != instead.to) instead.at_most.reset();
      change(MutationKind::ChangeTarget, index, instead);
    }
    outcomes(index);
    limits(index);
    movers(index);
  }

  // No two transitions of one state and method may wait for the same outcome.
  void outcomes(uint32_t index) {
    const Transition& old = protocol_.transitions[index];
    if (model_.methods[old.method].kind == MethodKind::Event) return;
    const bool alone = std::none_of(
        protocol_.transitions.begin(), protocol_.transitions.end(), [&](const Transition& other) {
          return &other != &old && other.from == old.from && other.method == old.method;
        });
    if (!alone) return;
    for (const Outcome outcome : {Outcome::Granted, Outcome::Ok, Outcome::Error}) {
      if (outcome == old.outcome || !to_.wants_next()) continue;
      Transition instead = old;
      instead.outcome = outcome;
      change(MutationKind::ChangeOutcome, index, instead);
    }
  }

  void limits(uint32_t index) {
    const Transition& old = protocol_.transitions[index];
    if (!old.at_most) return;
    std::vector<std::optional<uint32_t>> others = {std::nullopt};
    if (*old.at_most < UINT32_MAX) others.push_back(*old.at_most + 1);
    if (*old.at_most > 1) others.push_back(*old.at_most - 1);
    for (const std::optional<uint32_t>& limit : others) {
      if (!to_.wants_next()) continue;
      Transition instead = old;
      instead.at_most = limit;
      change(MutationKind::ChangeLimit, index, instead);
    }
  }

  // Transitions of one state and method agree in who may take them: the first stands for all.
  void movers(uint32_t index) {
    const Transition& old = protocol_.transitions[index];
    if (!old.by && old.mover == Mover::Anyone) return;
    for (uint32_t t = 0; t < index; ++t) {
      const Transition& other = protocol_.transitions[t];
      if (other.from == old.from && other.method == old.method) return;
    }
    if (!to_.wants_next()) return;
    Transition instead = old;
    instead.by.reset();
    instead.mover = Mover::Anyone;
    add(MutationKind::ForgetMover, old.span,
        fmt::format("{} instead of {}", print(model_, protocol_, instead),
                    print(model_, protocol_, old)),
        [from = old.from, method = old.method](Protocol& p) {
          for (Transition& t : p.transitions) {
            if (t.from != from || t.method != method) continue;
            t.by.reset();
            t.mover = Mover::Anyone;
          }
        });
  }

  // What a state refuses, it permits, and stays as it is.
  void additions() {
    std::set<std::pair<uint32_t, MethodId>> present;
    for (const Transition& t : protocol_.transitions) present.insert({t.from, t.method});
    for (uint32_t s = 0; s < protocol_.states.size(); ++s) {
      for (OperationId operation : model_.endpoints[protocol_.endpoint].operations) {
        const MethodId method = model_.operations[operation].method;
        if (present.contains({s, method}) || !to_.wants_next()) continue;
        Transition loop;
        loop.from = loop.to = s;
        loop.method = method;
        loop.span = protocol_.states[s].span;
        add(MutationKind::AddTransition, loop.span, "also " + print(model_, protocol_, loop),
            [loop](Protocol& p) { p.transitions.push_back(loop); });
      }
    }
  }

  void change(uint32_t state, const Timeout& instead) {
    const Timeout& old = *protocol_.states[state].timeout;
    add(MutationKind::ChangeTimeout, old.span,
        fmt::format("{} instead of {}", print_timeout(protocol_, state, instead),
                    print_timeout(protocol_, state, old)),
        [state, instead](Protocol& p) { p.states[state].timeout = instead; });
  }

  void timeout(uint32_t state) {
    const std::optional<Timeout>& old = protocol_.states[state].timeout;
    if (!old) return;
    if (to_.wants_next()) {
      add(MutationKind::DropTimeout, old->span, "without " + print_timeout(protocol_, state, *old),
          [state](Protocol& p) { p.states[state].timeout.reset(); });
    }
    Timeout instead = *old;
    if (old->milliseconds <= UINT32_MAX / 2 && to_.wants_next()) {
      instead.milliseconds = old->milliseconds * 2;
      change(state, instead);
    }
    if (old->milliseconds > 1 && to_.wants_next()) {
      instead.milliseconds = old->milliseconds / 2;
      change(state, instead);
    }
    for (uint32_t s = 0; s < protocol_.states.size(); ++s) {
      if (s == old->to || !to_.wants_next()) continue;
      instead = *old;
      instead.to = s;
      change(state, instead);
    }
  }

  const Model& model_;
  std::vector<ProtocolId> ids_;
  const Protocol& protocol_;
  MutationCollector& to_;
};

}  // namespace

void collect_protocols(const Model& model, MutationCollector& to) {
  for (ProtocolId id : model.protocols.ids()) {
    if (statement_of(model, id)[0] != id) continue;
    ProtocolMutations(model, id, to).collect();
  }
}

}  // namespace bh
