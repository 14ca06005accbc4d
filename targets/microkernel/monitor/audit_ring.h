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
    uint64_t sequence = recorded();
    if (full()) {
      ++lost_;
      return nullptr;
    }
    bh_audit& slot = records_[kept_++ % Capacity];
    slot.sequence = sequence;
    return &slot;
  }

  // The oldest unread record. Only when not empty().
  const bh_audit& oldest() const { return records_[read_ % Capacity]; }
  void drop_oldest() { ++read_; }

 private:
  bh_audit records_[Capacity] = {};
  uint64_t kept_ = 0;
  uint64_t read_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace bh::kernel
