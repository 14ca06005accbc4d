// Call, receive, reply. The path of a call that finds its receiver waiting, and of its reply, is
// straight: no loop but the ones over words, tests and protocols that the table asks for.
#include <utility>

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
  caller.spent = {};
  caller.life = caller.gone() ? Life::Ended : Life::Ready;
}

}  // namespace

// Apart from call_fast, so that methods without a condition pay nothing for it.
Component* Kernel::call_conditional(Component& caller, const bh_edge& edge) {
  const uint64_t method = caller.context.x[1];
  if ((plain_of_right_[edge.right] >> method & 1) == 0 ||
      !condition_holds(table_, table_.right(edge), method, caller.words())) {
    return leave(call(caller));
  }
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
  const uint8_t service = endpoint_of(caller).service;
  if (service == BH_SERVICE_LIFE || service == BH_SERVICE_MACHINE) return serve(caller);
  Component& receiver = components_[endpoint_of(caller).receiver];
  if (!receiver.receives()) {
    wait_for(caller, receiver);
    return caller.life == Life::Ready ? &caller : run_other(caller);
  }
  return deliver(caller, receiver) ? &receiver : &caller;
}

// The protocols decide a call that has passed everything else. False if they refused.
bool Kernel::permitted(Component& caller, uint64_t now) {
  if (endpoint_of(caller).protocol_count == 0) return true;
  const ProtocolCall asked{caller.call.edge->endpoint, caller.index, caller.call.method, now};
  uint32_t refusing = protocols_.refusing(table_, asked);
  if (refusing != BH_NONE32) {
    refuse(caller, {BH_REASON_PROTOCOL, refusing}, now);
    return false;
  }
  protocols_.advance(table_, asked, BH_OUTCOME_CALL);
  return true;
}

// The receiver waits: if the protocols agree, the message crosses.
bool Kernel::deliver(Component& caller, Component& receiver) {
  const OpenCall& call = caller.call;
  const uint64_t now = clock_ticks();
  if (!permitted(caller, now)) return false;
  move_words(receiver.words(), caller.words(), call.method_row->arg_words);
  if (call.bytes != 0) move_bytes(receiver.buffer, caller.buffer, call.bytes);
  receiver.context.x[0] = BH_OK;
  receiver.context.x[1] = message_tag(call.method, call.edge->endpoint, caller.id);
  receiver.spent = {};
  receiver.life = Life::Ready;
  if (audited(caller)) record_call(BH_AUDIT_GRANTED, caller, receiver.words(), now);
  if ((call.method_row->flags & BH_METHOD_EVENT) != 0) {
    receiver.context.x[1] |= BH_TAG_EVENT;
    finish(caller, BH_OK, now);
  } else {
    receiver.serves = &caller;
    caller.life = Life::Awaiting;
  }
  return true;
}

Component* Kernel::reply_and_receive(Component& self) {
  Component* caller = answered(self);
  if (caller == nullptr) return receive(self, nullptr);
  reply(self, *caller);
  return receive(self, caller);
}

// For a server that also acts by itself.
Component* Kernel::reply_and_go_on(Component& self) {
  Component* caller = answered(self);
  if (caller != nullptr) reply(self, *caller);
  const bool stale = caller == nullptr && self.context.x[1] != BH_NOBODY;
  self.context.x[0] = stale ? BH_REFUSED : BH_OK;
  return &self;
}

// The caller for whom a reply is; nullptr when there is none. Who was started again, or got its
// call back, waits no more.
Component* Kernel::answered(Component& self) {
  const uint64_t id = self.context.x[1];
  if (id == BH_NOBODY) return nullptr;
  if (self.serves != nullptr && self.serves->id == id) return std::exchange(self.serves, nullptr);
  record(BH_AUDIT_REFUSED, self, BH_REASON_STALE, id);
  return nullptr;
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
  while (Component* caller = self.first_waiting) {
    const bool crashed = caller->life == Life::Telling;
    self.first_waiting = caller->next_waiting;
    const bool delivered = deliver(*caller, self);
    if (crashed) tell_crash(*caller, caller->call.channel + 1u);
    if (delivered) return true;
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
    check = check_reply(rows_of(caller), method, server.words());
    if (!check.refusal.none()) {
      record_call(BH_AUDIT_BAD_REPLY, caller, server.words(), now, check.refusal, BH_BAD_REPLY);
      return finish(caller, BH_BAD_REPLY, now);
    }
    move_bytes(caller.buffer, server.buffer, check.bytes);
  }
  set_result(caller, BH_OK, server.words(), method.result_words);
  if (endpoint_of(caller).protocol_count != 0) {
    protocols_.advance(table_, {call.edge->endpoint, caller.index, call.method, now},
                       BH_OUTCOME_OK);
  }
  if (audit_always_ != 0) record_call(BH_AUDIT_REPLY, caller, caller.words(), now);
}

// The call comes back without results.
void Kernel::finish(Component& caller, bh_status status, uint64_t now) {
  const OpenCall& call = caller.call;
  set_result(caller, status, caller.words(), 0);
  bh_outcome outcome = status == BH_OK ? BH_OUTCOME_OK : BH_OUTCOME_ERROR;
  protocols_.advance(table_, {call.edge->endpoint, caller.index, call.method, now}, outcome);
  const bool late = status == BH_TIMED_OUT;
  if ((audit_always_ == 0 && !late) || status == BH_BAD_REPLY) return;
  const Refusal why{late ? BH_REASON_TIMED_OUT : BH_REASON_NONE, BH_NONE32};
  record_call(BH_AUDIT_REPLY, caller, caller.words(), now, why, status);
}

// The component waits for its call no longer, however far that has come.
void Kernel::give_back(Component& caller, bh_status status, uint64_t now) {
  if (caller.life == Life::Awaiting) {
    components_[endpoint_of(caller).receiver].serves = nullptr;
    return finish(caller, status, now);
  }
  leave_queue(caller);
  refuse(caller, {BH_REASON_TIMED_OUT, BH_NONE32}, now);
  caller.context.x[0] = status;
}

void Kernel::refuse(Component& caller, const Refusal& refusal, uint64_t now) {
  record_call(BH_AUDIT_REFUSED, caller, caller.words(), now, refusal);
  const Spent spent = caller.spent;
  set_result(caller, BH_REFUSED, caller.words(), 0);
  caller.spent.ticks = spent.ticks;
}

void Kernel::wait_for(Component& caller, Component& receiver) {
  if (receiver.gone()) return refuse(caller, {BH_REASON_PEER_GONE, BH_NONE32}, clock_ticks());
  caller.life = Life::Calling;
  enqueue(caller, receiver);
}

void Kernel::enqueue(Component& caller, Component& receiver) {
  caller.next_waiting = nullptr;
  if (receiver.first_waiting == nullptr)
    receiver.first_waiting = &caller;
  else
    receiver.last_waiting->next_waiting = &caller;
  receiver.last_waiting = &caller;
}

void Kernel::leave_queue(Component& caller) {
  Component& receiver = components_[endpoint_of(caller).receiver];
  Component* before = nullptr;
  Component** link = &receiver.first_waiting;
  for (; *link != &caller; link = &before->next_waiting) before = *link;
  *link = caller.next_waiting;
  if (receiver.last_waiting == &caller) receiver.last_waiting = before;
}

}  // namespace bh::kernel
