// Call, receive, reply. The path of a call that finds its receiver waiting, and of its reply, is
// straight: no loop but the ones over words, tests and protocols that the table asks for.
#include "targets/microkernel/kernel/fast_path.h"

namespace bh::kernel {
namespace {

void move_bytes(uint8_t* to, const uint8_t* from, uint32_t bytes) {
  auto* to8 = reinterpret_cast<uint64_t*>(to);
  auto* from8 = reinterpret_cast<const uint64_t*>(from);
  uint32_t whole = bytes / 8;
  for (uint32_t i = 0; i < whole; ++i) to8[i] = from8[i];
  for (uint32_t i = whole * 8; i < bytes; ++i) to[i] = from[i];
}

uint16_t saturate(uint64_t value) {
  return value < BH_NONE16 ? static_cast<uint16_t>(value) : BH_NONE16;
}

void set_result(Component& caller, bh_status status, const uint64_t* words, uint32_t declared) {
  caller.context.x[0] = status;
  caller.context.x[1] = 0;
  move_words(caller.words(), words, declared);
  caller.life = Life::Ready;
}

}  // namespace

// Apart from call_fast, so that methods without a condition pay nothing for it.
Component* Kernel::call_conditional(Component& caller, const bh_edge& edge) {
  if (!condition_holds(table_, table_.right(edge), caller.context.x[1], caller.words()))
    return leave(call(caller));
  return send_fast(caller, edge);
}

Component* Kernel::call(Component& caller) {
  uint64_t channel = caller.context.x[0];
  uint64_t method = caller.context.x[1];
  Grant grant = decide(table_, *caller.row, channel, method, caller.words());
  caller.call = {grant.edge, grant.method, grant.bytes, false, saturate(channel), saturate(method)};
  if (grant.method == nullptr) {
    refuse(caller, grant.refusal, clock_ticks());
    return &caller;
  }
  Component& receiver = components_[table_.endpoint(*grant.edge).receiver];
  if (!receiver.receives()) {
    wait_for(caller, receiver);
    return caller.life == Life::Ready ? &caller : run_other(caller);
  }
  return deliver(caller, receiver) ? &receiver : &caller;
}

// The receiver waits: the protocols decide, then the message crosses. False if they refused.
bool Kernel::deliver(Component& caller, Component& receiver) {
  const OpenCall& call = caller.call;
  const uint64_t now = clock_ticks();
  if (table_.endpoint(*call.edge).protocol_count != 0) {
    const ProtocolCall asked{call.edge->endpoint, caller.index, call.method, now};
    uint32_t refusing = protocols_.refusing(table_, asked);
    if (refusing != BH_NONE32) {
      refuse(caller, {BH_REASON_PROTOCOL, refusing}, now);
      return false;
    }
    protocols_.advance(table_, asked, BH_OUTCOME_CALL);
  }
  move_words(receiver.words(), caller.words(), call.method_row->arg_words);
  if (call.bytes != 0) move_bytes(receiver.buffer, caller.buffer, call.bytes);
  receiver.context.x[0] = BH_OK;
  receiver.context.x[1] = message_tag(call.method, call.edge->endpoint, caller.index);
  receiver.ticks = 0;
  receiver.life = Life::Ready;
  if (audited(caller)) record_call(BH_AUDIT_GRANTED, caller, receiver.words(), now);
  if ((call.method_row->flags & BH_METHOD_EVENT) != 0) {
    finish(caller, BH_OK, now);
  } else {
    receiver.serves = &caller;
    caller.life = Life::Awaiting;
  }
  return true;
}

Component* Kernel::reply_and_receive(Component& self) {
  Component* caller = self.serves;
  if (caller == nullptr) return receive(self, nullptr);
  self.serves = nullptr;
  reply(self, *caller);
  return receive(self, caller);
}

// For a server that also acts by itself. Without an open call there is nothing to answer.
Component* Kernel::reply_and_go_on(Component& self) {
  if (Component* caller = self.serves) {
    self.serves = nullptr;
    reply(self, *caller);
  }
  self.context.x[0] = BH_OK;
  return &self;
}

// Receives anew; a call that was received and not answered comes back as an error. `next` is the
// component to go on with if it is not self.
Component* Kernel::receive(Component& self, Component* next) {
  self.life = Life::Receiving;
  if (take_waiting(self)) return &self;
  return next != nullptr ? next : run_other(self);
}

Component* Kernel::receive_until(Component& self) {
  constexpr uint64_t Longest = uint64_t{1} << 42;  // microseconds: beyond any run limit
  uint64_t us = self.context.x[0] < Longest ? self.context.x[0] : Longest;
  self.until =
      started_ + us / 1000 * options_.ticks_per_ms + us % 1000 * options_.ticks_per_ms / 1000;
  self.life = Life::Waiting;
  return take_waiting(self) ? &self : run_other(self);
}

// Whether a call was waiting that the protocols let through.
bool Kernel::take_waiting(Component& self) {
  if (self.serves != nullptr) finish(*self.serves, BH_ERROR, clock_ticks());
  self.serves = nullptr;
  while (self.first_waiting != nullptr) {
    Component& caller = *self.first_waiting;
    self.first_waiting = caller.next_waiting;
    if (deliver(caller, self)) return true;
  }
  return false;
}

void Kernel::reply(Component& server, Component& caller) {
  const OpenCall& call = caller.call;
  const uint64_t now = clock_ticks();
  if (server.context.x[0] != BH_OK) return finish(caller, BH_ERROR, now);
  const bh_method& method = *call.method_row;
  ReplyCheck check;
  if (method.result_bytes_mask != 0 || method.result_condition != BH_NONE32) {
    check = check_reply(table_, method, server.words());
    if (!check.refusal.none()) {
      bh_audit& bad = record_call(BH_AUDIT_BAD_REPLY, caller, server.words(), now);
      bad.reason = check.refusal.reason;
      bad.rule = check.refusal.rule;
      bad.status = BH_BAD_REPLY;
      return finish(caller, BH_BAD_REPLY, now);
    }
    move_bytes(caller.buffer, server.buffer, check.bytes);
  }
  set_result(caller, BH_OK, server.words(), method.result_words);
  caller.ticks = 0;
  if (table_.endpoint(*call.edge).protocol_count != 0) {
    protocols_.advance(table_, {call.edge->endpoint, caller.index, call.method, now},
                       BH_OUTCOME_OK);
  }
  if (audit_always_ != 0) record_call(BH_AUDIT_REPLY, caller, caller.words(), now);
}

// The call comes back without results.
void Kernel::finish(Component& caller, bh_status status, uint64_t now) {
  const OpenCall& call = caller.call;
  set_result(caller, status, caller.words(), 0);
  caller.ticks = 0;
  bh_outcome outcome = status == BH_OK ? BH_OUTCOME_OK : BH_OUTCOME_ERROR;
  protocols_.advance(table_, {call.edge->endpoint, caller.index, call.method, now}, outcome);
  if (audit_always_ == 0 || status == BH_BAD_REPLY) return;
  record_call(BH_AUDIT_REPLY, caller, caller.words(), now).status = static_cast<uint16_t>(status);
}

void Kernel::refuse(Component& caller, const Refusal& refusal, uint64_t now) {
  bh_audit& refused = record_call(BH_AUDIT_REFUSED, caller, caller.words(), now);
  refused.reason = static_cast<uint16_t>(refusal.reason);
  refused.rule = refusal.rule;
  set_result(caller, BH_REFUSED, caller.words(), 0);
}

void Kernel::wait_for(Component& caller, Component& receiver) {
  if (receiver.life == Life::Ended) {
    return refuse(caller, {BH_REASON_PEER_GONE, BH_NONE32}, clock_ticks());
  }
  caller.life = Life::Calling;
  caller.next_waiting = nullptr;
  if (receiver.first_waiting == nullptr)
    receiver.first_waiting = &caller;
  else
    receiver.last_waiting->next_waiting = &caller;
  receiver.last_waiting = &caller;
}

}  // namespace bh::kernel
