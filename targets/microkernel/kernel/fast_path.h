// The straight line of a call that finds its receiver waiting, and of its reply: nothing called, no
// register to save, no loop but the one over the tests of a condition. It takes only methods that
// plain_methods names and hands everything else, unchanged, to the general path in ipc.cpp, which
// it never contradicts: it is that path with the untaken branches left out.
#pragma once

#include "targets/microkernel/arch/arch.h"
#include "targets/microkernel/kernel/kernel.h"

namespace bh::kernel {

// All six words, read before any is written.
struct SixWords {
  uint64_t w0, w1, w2, w3, w4, w5;
  explicit SixWords(const uint64_t* at)
      : w0(at[0]), w1(at[1]), w2(at[2]), w3(at[3]), w4(at[4]), w5(at[5]) {}
  void store(uint64_t* at) const {
    at[0] = w0, at[1] = w1, at[2] = w2, at[3] = w3, at[4] = w4, at[5] = w5;
  }
  // The words that the signature declares; the rest become zero.
  void keep(uint32_t declared) {
    w0 = declared > 0 ? w0 : 0;
    w1 = declared > 1 ? w1 : 0;
    w2 = declared > 2 ? w2 : 0;
    w3 = declared > 3 ? w3 : 0;
    w4 = declared > 4 ? w4 : 0;
    w5 = declared > 5 ? w5 : 0;
  }
};

inline void move_words(uint64_t* to, const uint64_t* from, uint32_t declared) {
  SixWords words(from);
  words.keep(declared);
  words.store(to);
}

inline uint64_t message_tag(uint64_t method, uint64_t endpoint, uint64_t id) {
  return method | endpoint << 8 | id << 24;
}

// What a record of a call says, but for its words and the sequence number, which the ring has set.
struct CallRecord {
  bh_audit_kind kind;
  uint16_t subject, channel, endpoint, method, receiver;
  uint64_t time;
  uint32_t epoch;

  [[gnu::always_inline]] void write(bh_audit& r) const {
    r.time = time;
    r.epoch = epoch;
    r.kind = static_cast<uint16_t>(kind);
    r.reason = BH_REASON_NONE;
    r.subject = subject;
    r.channel = channel;
    r.endpoint = endpoint;
    r.method = method;
    r.receiver = receiver;
    r.status = BH_OK;
    r.rule = BH_NONE32;
    r.kept = BH_KEEP_EXACT;
  }
};

[[gnu::always_inline]] inline Component* Kernel::call_fast(Component& caller) {
  const uint64_t channel = caller.context.x[0];
  const uint64_t method = caller.context.x[1];
  if (plainly_granted(caller.plain, caller.edge_count, channel, method)) {
    return send_fast(caller, caller.edges[channel]);
  }
  if (channel >= caller.edge_count || method >= BH_METHODS) return system_call(caller, BH_CALL);
  return call_conditional(caller, caller.edges[channel]);
}

// The rest of a call by `edge`: its method is plain and its condition holds.
[[gnu::always_inline]] inline Component* Kernel::send_fast(Component& caller, const bh_edge& edge) {
  const uint64_t channel = caller.context.x[0];
  const uint64_t method = caller.context.x[1];
  const bh_right& right = table_.right(edge);
  const bool record = (right.audit >> method & 1) != 0;
  const uint16_t endpoint = edge.endpoint;
  const bh_endpoint& target = table_.endpoints[endpoint];
  const uint16_t receiver_number = target.receiver;
  Component& receiver = components_[receiver_number];
  if (receiver.life != Life::Receiving || target.protocol_count != 0 || (record && audit_.full())) {
    return system_call(caller, BH_CALL);
  }

  const bh_method& row = table_.methods[right.method_first + method];
  const auto channel16 = static_cast<uint16_t>(channel);
  const auto method16 = static_cast<uint16_t>(method);
  const uint16_t subject = caller.index;
  receiver.context.x[0] = BH_OK;
  receiver.context.x[1] = message_tag(method, endpoint, caller.id);
  receiver.spent = {};
  receiver.life = Life::Ready;
  receiver.serves = &caller;
  caller.call = {&edge, &row, 0, true, channel16, method16};
  caller.life = Life::Awaiting;
  SixWords words(caller.words());
  words.keep(row.arg_words);
  words.store(receiver.words());
  if (record) {
    bh_audit& r = audit_.append_free();
    CallRecord{BH_AUDIT_GRANTED, subject,         channel16,     endpoint,
               method16,         receiver_number, clock_ticks(), epoch_}
        .write(r);
    words.store(r.words);
  }
  return &receiver;
}

[[gnu::always_inline]] inline Component* Kernel::reply_and_receive_fast(Component& self) {
  Component* const caller = self.serves;
  if (caller == nullptr || self.context.x[1] != caller->id || !caller->call.plain ||
      self.context.x[0] != BH_OK || self.first_waiting != nullptr) {
    return system_call(self, BH_REPLY_AND_RECEIVE);
  }
  move_words(caller->words(), self.words(), caller->call.method_row->result_words);
  caller->context.x[0] = BH_OK;
  caller->context.x[1] = 0;
  caller->spent = {};
  caller->life = Life::Ready;
  self.serves = nullptr;
  self.life = Life::Receiving;
  return caller;
}

}  // namespace bh::kernel
