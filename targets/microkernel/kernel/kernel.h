// The running system: components that meet only in calls which the monitor decides.
//
// Every entry point has one shape: it is given the component that was running, changes the system,
// and returns the component to run next. The kernel itself is never interrupted, so each entry is
// one atomic step.
#pragma once

#include <stdint.h>

#include <span>

#include "targets/microkernel/kernel/component.h"
#include "targets/microkernel/kernel/image.h"
#include "targets/microkernel/monitor/audit_ring.h"
#include "targets/microkernel/monitor/decide.h"
#include "targets/microkernel/monitor/restrict.h"
#include "targets/microkernel/monitor/slots.h"

namespace bh::kernel {

constexpr uint64_t Never = ~uint64_t{0};  // in ticks of the clock

struct RunOptions {
  bool verbose = false;
  uint32_t limit_ms = 0;
  uint64_t ticks_per_ms = 0;  // of the clock
  AuditKey audit_key;
};

class Kernel {
 public:
  // ---- boot
  // ------------------------------------------------------------------------------------------
  // Takes a verified table; every component's context, map and buffer must have been set by then.
  Component& start(const Table& table, const RunOptions& options);
  Component& component(uint32_t index) { return components_[index]; }
  uint32_t component_count() const { return table_.count(BH_SECTION_COMPONENTS); }
  std::span<Component> components() { return {components_, component_count()}; }
  uint64_t started() const { return started_; }
  Slots& slots() { return slots_; }

  // ---- entry points, one a kind of trap
  // ------------------------------------------------------------------
  Component* system_call(Component& self, uint32_t number);
  // What system_call does for these two, first tried without a single branch off the straight line.
  Component* call_fast(Component& caller);
  Component* reply_and_receive_fast(Component& self);
  Component* exception(Component& self, uint64_t syndrome, uint64_t address);
  Component* tick(Component& self);

  // Ends the system: writes out what is left of the audit, then the exit line. An upgrade, and
  // whatever goes wrong while one is on trial, restarts the machine.
  [[noreturn]] void end(uint64_t status, const char* why);
  // Leaves a crash record for the next boot.
  void remember_crash(uint64_t status, const uint64_t (&fault)[3]);

 private:
  // fast_path.h
  Component* send_fast(Component& caller, const bh_edge& edge);
  Component* call_conditional(Component& caller, const bh_edge& edge);

  // ipc.cpp
  Component* call(Component& caller);
  Component* receive(Component& self, Component* next);
  Component* receive_any(Component& self) { return receive(self, nullptr); }
  Component* receive_until(Component& self);
  bool take_waiting(Component& self);
  Component* reply_and_receive(Component& self);
  Component* reply_and_go_on(Component& self);
  bool permitted(Component& caller, uint64_t now);
  bool deliver(Component& caller, Component& receiver);
  Component* answered(Component& self);
  void reply(Component& server, Component& caller);
  void finish(Component& caller, bh_status status, uint64_t now);
  void refuse(Component& caller, const Refusal& refusal, uint64_t now);
  void give_back(Component& caller, bh_status status, uint64_t now);
  void wait_for(Component& caller, Component& receiver);
  void enqueue(Component& caller, Component& receiver);
  void leave_queue(Component& caller);
  const bh_endpoint& endpoint_of(const Component& caller) const {
    return table_.endpoints[caller.call.edge->endpoint];
  }

  // life.cpp
  void take_table(const Table& table);
  // Those that are present, in order.
  template <typename Do>
  void each(Do act) {
    Component* c = first_;
    do act(*c);
    while ((c = c->next) != first_);
  }
  Component* run_other(Component& after);
  Component* next_ready(const Component& after);
  void idle();
  void keep_time(uint64_t now);
  uint64_t limit() const;
  uint64_t due(Component& caller, uint64_t now);
  void halt(Component& self);
  Component* stop_for(Component& self, bh_reason reason, uint64_t syndrome, uint64_t address);
  Component* exit(Component& self);
  Component* print_text(Component& self);
  void tell_crash(Component& dead, uint32_t channel);
  [[noreturn]] void end_with(Component& self, uint64_t status);
  [[noreturn]] void end_for_good();

  // service.cpp
  Component* serve(Component& caller);
  bool serve_life(Component& target, uint32_t method, const Component& caller);
  bool serve_machine(Component& caller);
  bool upgrade(const Component& caller, uint64_t digest_bytes);
  bool start_again(Component& component);

  // reload.cpp
  uint8_t* spare_buffer() const;
  const Table& rows_of(const Component& caller) const;
  bool old_calls_open();
  bool stage(uint64_t offset, Bytes part);
  bool reload(const Component& caller);
  bh_exit switch_table();
  void decide_anew();

  // audit.cpp
  // Whether its granted call leaves a record, this time.
  bool audited(const Component& caller);
  // What is no call. The words that are not given are 0.
  bh_audit& record(bh_audit_kind kind, const Component& subject, bh_reason reason, uint64_t word0,
                   uint64_t word1 = 0, uint64_t word2 = 0);
  void record_call(bh_audit_kind kind, const Component& caller, const uint64_t* words, uint64_t now,
                   const Refusal& refusal = {}, bh_status status = BH_OK);
  void restrict_to_profile(bh_audit& record, const Component& caller) const;
  void drain();
  Component* leave(Component* next) {
    if (drain_now_) drain();
    return next;
  }

  Table table_;
  Table former_;               // in the spare buffer; only its calls that are still open look there
  uint32_t epoch_ = 0;         // of the table: 1 after boot
  uint64_t staged_ = 0;        // bytes of a new table in the spare buffer
  uint32_t audit_always_ = 0;  // all ones when verbose
  bool drain_now_ = false;     // the audit holds more than granted calls
  RunOptions options_;
  uint64_t started_ = 0;      // ticks of the clock
  uint64_t watchdog_at_ = 0;  // likewise; Never: off
  // plain_methods() of each right, and those of each edge that have no condition. None when every
  // call is recorded, nor of a right to a service.
  uint32_t plain_of_right_[BH_MAX_BLOB_BYTES / sizeof(bh_right)] = {};
  uint32_t plain_of_edge_[BH_MAX_BLOB_BYTES / sizeof(bh_edge)] = {};
  AuditRing audit_;
  uint32_t samples_[BH_MAX_SAMPLES] = {};  // decisions since the last that left a record
  alignas(4096) Component components_[BH_MAX_COMPONENTS];
  Component* first_ = nullptr;  // that is present
  ProtocolStates protocols_;
  Slots slots_;
};

}  // namespace bh::kernel
