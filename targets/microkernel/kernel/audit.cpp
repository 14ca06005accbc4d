// Filling audit records and sending them out. A full ring is sent out before the next record, so
// the serial console, a reader without delay, never loses one.
#include "targets/microkernel/kernel/console.h"
#include "targets/microkernel/kernel/fast_path.h"
#include "targets/microkernel/kernel/layout.h"
#include "targets/microkernel/monitor/crash_record.h"

namespace bh::kernel {

bh_audit& Kernel::record(bh_audit_kind kind, const Component& subject) {
  if (audit_.full()) drain();
  bh_audit& r = *audit_.append();
  uint64_t sequence = r.sequence;
  r = {};
  r.sequence = sequence;
  r.time = clock_ticks();
  r.epoch = epoch_;
  r.kind = static_cast<uint16_t>(kind);
  r.subject = subject.index;
  r.channel = r.endpoint = r.method = r.receiver = BH_NONE16;
  r.rule = BH_NONE32;
  drain_now_ = true;
  return r;
}

bh_audit& Kernel::record_call(bh_audit_kind kind, const Component& caller, const uint64_t* words,
                              uint64_t now) {
  if (audit_.full()) drain();
  bh_audit& r = *audit_.append();
  const OpenCall& call = caller.call;
  uint16_t endpoint = call.edge != nullptr ? call.edge->endpoint : BH_NONE16;
  uint16_t receiver = call.edge != nullptr ? table_.endpoint(*call.edge).receiver : BH_NONE16;
  CallRecord{kind, caller.index, call.channel, endpoint, call.method, receiver, now, epoch_}.write(
      r);
  SixWords(words).store(r.words);
  if (kind != BH_AUDIT_GRANTED || audit_always_ != 0) drain_now_ = true;
  return r;
}

void Kernel::drain() {
  for (; !audit_.empty(); audit_.drop_oldest()) {
    put(audit_.oldest());
    put("\n");
  }
  drain_now_ = false;
}

void Kernel::remember_crash(uint64_t status, const uint64_t (&fault)[3]) {
  at_physical<CrashRecord>(CrashPage)->fill(status, fault, audit_);
}

void Kernel::end(uint64_t status, const char* why) {
  if (table_.header != nullptr) {
    for (uint32_t i = 0; i < component_count(); ++i) flush(components_[i]);
  }
  drain();
  if (status == BH_EXIT_WATCHDOG || slots_.on_trial()) remember_crash(status, {});
  put_exit(status, why, {audit_.recorded(), audit_.lost()});
  if (status == BH_EXIT_UPGRADE || slots_.on_trial()) reset_system();
  exit_system(status);
}

}  // namespace bh::kernel
