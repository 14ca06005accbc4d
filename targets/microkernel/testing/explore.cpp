#include "targets/microkernel/testing/explore.h"

#include <memory>

#include "targets/microkernel/monitor/restrict.h"

namespace bh::kernel::testing {
namespace {

constexpr uint64_t Samples[] = {0, 1, 2, 9, 0x107, 4096, 4097, ~uint64_t{0}};

constexpr uint64_t TicksPerMs = 62500;

// One call from decision to reply, as the kernel would do it, each later than the one before.
class Exchanges {
 public:
  explicit Exchanges(const Table& table) : table_(table) {
    states_->reset(table, now_, TicksPerMs);
  }

  bool exchange(uint32_t subject, const Grant& grant, uint32_t method, const uint64_t* words) {
    ++steps_;
    now_ += steps_ * steps_ % 9'000'000;
    const ProtocolCall call{grant.edge->endpoint, subject, method, now_};
    if (states_->refusing(table_, call) != BH_NONE32) return false;
    states_->advance(table_, call, BH_OUTCOME_CALL);
    ReplyCheck reply = check_reply(table_, *grant.method, words);
    states_->advance(table_, call, reply.refusal.none() ? BH_OUTCOME_OK : BH_OUTCOME_ERROR);
    return true;
  }

 private:
  const Table& table_;
  std::unique_ptr<ProtocolStates> states_ = std::make_unique<ProtocolStates>();
  uint64_t now_ = 77;
  uint64_t steps_ = 0;
};

// What the decisions about a granted method leave behind.
void record(const Table& table, const Grant& grant, uint64_t method) {
  const bh_record& row = table.records[table.right(*grant.edge).record_first + method];
  for (uint16_t profile : {row.granted, row.refused, grant.method->results}) {
    bh_audit record{};
    if (profile != BH_NONE16) restrict(record, table.profiles[profile], {});
  }
}

uint64_t ask(const Table& table, Exchanges& exchanges, uint32_t subject, uint64_t channel,
             uint64_t method) {
  uint64_t granted = 0;
  for (uint64_t first : Samples) {
    for (uint64_t second : {uint64_t{0}, uint64_t{7}, ~uint64_t{0}}) {
      const uint64_t words[BH_WORDS] = {first, second, first, second, first, second};
      Grant grant = decide(table, table.components[subject], channel, method, words);
      if (grant.method == nullptr) continue;
      record(table, grant, method);
      granted += exchanges.exchange(subject, grant, static_cast<uint32_t>(method), words);
    }
  }
  return granted;
}

}  // namespace

uint64_t explore(const Table& table) {
  Exchanges exchanges(table);
  uint64_t granted = 0;
  for (uint32_t subject = 0; subject < table.count(BH_SECTION_COMPONENTS); ++subject) {
    uint32_t channels = table.components[subject].edge_count;
    for (uint64_t channel = 0; channel <= channels && channel < 64; ++channel) {
      for (uint64_t method = 0; method <= BH_METHODS; ++method)
        granted += ask(table, exchanges, subject, channel, method);
    }
  }
  return granted;
}

}  // namespace bh::kernel::testing
