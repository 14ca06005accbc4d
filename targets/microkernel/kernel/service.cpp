// What the kernel itself answers once the monitor has granted it: the life of components, and the
// machine.
#include "targets/microkernel/arch/arch.h"
#include "targets/microkernel/kernel/fast_path.h"
#include "targets/microkernel/kernel/image.h"
#include "targets/microkernel/kernel/layout.h"

namespace bh::kernel {

// The answer costs the caller's time: no message reaches it.
Component* Kernel::serve(Component& caller) {
  const uint64_t now = clock_ticks();
  const uint32_t ticks = caller.spent.ticks;
  if (!permitted(caller, now)) return &caller;
  move_words(caller.words(), caller.words(), caller.call.method_row->arg_words);
  if (audited(caller)) record_call(BH_AUDIT_GRANTED, caller, caller.words(), now);
  const bh_endpoint& endpoint = endpoint_of(caller);
  const bool done = endpoint.service == BH_SERVICE_MACHINE
                        ? serve_machine(caller)
                        : serve_life(components_[endpoint.receiver], caller.call.method, caller);
  finish(caller, done ? BH_OK : BH_ERROR, clock_ticks());
  caller.spent.ticks = ticks;
  return caller.gone() ? run_other(caller) : &caller;
}

bool Kernel::serve_life(Component& target, uint32_t method, const Component& caller) {
  const bool runs = !target.gone();
  if ((method == BH_LIFE_START && runs) || (method == BH_LIFE_STOP && !runs)) return false;
  if (runs) {
    record(BH_AUDIT_STOPPED, target, BH_REASON_NONE, caller.id);
    halt(target);
  }
  return method == BH_LIFE_STOP || start_again(target);
}

// As at the start of the system, under the next id. Writes as the component could, through its own
// map: the kernel has none of its memory. News of its crash that nobody has taken yet are old.
bool Kernel::start_again(Component& component) {
  static Image image;
  Bytes file;
  const bool sound = read_entry(slots_.image(), component.index, file) == BH_EXIT_OK;
  if (!sound || !read_image(file, image)) return false;
  if (component.life == Life::Telling) leave_queue(component);
  use_component_map(component.context.map);
  const auto refill = [](uint64_t address, uint64_t bytes, Bytes content) {
    auto* to = reinterpret_cast<uint8_t*>(address);
    for (uint64_t i = 0; i < content.count; ++i) to[i] = content.at[i];
    for (uint64_t i = content.count; i < bytes; ++i) to[i] = 0;
  };
  for (uint32_t i = 0; i < image.segment_count; ++i) {
    const Segment& s = image.segments[i];
    const uint64_t pages = (s.memory_bytes + PageBytes - 1) / PageBytes * PageBytes;
    if (s.kind == PageKind::UserData) refill(s.address, pages, s.content);
  }
  refill(StackEnd - StackBytes, StackBytes, {});
  refill(BH_BUFFER_ADDRESS, BH_BUFFER_BYTES, {});
  const uint64_t map = component.context.map;
  component.context = {};
  component.context.map = map;
  component.context.pc = image.entry;
  component.context.sp = StackEnd;
  component.spent = {};
  component.id += 1u << 16;
  component.life = Life::Ready;
  record(BH_AUDIT_STARTED, component, BH_REASON_NONE, component.id);
  return true;
}

bool Kernel::serve_machine(Component& caller) {
  const uint64_t word = caller.words()[0];
  switch (static_cast<bh_machine_method>(caller.call.method)) {
    case BH_MACHINE_SHUTDOWN:
      end_with(caller, word);
    case BH_MACHINE_WATCHDOG:
      watchdog_at_ = word == 0 ? Never : clock_ticks() + word * options_.ticks_per_ms;
      return true;
    case BH_MACHINE_UPGRADE:
      return upgrade(caller, word);
    case BH_MACHINE_HEALTHY:
      if (!slots_.healthy()) end(BH_EXIT_RECORD, "flash cannot be written");
      return true;
    case BH_MACHINE_STAGE:
      return stage(word, {caller.buffer, caller.call.bytes});
    case BH_MACHINE_RELOAD:
      return reload(caller);
    case BH_MACHINE_METHODS:
      break;
  }
  return false;
}

bool Kernel::upgrade(const Component& caller, uint64_t digest_bytes) {
  bh_exit fault = BH_EXIT_UNTRUSTED;
  if (digest_bytes == sizeof(Digest))
    fault = slots_.upgrade(caller.buffer, table_.header->policy_version);
  bh_audit& r = record(BH_AUDIT_UPGRADE, caller, BH_REASON_NONE, fault);
  r.status = fault == BH_EXIT_OK ? BH_OK : BH_ERROR;
  if (fault == BH_EXIT_OK) end(BH_EXIT_UPGRADE, "upgrade");
  return false;
}

}  // namespace bh::kernel
