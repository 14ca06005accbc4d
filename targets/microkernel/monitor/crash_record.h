// What a system that ended in a crash leaves for the boot after the reset to tell: why, and the
// last audit records.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "targets/microkernel/abi/bh_table.h"
#include "targets/microkernel/monitor/audit_ring.h"

namespace bh::kernel {

// Lies in memory that nothing initializes, so it says itself whether it is one.
struct CrashRecord {
  static constexpr uint64_t Magic = 0x3148534152434842;  // "BHCRASH1"
  static constexpr uint64_t MaxLast = 8;
  uint64_t magic;
  uint64_t checksum;  // of everything below
  uint64_t status;    // enum bh_exit
  uint64_t fault[3];  // ESR, FAR, ELR of an exception in the kernel, or zero
  uint64_t count;     // records, the oldest first
  bh_audit last[MaxLast];

  void fill(uint64_t why, const uint64_t (&registers)[3], const AuditRing& audit) {
    status = why;
    for (int i = 0; i < 3; ++i) fault[i] = registers[i];
    count = audit.remembered() < MaxLast ? audit.remembered() : MaxLast;
    for (uint64_t i = 0; i < MaxLast; ++i)
      last[i] = i < count ? audit.recent(count - i) : bh_audit{};
    checksum = sum();
    magic = Magic;
  }
  bool sound() const { return magic == Magic && checksum == sum() && count <= MaxLast; }

 private:
  // FNV-1a: against chance, not against an attacker, who cannot write here.
  uint64_t sum() const {
    uint64_t hash = 0xcbf29ce484222325;
    const auto* bytes = reinterpret_cast<const uint8_t*>(&status);
    for (size_t i = 0; i < sizeof *this - offsetof(CrashRecord, status); ++i) {
      hash = (hash ^ bytes[i]) * 0x100000001b3;
    }
    return hash;
  }
};
static_assert(sizeof(CrashRecord) <= 4096);

}  // namespace bh::kernel
