// The boot in order, and the way in for traps: the only code that knows the one kernel object.
#include "targets/microkernel/boot/boot.h"

#include <utility>

#include "targets/microkernel/arch/arch.h"
#include "targets/microkernel/kernel/console.h"
#include "targets/microkernel/kernel/fast_path.h"
#include "targets/microkernel/kernel/layout.h"

namespace bh::kernel {

constexpr uint64_t TicksPerSecond = 1000;  // of the scheduler: one a millisecond

constinit static Kernel the_kernel;

static Table take_table() {
  static constexpr Flash RecordFlash{flash_read, flash_erase, flash_program};
  Verification table = the_kernel.slots().boot(
      RecordFlash, {at_physical(SlotStart), at_physical(SlotStart + SlotBytes)});
  if (table.fault != BH_EXIT_OK) the_kernel.end(table.fault, table.what);
  return table.table;
}

static bool image_is_bound_one(const Table& table, const bh_component& component, Bytes file) {
  if (component.image == BH_NONE16) return true;
  return same(sha256(file.at, file.count).bytes, table.images[component.image].sha256);
}

static const bh_archive& take_archive(FramePool& pool, AddressSpace& map, const Table& table) {
  SystemImage& image = the_kernel.slots().image();
  uint32_t count = table.count(BH_SECTION_COMPONENTS);
  uint32_t present = 0;
  const bh_archive* archive = nullptr;
  bh_exit fault = read_archive(image, count, archive);
  for (uint32_t i = 0; fault == BH_EXIT_OK && i < count; ++i) {
    Bytes file;
    fault = read_entry(image, i, file);
    if (fault != BH_EXIT_OK || file.count == 0) continue;
    if (!image_is_bound_one(table, table.components[i], file))
      the_kernel.end(BH_EXIT_IMAGE_HASH, "image hash");
    load_component(the_kernel, pool, map, table, i, file);
    ++present;
  }
  if (fault != BH_EXIT_OK) the_kernel.end(fault, "component store");
  if (present == 0) the_kernel.end(BH_EXIT_ARCHIVE, "no image");
  return *archive;
}

// Told once.
static void tell_of_crash() {
  CrashRecord& crash = *at_physical<CrashRecord>(CrashPage);
  if (crash.sound()) put(crash);
  crash.magic = 0;
}

static void announce(const Table& table, bool verbose, uint64_t ticks_per_ms) {
  const Slots& slots = the_kernel.slots();
  const auto flag = [](bool set) { return set ? "true" : "false"; };
  put("{\"boot\":\"bulkhead\",\"epoch\":1,\"policy_version\":", table.header->policy_version);
  put(",\"components\":", table.count(BH_SECTION_COMPONENTS), ",\"ticks_per_ms\":", ticks_per_ms);
  put(",\"start\":", the_kernel.started(), ",\"slot\":", slots.running());
  put(",\"trusted\":", flag(slots.kept()), ",\"trial\":", flag(slots.on_trial()));
  put(",\"verbose\":", flag(verbose), "}\n");
}

extern "C" [[noreturn]] void boot() {
  close_to_components();
  FramePool pool(PoolStart, at_physical(PoolStart), PoolBytes);
  AddressSpace map = map_kernel(the_kernel, pool);
  tell_of_crash();
  Table table = take_table();
  bh_archive archive = take_archive(pool, map, table);
  bool verbose = (archive.flags & BH_ARCHIVE_VERBOSE) != 0;
  const uint64_t ticks_per_ms = clock_ticks_per_second() / TicksPerSecond;
  RunOptions options{verbose, archive.run_limit_ms, ticks_per_ms, {}};
  for (uint32_t i = 0; i < sizeof archive.audit_key; ++i) {
    options.audit_key.bytes[i] = archive.audit_key[i];
  }
  Component& first = the_kernel.start(table, options);
  check_maps(the_kernel, pool, map.root());
  seal_kernel_map(the_kernel, map);
  if ((archive.flags & BH_ARCHIVE_COUNTERS) != 0) counters_open_to_components();
  announce(table, verbose, ticks_per_ms);
  timer_start(ticks_per_ms);
  resume(&first);
}

// ---- traps, called by arch/
// ------------------------------------------------------------------------------

// Its address in one register: shorter than the address of each of its parts.
[[gnu::always_inline]] static inline Kernel& kernel_in_register() {
  Kernel* kernel = &the_kernel;
  asm("" : "+r"(kernel));
  return *kernel;
}

extern "C" Component* trap_call(Component* self) { return kernel_in_register().call_fast(*self); }

extern "C" Component* trap_reply_and_receive(Component* self) {
  return kernel_in_register().reply_and_receive_fast(*self);
}

extern "C" Component* trap_system_call(Component* self, uint32_t number) {
  return the_kernel.system_call(*self, number);
}

extern "C" Component* trap_exception(Component* self, uint64_t syndrome, uint64_t address) {
  return the_kernel.exception(*self, syndrome, address);
}

extern "C" Component* trap_interrupt(Component* self) {
  if (!timer_interrupted(clock_ticks_per_second() / TicksPerSecond)) return self;
  return the_kernel.tick(*self);
}

extern "C" [[noreturn]] void trap_kernel_fault(uint64_t syndrome, uint64_t address, uint64_t pc) {
  constinit static bool again = false;
  if (!std::exchange(again, true))
    the_kernel.remember_crash(BH_EXIT_KERNEL_FAULT, {syndrome, address, pc});
  put("{\"kernel_fault\":[", syndrome, ",", address, ",", pc, "]}\n");
  put_exit(BH_EXIT_KERNEL_FAULT, "exception in the kernel", {});
  if (the_kernel.slots().on_trial()) reset_system();
  exit_system(BH_EXIT_KERNEL_FAULT);
}

}  // namespace bh::kernel
