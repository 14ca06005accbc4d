// The audit records that have not been read yet.
#pragma once

#include <stdint.h>

#include "targets/microkernel/abi/bh_table.h"

namespace bh::kernel {

// A full ring loses the new record, never an old one, and counts it: every record, kept or lost,
// takes one sequence number.
class AuditRing {
 public:
  static constexpr uint64_t Capacity = 256;

  bool full() const { return kept_ - read_ == Capacity; }
  bool empty() const { return kept_ == read_; }
  uint64_t lost() const { return lost_; }
  uint64_t recorded() const { return kept_ + lost_; }

  // The slot of a new record, its sequence number filled in; nullptr when it is lost.
  bh_audit* append() {
    if (!full()) return &append_free();
    ++lost_;
    return nullptr;
  }
  // Likewise; only when not full().
  bh_audit& append_free() {
    uint64_t sequence = recorded();
    bh_audit& slot = slots_[kept_++ % Capacity].record;
    slot.sequence = sequence;
    return slot;
  }

  // The oldest unread record. Only when not empty().
  const bh_audit& oldest() const { return slots_[read_ % Capacity].record; }
  void drop_oldest() { ++read_; }

  // Kept records whose slot has not been used again, read or not; and the n-th from the end of
  // them.
  uint64_t remembered() const { return kept_ < Capacity ? kept_ : Capacity; }
  const bh_audit& recent(uint64_t n) const { return slots_[(kept_ - n) % Capacity].record; }

 private:
  struct alignas(128) Slot {  // found by a shift
    bh_audit record = {};
  };
  uint64_t kept_ = 0;
  uint64_t read_ = 0;
  uint64_t lost_ = 0;
  Slot slots_[Capacity] = {};
};

}  // namespace bh::kernel
