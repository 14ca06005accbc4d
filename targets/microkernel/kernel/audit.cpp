// Filling audit records and sending them out. A full ring is sent out before the next record, so
// the serial console, a reader without delay, never loses one.
#include "targets/microkernel/kernel/console.h"
#include "targets/microkernel/kernel/fast_path.h"
#include "targets/microkernel/kernel/layout.h"
#include "targets/microkernel/monitor/crash_record.h"

namespace bh::kernel {

bh_audit& Kernel::record(bh_audit_kind kind, const Component& subject, bh_reason reason,
                         uint64_t word0, uint64_t word1, uint64_t word2) {
  if (audit_.full()) drain();
  bh_audit& r = *audit_.append();
  CallRecord{kind, subject.index, BH_NONE16, BH_NONE16, BH_NONE16, BH_NONE16, clock_ticks(), epoch_}
      .write(r);
  r.reason = static_cast<uint16_t>(reason);
  const uint64_t words[BH_WORDS] = {word0, word1, word2};
  SixWords(words).store(r.words);
  drain_now_ = true;
  return r;
}

bool Kernel::audited(const Component& caller) {
  if (audit_always_ != 0) return true;
  const bh_right& right = table_.right(*caller.call.edge);
  const uint16_t profile = table_.records[right.record_first + caller.call.method].granted;
  if (profile == BH_NONE16) return false;
  const bh_profile& row = table_.profiles[profile];
  if (row.sample == BH_NONE32) return true;
  if (++samples_[row.sample] < row.one_in) return false;
  samples_[row.sample] = 0;
  return true;
}

// By the profile of the decision. What has no name keeps no words, and a refusal none that do not
// cross.
void Kernel::restrict_to_profile(bh_audit& r, const Component& caller) const {
  bh_profile profile = table_.profiles[0];
  uint32_t words = 0;
  if (r.reason != BH_REASON_CHANNEL && r.reason != BH_REASON_METHOD) {
    const OpenCall& call = caller.call;
    const Table& table = rows_of(caller);
    const bh_right& right = table.right(*call.edge);
    const bh_method& method = table.methods[right.method_first + call.method];
    const bh_record& record = table.records[right.record_first + call.method];
    profile = table.profiles[r.kind == BH_AUDIT_GRANTED ? record.granted : record.refused];
    words = method.arg_words;
    if (r.kind == BH_AUDIT_BAD_REPLY) {
      words = method.result_words;
      const bh_profile& results = table.profiles[method.results];
      for (uint32_t i = 0; i < BH_WORDS; ++i) {
        profile.words[i] = results.words[i];
        profile.multiples[i] = results.multiples[i];
      }
    }
  }
  for (uint32_t i = words; i < BH_WORDS; ++i) r.words[i] = 0;
  restrict(r, profile, options_.audit_key);
}

void Kernel::record_call(bh_audit_kind kind, const Component& caller, const uint64_t* words,
                         uint64_t now, const Refusal& refusal, bh_status status) {
  if (audit_.full()) drain();
  bh_audit& r = *audit_.append();
  const OpenCall& call = caller.call;
  uint16_t endpoint = call.edge != nullptr ? call.edge->endpoint : BH_NONE16;
  uint16_t receiver = call.edge != nullptr ? table_.endpoint(*call.edge).receiver : BH_NONE16;
  CallRecord{kind, caller.index, call.channel, endpoint, call.method, receiver, now, epoch_}.write(
      r);
  SixWords(words).store(r.words);
  r.reason = static_cast<uint16_t>(refusal.reason);
  r.rule = refusal.rule;
  r.status = static_cast<uint16_t>(status);
  if (audit_always_ == 0) restrict_to_profile(r, caller);
  if (kind != BH_AUDIT_GRANTED || audit_always_ != 0) drain_now_ = true;
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
    for (Component& c : components()) flush(c);
  }
  drain();
  if (status == BH_EXIT_WATCHDOG || slots_.on_trial()) remember_crash(status, {});
  put_exit(status, why, {audit_.recorded(), audit_.lost()});
  if (status == BH_EXIT_UPGRADE || slots_.on_trial()) reset_system();
  exit_system(status);
}

}  // namespace bh::kernel
