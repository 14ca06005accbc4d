// How one table takes the place of another.
#include "targets/microkernel/monitor/decide.h"
#include "targets/microkernel/monitor/sha256.h"

namespace bh::kernel {
namespace {

// Longer names are nobody's, so that comparing them takes bounded time, and so are empty ones.
constexpr uint32_t LongestName = 256;

bool same_name(const Table& from, uint32_t a, const Table& to, uint32_t b) {
  const bool some = from.count(BH_SECTION_NAMES) != 0 && to.count(BH_SECTION_NAMES) != 0;
  if (!some || from.names[a] == 0) return false;
  for (uint32_t i = 0; i < LongestName; ++i) {
    if (from.names[a + i] != to.names[b + i]) return false;
    if (from.names[a + i] == 0) return true;
  }
  return false;
}

const bh_protocol* find(const Table& from, const bh_protocol& p, const Table& to) {
  const bh_endpoint& endpoint = to.endpoints[p.endpoint];
  for (uint32_t i = 0; i < endpoint.protocol_count; ++i) {
    const bh_protocol& q = to.protocols[endpoint.protocol_first + i];
    if (q.instance == p.instance && same_name(from, p.name, to, q.name)) return &q;
  }
  return nullptr;
}

uint32_t find_state(const Table& from, uint32_t name, const Table& to, const bh_protocol& q) {
  uint32_t state = 0;
  while (state < q.state_count && !same_name(from, name, to, to.states[q.state_first + state].name))
    ++state;
  return state;
}

}  // namespace

bh_exit may_follow(const Table& from, const Table& to) {
  if (to.header->policy_version <= from.header->policy_version) return BH_EXIT_VERSION;
  if (to.header->abi_hash != from.header->abi_hash) return BH_EXIT_ABI;
  const uint32_t components = from.count(BH_SECTION_COMPONENTS);
  const uint32_t endpoints = from.count(BH_SECTION_ENDPOINTS);
  if (to.count(BH_SECTION_COMPONENTS) != components || to.count(BH_SECTION_ENDPOINTS) != endpoints)
    return BH_EXIT_ABI;
  for (uint32_t i = 0; i < components; ++i) {
    const bh_component& a = from.components[i];
    const bh_component& b = to.components[i];
    if (a.edge_count != b.edge_count) return BH_EXIT_ABI;
    if (b.image == BH_NONE16) continue;
    if (a.image == BH_NONE16 || !same(from.images[a.image].sha256, to.images[b.image].sha256))
      return BH_EXIT_IMAGE_HASH;
  }
  for (uint32_t i = 0; i < endpoints; ++i) {
    const bh_endpoint& a = from.endpoints[i];
    const bh_endpoint& b = to.endpoints[i];
    if (a.receiver != b.receiver || a.method_count != b.method_count || a.service != b.service)
      return BH_EXIT_ABI;
  }
  return BH_EXIT_OK;
}

bool ProtocolStates::carry_over(const Table& from, const Table& to, uint64_t now,
                                ProtocolStates& later) {
  later.reset(to, now, ticks_per_ms_);
  for (uint32_t i = 0; i < from.count(BH_SECTION_PROTOCOLS); ++i) {
    const bh_protocol& p = from.protocols[i];
    const bh_protocol* q = find(from, p, to);
    for (uint32_t subject = 0; subject < from.instances(p); ++subject) {
      const ProtocolInstance& was = at(from, p, {p.endpoint, subject, 0, now});
      if (q == nullptr && was.state == p.initial) continue;
      if (q == nullptr) return false;
      const uint32_t state = find_state(from, from.states[p.state_first + was.state].name, to, *q);
      if (state == q->state_count) return false;
      ProtocolInstance& is = later.instances_[slot(*q, subject)];
      is = {static_cast<uint8_t>(state), was.holder, {}, was.entered};
      for (uint32_t m = 0; m < from.endpoints[p.endpoint].method_count; ++m) {
        const bh_step& a = step_of(from, p, was.state, m);
        const bh_step& b = step_of(to, *q, state, m);
        if (b.limited != BH_NONE8 && a.limited == b.limited)
          is.counters[b.counter] = was.counters[a.counter];
      }
    }
  }
  return true;
}

}  // namespace bh::kernel
