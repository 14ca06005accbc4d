// A verified table blob as typed rows.
#pragma once

#include <stdint.h>

#include "targets/microkernel/abi/bh_table.h"

namespace bh::kernel {

// INVARIANT: made by verify() alone, so every index in every row is in range (see verify.h); the
// readers below check nothing but what a component says. Does not own the bytes.
struct Table {
  const bh_header* header = nullptr;
  const bh_component* components = rows<bh_component>(BH_SECTION_COMPONENTS);
  const bh_image* images = rows<bh_image>(BH_SECTION_IMAGES);
  const bh_edge* edges = rows<bh_edge>(BH_SECTION_EDGES);
  const bh_right* rights = rows<bh_right>(BH_SECTION_RIGHTS);
  const uint32_t* conditions = rows<uint32_t>(BH_SECTION_CONDITIONS);
  const bh_record* records = rows<bh_record>(BH_SECTION_RECORDS);
  const bh_profile* profiles = rows<bh_profile>(BH_SECTION_PROFILES);
  const bh_endpoint* endpoints = rows<bh_endpoint>(BH_SECTION_ENDPOINTS);
  const bh_method* methods = rows<bh_method>(BH_SECTION_METHODS);
  const bh_test* tests = rows<bh_test>(BH_SECTION_TESTS);
  const bh_protocol* protocols = rows<bh_protocol>(BH_SECTION_PROTOCOLS);
  const bh_state* states = rows<bh_state>(BH_SECTION_STATES);
  const bh_step* steps = rows<bh_step>(BH_SECTION_STEPS);
  const uint64_t* callers = rows<uint64_t>(BH_SECTION_CALLERS);
  const char* names = rows<char>(BH_SECTION_NAMES);

  uint32_t count(bh_section section) const { return header->sections[section].count; }
  const bh_right& right(const bh_edge& edge) const { return rights[edge.right]; }
  const bh_endpoint& endpoint(const bh_edge& edge) const { return endpoints[edge.endpoint]; }
  // 64-bit words of a caller set.
  uint32_t caller_words() const { return (count(BH_SECTION_COMPONENTS) + 63) / 64; }
  // Instances of a protocol.
  uint32_t instances(const bh_protocol& protocol) const {
    return protocol.instance == BH_INSTANCE_PER_CALLER ? count(BH_SECTION_COMPONENTS) : 1;
  }

 private:
  template <typename Row>
  constexpr const Row* rows(bh_section section) const {
    if (header == nullptr) return nullptr;
    return reinterpret_cast<const Row*>(reinterpret_cast<const uint8_t*>(header) +
                                        header->sections[section].offset);
  }
};

}  // namespace bh::kernel
