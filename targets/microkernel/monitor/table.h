// A verified table blob as typed rows.
#pragma once

#include <stdint.h>

#include "targets/microkernel/abi/bh_table.h"

namespace bh::kernel {

// INVARIANT: made by verify() alone, so every index in every row is in range (see verify.h); the
// readers below check nothing but what a component says. Does not own the bytes.
struct Table {
  const bh_header* header = nullptr;
  const bh_component* components = nullptr;
  const bh_image* images = nullptr;
  const bh_edge* edges = nullptr;
  const bh_right* rights = nullptr;
  const uint32_t* conditions = nullptr;
  const bh_record* records = nullptr;
  const bh_profile* profiles = nullptr;
  const bh_endpoint* endpoints = nullptr;
  const bh_method* methods = nullptr;
  const bh_test* tests = nullptr;
  const bh_protocol* protocols = nullptr;
  const bh_state* states = nullptr;
  const bh_step* steps = nullptr;
  const uint64_t* callers = nullptr;
  const char* names = nullptr;

  uint32_t count(bh_section section) const { return header->sections[section].count; }
  const bh_right& right(const bh_edge& edge) const { return rights[edge.right]; }
  const bh_endpoint& endpoint(const bh_edge& edge) const { return endpoints[edge.endpoint]; }
  // 64-bit words of a caller set.
  uint32_t caller_words() const { return (count(BH_SECTION_COMPONENTS) + 63) / 64; }
};

}  // namespace bh::kernel
