// Who runs, who is stopped, and how the system ends.
#include <iterator>

#include "targets/microkernel/arch/arch.h"
#include "targets/microkernel/kernel/console.h"
#include "targets/microkernel/kernel/kernel.h"

namespace bh::kernel {

constexpr uint64_t HighestShutdownStatus = 31;

Component& Kernel::start(const Table& table, const RunOptions& options) {
  options_ = options;
  audit_always_ = options.verbose ? ~0u : 0;
  started_ = clock_ticks();
  watchdog_at_ = Never;
  protocols_.reset(table, started_, options.ticks_per_ms);
  take_table(table);
  Component** link = &first_;
  for (Component& c : components()) {
    c.index = static_cast<uint16_t>(&c - components_);
    c.id = c.index;
    if (!c.present()) continue;
    c.life = Life::Ready;
    *link = &c;
    link = &c.next;
  }
  *link = first_;
  return *first_;
}

void Kernel::take_table(const Table& table) {
  table_ = table;
  ++epoch_;
  const std::span edges(table.edges, table.count(BH_SECTION_EDGES));
  for (uint32_t i = 0; audit_always_ == 0 && i < table.count(BH_SECTION_RIGHTS); ++i) {
    plain_of_right_[i] = plain_methods(table, table.rights[i]);
  }
  for (const bh_edge& edge : edges) {
    if (table.endpoint(edge).service != 0) plain_of_right_[edge.right] = 0;
  }
  for (const bh_edge& edge : edges) {
    plain_of_edge_[&edge - table.edges] =
        plain_of_right_[edge.right] & ~table.right(edge).conditional;
  }
  for (uint32_t& sample : samples_) sample = 0;
  for (Component& c : components()) {
    c.row = &table.components[&c - components_];
    c.edges = table.edges + c.row->edge_first;
    c.plain = plain_of_edge_ + c.row->edge_first;
    c.edge_count = c.row->edge_count;
  }
}

Component* Kernel::system_call(Component& self, uint32_t number) {
  using Handler = Component* (Kernel::*)(Component&);
  constexpr Handler Handlers[] = {
      &Kernel::call,       &Kernel::receive_any,     &Kernel::reply_and_receive, &Kernel::exit,
      &Kernel::print_text, &Kernel::reply_and_go_on, &Kernel::receive_until};
  static_assert(std::size(Handlers) == BH_RECEIVE_UNTIL + 1);
  if (number < std::size(Handlers)) return leave((this->*Handlers[number])(self));
  return leave(stop_for(self, BH_REASON_SYSCALL, number, 0));
}

Component* Kernel::exception(Component& self, uint64_t syndrome, uint64_t address) {
  const bh_reason reason = is_memory_fault(syndrome) ? BH_REASON_MEMORY : BH_REASON_EXCEPTION;
  return leave(stop_for(self, reason, syndrome, address));
}

Component* Kernel::tick(Component& self) {
  keep_time(clock_ticks());
  if (++self.spent.ticks > table_.header->budget_ms)
    return leave(stop_for(self, BH_REASON_BUDGET, 0, 0));
  return leave(run_other(self));
}

// The end of the system at the latest; on trial, until it has reported healthy.
uint64_t Kernel::limit() const {
  uint64_t ms = slots_.on_trial() ? slots_.image().header().healthy_ms : options_.limit_ms;
  return started_ + ms * options_.ticks_per_ms;
}

// What is due by now: the end of the system, and calls that have waited for too long.
void Kernel::keep_time(uint64_t now) {
  if (limit() <= now && slots_.on_trial()) end(BH_EXIT_UNHEALTHY, "not healthy in time");
  if (limit() <= now) end(BH_EXIT_RUN_LIMIT, "run limit");
  if (watchdog_at_ <= now) end(BH_EXIT_WATCHDOG, "watchdog");
  each([&](Component& c) {
    if (due(c, now) <= now) give_back(c, BH_TIMED_OUT, now);
  });
}

// When a component that waits for a reply gets its call back: call_ms after it asked, or within two
// milliseconds more, because the timer is what looks. Never, if it does not wait for one.
uint64_t Kernel::due(Component& caller, uint64_t now) {
  if (table_.header->call_ms == 0 || !caller.asks()) return Never;
  uint32_t& since = caller.spent.since;
  if (since == 0) since = static_cast<uint32_t>((now - started_) / options_.ticks_per_ms) + 1;
  return started_ + (uint64_t{since} + table_.header->call_ms) * options_.ticks_per_ms;
}

Component* Kernel::run_other(Component& after) {
  for (;;) {
    if (Component* next = next_ready(after)) return next;
    idle();
  }
}

// The next component that is ready, in turn; `after` itself comes last. Who has waited long enough
// is ready without a message.
Component* Kernel::next_ready(const Component& after) {
  Component* c = after.next;
  while (c->life != Life::Ready && (c->life != Life::Waiting || clock_ticks() < c->until)) {
    if (c == &after) return nullptr;
    c = c->next;
  }
  if (c->life == Life::Ready) return c;
  for (uint32_t i = 1; i < 2 + BH_WORDS; ++i) c->context.x[i] = 0;
  c->context.x[0] = BH_ERROR;
  c->spent = {};
  c->life = Life::Ready;
  return c;
}

// Nobody is ready: sleeps until the first moment that somebody waits for.
void Kernel::idle() {
  if (drain_now_) drain();
  const uint64_t now = clock_ticks();
  uint64_t first = watchdog_at_;
  each([&](Component& c) {
    const uint64_t moment = c.life == Life::Waiting ? c.until : due(c, now);
    if (moment < first) first = moment;
  });
  if (first == Never) end_for_good();
  if (limit() < first) first = limit();
  if (now < first) sleep(first - now, options_.ticks_per_ms);
  keep_time(clock_ticks());
}

// No device wakes anybody, so a system in which nobody is ready or waits for a moment stays so.
void Kernel::end_for_good() {
  bool lives = false;
  bool calling = false;
  each([&](const Component& c) {
    lives |= !c.gone();
    calling |= c.asks();
  });
  if (!lives) end(BH_EXIT_ALL_ENDED, "all ended");
  if (calling) end(BH_EXIT_DEADLOCK, "deadlock");
  end(BH_EXIT_QUIET, "quiet");
}

// The component, whatever it was about to do, runs no more. Whoever waits for it is told.
void Kernel::halt(Component& self) {
  const uint64_t now = clock_ticks();
  flush(self);
  if (self.life == Life::Calling) leave_queue(self);
  if (self.life == Life::Awaiting) give_back(self, BH_ERROR, now);
  self.life = Life::Ended;
  if (self.serves != nullptr) finish(*self.serves, BH_PEER_GONE, now);
  self.serves = nullptr;
  while (Component* caller = self.first_waiting) {
    const bool crashed = caller->life == Life::Telling;
    self.first_waiting = caller->next_waiting;
    refuse(*caller, {BH_REASON_PEER_GONE, BH_NONE32}, clock_ticks());
    if (crashed) tell_crash(*caller, caller->call.channel + 1u);
  }
}

// In the name of a component that has crashed: from channel `channel` on, whoever it may tell
// hears of it, one after the other.
void Kernel::tell_crash(Component& dead, uint32_t channel) {
  for (; channel < dead.row->edge_count; ++channel) {
    const Grant grant = decide(table_, *dead.row, channel, 0, dead.words());
    if (table_.endpoints[grant.edge->endpoint].service != BH_SERVICE_CRASHES) continue;
    if (grant.method == nullptr || (grant.method->flags & BH_METHOD_EVENT) == 0) continue;
    dead.call = {grant.edge, grant.method, 0, false, static_cast<uint16_t>(channel), 0};
    Component& receiver = components_[endpoint_of(dead).receiver];
    if (receiver.receives()) {
      deliver(dead, receiver);
    } else if (!receiver.gone()) {
      dead.life = Life::Telling;
      return enqueue(dead, receiver);
    }
  }
}

Component* Kernel::stop_for(Component& self, bh_reason reason, uint64_t syndrome,
                            uint64_t address) {
  record(BH_AUDIT_FAULT, self, reason, syndrome, address, self.context.pc);
  halt(self);
  tell_crash(self, 0);
  return run_other(self);
}

Component* Kernel::exit(Component& self) {
  record(BH_AUDIT_EXIT, self, BH_REASON_NONE, self.context.x[0]);
  halt(self);
  return run_other(self);
}

Component* Kernel::print_text(Component& self) {
  uint64_t bytes = self.context.x[0];
  if (bytes > BH_PRINT_BYTES) return stop_for(self, BH_REASON_SYSCALL, BH_PRINT, bytes);
  print(self, self.context.x + 1, bytes);
  self.context.x[0] = BH_OK;
  return &self;
}

void Kernel::end_with(Component& self, uint64_t status) {
  record(BH_AUDIT_SHUTDOWN, self, BH_REASON_NONE, status);
  end(status < HighestShutdownStatus ? status : HighestShutdownStatus, "shutdown");
}

}  // namespace bh::kernel
