// A new table: taken part by part while the old one serves, verified, and put into force in one
// step. The first table is that of the image; then two buffers take turns.
#include "targets/microkernel/arch/arch.h"
#include "targets/microkernel/kernel/fast_path.h"
#include "targets/microkernel/kernel/layout.h"
#include "targets/microkernel/monitor/verify.h"

namespace bh::kernel {

constinit static GrowingSha256 staged_hash;

// The buffer that the table in force does not lie in.
uint8_t* Kernel::spare_buffer() const {
  uint8_t* first = at_physical(BlobStart);
  return reinterpret_cast<const uint8_t*>(table_.header) == first ? first + BlobBytes : first;
}

// The table that granted its open call.
const Table& Kernel::rows_of(const Component& caller) const {
  const auto row = reinterpret_cast<uint64_t>(caller.call.edge);
  const auto in_force = reinterpret_cast<uint64_t>(table_.header);
  return row - in_force < table_.header->total_bytes ? table_ : former_;
}

bool Kernel::old_calls_open() {
  for (const Component& c : components()) {
    if (c.life == Life::Awaiting && &rows_of(c) == &former_) return true;
  }
  return false;
}

bool Kernel::stage(uint64_t offset, Bytes part) {
  if (offset == 0) {
    if (old_calls_open()) return false;
    staged_ = 0;
    staged_hash = {};
  }
  if (offset != staged_ || part.count > BlobBytes - staged_) return false;
  uint8_t* spare = spare_buffer();
  for (uint64_t i = 0; i < part.count; ++i) spare[staged_ + i] = part.at[i];
  staged_ += part.count;
  if (staged_ > HashedFrom) staged_hash.grow(spare + HashedFrom, staged_ - HashedFrom);
  return true;
}

bool Kernel::reload(const Component& caller) {
  const bh_exit fault = switch_table();
  const uint64_t version = table_.header->policy_version;
  bh_audit& r = record(BH_AUDIT_RELOAD, caller, BH_REASON_NONE, version, fault);
  r.status = fault == BH_EXIT_OK ? BH_OK : BH_ERROR;
  if (fault == BH_EXIT_OK) decide_anew();
  return fault == BH_EXIT_OK;
}

bh_exit Kernel::switch_table() {
  constinit static ProtocolStates carried;
  const uint8_t* spare = spare_buffer();
  if (staged_ < sizeof(bh_header)) return BH_EXIT_NO_BLOB;
  const Digest digest = staged_hash.finish(spare + HashedFrom, staged_ - HashedFrom);
  const Verification next = verify(spare, staged_, &digest);
  if (next.fault != BH_EXIT_OK) return next.fault;
  if (const bh_exit fault = may_follow(table_, next.table); fault != BH_EXIT_OK) return fault;
  if (!protocols_.carry_over(table_, next.table, clock_ticks(), carried)) return BH_EXIT_STATE;
  protocols_ = carried;
  staged_ = 0;
  former_ = table_;
  take_table(next.table);
  return BH_EXIT_OK;
}

// What waits to be delivered was granted by the table before. What was delivered finishes under it.
void Kernel::decide_anew() {
  each([&](Component& c) {
    const bool crashed = c.life == Life::Telling;
    if (c.life != Life::Calling && !crashed) return;
    const Grant grant = decide(table_, *c.row, c.call.channel, c.call.method, c.words());
    c.call = {grant.edge, grant.method, grant.bytes, false, c.call.channel, c.call.method};
    if (grant.method != nullptr) return;
    leave_queue(c);
    refuse(c, grant.refusal, clock_ticks());
    if (crashed) tell_crash(c, c.call.channel + 1u);
  });
}

}  // namespace bh::kernel
