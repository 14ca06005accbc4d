// Decides requests by a DecisionTable, protocol states included: what an enforcement point does
// with the table, in the plainest form. Compared with the reference evaluator and with the kernel's
// monitor.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/model.h"
#include "targets/table/decision_table.h"

namespace bh {

enum class TableVerdict : uint8_t {
  Granted,
  NoChannel,  // the component has no name for the endpoint
  NoGrant,    // the channel does not grant the method
  Condition,  // the arguments fail the condition
  Protocol,   // a protocol has no enabled transition
};

class TableInterpreter {
 public:
  // Keeps a reference to the table. Every protocol instance starts in its initial state.
  explicit TableInterpreter(const DecisionTable& table);

  struct Call {
    ComponentId caller;
    EndpointId endpoint;
    uint32_t method = 0;
  };
  // A granted call takes the `Granted` transitions of its protocols; a refused one changes nothing.
  // `now` is in nanoseconds since the start and never goes back.
  TableVerdict decide(const Call& call, const std::vector<uint64_t>& words, uint64_t now);
  // The reply of a granted call. Each granted call is replied to at most once.
  void reply(const Call& call, ReplyStatus status, uint64_t now);

 private:
  struct Instance {
    uint32_t state = 0;
    std::vector<uint32_t> counters;
    uint64_t entered = 0;
    ComponentId holder = {};
  };
  static void enter(Instance& instance, uint32_t state, uint64_t now, ComponentId holder);
  // As the timeouts that are due by now leave it.
  Instance& instance(uint32_t protocol, ComponentId caller, uint64_t now);
  void take(const Call& call, Outcome outcome, uint64_t now);

  const DecisionTable& table_;
  std::vector<std::vector<Instance>> instances_;  // [protocol][caller, or 0 when shared]
};

}  // namespace bh
