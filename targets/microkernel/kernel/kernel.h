// The running system: components that meet only in calls which the monitor decides.
//
// Every entry point has one shape: it is given the component that was running, changes the system,
// and returns the component to run next. The kernel itself is never interrupted, so each entry is
// one atomic step.
#pragma once

#include <stdint.h>

#include "targets/microkernel/kernel/component.h"
#include "targets/microkernel/monitor/audit_ring.h"
#include "targets/microkernel/monitor/decide.h"

namespace bh::kernel {

struct RunOptions {
  bool verbose = false;
  uint32_t budget_ms = 0;
  uint32_t limit_ms = 0;
  uint64_t ticks_per_ms = 0;  // of the clock
};

class Kernel {
 public:
  // ---- boot
  // ------------------------------------------------------------------------------------------
  // Takes a verified table; every component's context, map and buffer must have been set by then.
  Component& start(const Table& table, const RunOptions& options);
  Component& component(uint32_t index) { return components_[index]; }
  uint32_t component_count() const { return table_.count(BH_SECTION_COMPONENTS); }
  uint64_t started() const { return started_; }

  // ---- entry points, one a kind of trap
  // ------------------------------------------------------------------
  Component* system_call(Component& self, uint32_t number);
  // What system_call does for these two, first tried without a single branch off the straight line.
  Component* call_fast(Component& caller);
  Component* reply_and_receive_fast(Component& self);
  Component* exception(Component& self, uint64_t syndrome, uint64_t address);
  Component* tick(Component& self);

  // Ends the system: writes out what is left of the audit, then the exit line.
  [[noreturn]] void end(uint64_t status, const char* why);

 private:
  // fast_path.h
  Component* send_fast(Component& caller, const bh_edge& edge);
  Component* call_conditional(Component& caller, const bh_edge& edge);

  // ipc.cpp
  Component* call(Component& caller);
  Component* receive(Component& self, Component* next);
  Component* receive_until(Component& self);
  bool take_waiting(Component& self);
  Component* reply_and_receive(Component& self);
  Component* reply_and_go_on(Component& self);
  bool deliver(Component& caller, Component& receiver);
  void reply(Component& server, Component& caller);
  void finish(Component& caller, bh_status status, uint64_t now);
  void refuse(Component& caller, const Refusal& refusal, uint64_t now);
  void wait_for(Component& caller, Component& receiver);

  // life.cpp
  Component* run_other(Component& after);
  Component* next_ready(const Component& after);
  void idle();
  Component* stop(Component& self);
  Component* stop_for(Component& self, bh_reason reason, uint64_t syndrome, uint64_t address);
  Component* exit(Component& self);
  Component* print_text(Component& self);
  Component* shutdown(Component& self);
  [[noreturn]] void end_for_good();
  void end_at_limit(uint64_t now);

  // audit.cpp
  bool audited(const Component& caller) const {
    const bh_right& right = table_.right(*caller.call.edge);
    return ((right.audit | audit_always_) >> caller.call.method & 1) != 0;
  }
  bh_audit& record(bh_audit_kind kind, const Component& subject);
  bh_audit& record_call(bh_audit_kind kind, const Component& caller, const uint64_t* words,
                        uint64_t now);
  void drain();
  Component* leave(Component* next) {
    if (drain_now_) drain();
    return next;
  }

  Table table_;
  uint32_t audit_always_ = 0;  // all ones when verbose
  bool drain_now_ = false;     // the audit holds more than granted calls
  RunOptions options_;
  uint64_t started_ = 0;  // ticks of the clock
  // plain_methods() of each right; all zero when every call is recorded.
  uint32_t plain_[BH_MAX_BLOB_BYTES / sizeof(bh_right)] = {};
  AuditRing audit_;
  alignas(4096) Component components_[BH_MAX_COMPONENTS];
  ProtocolStates protocols_;
};

}  // namespace bh::kernel
