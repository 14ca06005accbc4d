#include "targets/microkernel/testing/explore.h"

#include <memory>

namespace bh::kernel::testing {
namespace {

constexpr uint64_t Samples[] = {0, 1, 2, 9, 0x107, 4096, 4097, ~uint64_t{0}};

// One call from decision to reply, as the kernel would do it.
bool exchange(const Table& table, ProtocolStates& states, uint32_t subject, const Grant& grant,
              uint32_t method, const uint64_t* words) {
  uint32_t endpoint = grant.edge->endpoint;
  if (states.refusing(table, endpoint, subject, method) != BH_NONE32) return false;
  states.advance(table, endpoint, subject, method, BH_OUTCOME_CALL);
  ReplyCheck reply = check_reply(table, *grant.method, words);
  states.advance(table, endpoint, subject, method,
                 reply.refusal.none() ? BH_OUTCOME_OK : BH_OUTCOME_ERROR);
  return true;
}

uint64_t ask(const Table& table, ProtocolStates& states, uint32_t subject, uint64_t channel,
             uint64_t method) {
  uint64_t granted = 0;
  for (uint64_t first : Samples) {
    for (uint64_t second : {uint64_t{0}, uint64_t{7}, ~uint64_t{0}}) {
      const uint64_t words[BH_WORDS] = {first, second, first, second, first, second};
      Grant grant = decide(table, table.components[subject], channel, method, words);
      if (grant.method == nullptr) continue;
      granted += exchange(table, states, subject, grant, static_cast<uint32_t>(method), words);
    }
  }
  return granted;
}

}  // namespace

uint64_t explore(const Table& table) {
  auto states = std::make_unique<ProtocolStates>();
  states->reset(table);
  uint64_t granted = 0;
  for (uint32_t subject = 0; subject < table.count(BH_SECTION_COMPONENTS); ++subject) {
    uint32_t channels = table.components[subject].edge_count;
    for (uint64_t channel = 0; channel <= channels && channel < 64; ++channel) {
      for (uint64_t method = 0; method <= BH_METHODS; ++method)
        granted += ask(table, *states, subject, channel, method);
    }
  }
  return granted;
}

}  // namespace bh::kernel::testing
