// The boot in order, and the way in for traps: the only code that knows the one kernel object.
#include "targets/microkernel/boot/boot.h"

#include <utility>

#include "targets/microkernel/arch/arch.h"
#include "targets/microkernel/kernel/console.h"
#include "targets/microkernel/kernel/fast_path.h"
#include "targets/microkernel/kernel/layout.h"
#include "targets/microkernel/monitor/sha256.h"
#include "targets/microkernel/monitor/verify.h"

namespace bh::kernel {

constexpr uint64_t TicksPerSecond = 1000;  // of the scheduler: one a millisecond

constinit static Kernel the_kernel;

static Table take_blob() {
  Verification blob = verify(at_physical(BlobStart), BlobBytes);
  if (blob.fault != BH_EXIT_OK) the_kernel.end(blob.fault, blob.what);
  return blob.table;
}

static bool image_is_bound_one(const Table& table, const bh_component& component, Bytes file) {
  if (component.image == BH_NONE16) return true;
  Digest digest = sha256(file.at, file.count);
  for (int i = 0; i < 32; ++i) {
    if (digest.bytes[i] != table.images[component.image].sha256[i]) return false;
  }
  return true;
}

static const bh_archive& take_archive(FramePool& pool, AddressSpace& map, const Table& table) {
  Bytes archive{at_physical(ArchiveStart), ArchiveBytes};
  uint32_t count = table.count(BH_SECTION_COMPONENTS);
  const bh_archive* header = archive_header(archive, count);
  if (header == nullptr) the_kernel.end(BH_EXIT_ARCHIVE, "archive");
  uint32_t present = 0;
  for (uint32_t i = 0; i < count; ++i) {
    Bytes file = archive_entry(archive, i);
    if (file.at == nullptr) the_kernel.end(BH_EXIT_ARCHIVE, "archive entry");
    if (file.count == 0) continue;
    if (!image_is_bound_one(table, table.components[i], file))
      the_kernel.end(BH_EXIT_IMAGE_HASH, "image hash");
    load_component(the_kernel, pool, map, table, i, file);
    ++present;
  }
  if (present == 0) the_kernel.end(BH_EXIT_ARCHIVE, "no image");
  return *header;
}

// Told once.
static void tell_of_crash() {
  CrashRecord& crash = *at_physical<CrashRecord>(CrashPage);
  if (crash.sound()) put(crash);
  crash.magic = 0;
}

static void announce(const Table& table, bool verbose, uint64_t ticks_per_ms) {
  put("{\"boot\":\"bulkhead\",\"epoch\":1,\"policy_version\":");
  put(table.header->policy_version);
  put(",\"components\":");
  put(uint64_t{table.count(BH_SECTION_COMPONENTS)});
  put(",\"ticks_per_ms\":");
  put(ticks_per_ms);
  put(",\"start\":");
  put(the_kernel.started());
  put(verbose ? ",\"verbose\":true}\n" : ",\"verbose\":false}\n");
}

extern "C" [[noreturn]] void boot() {
  close_to_components();
  FramePool pool(PoolStart, at_physical(PoolStart), PoolBytes);
  AddressSpace map = map_kernel(the_kernel, pool);
  tell_of_crash();
  Table table = take_blob();
  bh_archive archive = take_archive(pool, map, table);
  bool verbose = (archive.flags & BH_ARCHIVE_VERBOSE) != 0;
  const uint64_t ticks_per_ms = clock_ticks_per_second() / TicksPerSecond;
  Component& first =
      the_kernel.start(table, {verbose, table.header->budget_ms, table.header->call_ms,
                               archive.run_limit_ms, ticks_per_ms});
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
  put("{\"kernel_fault\":[");
  put(syndrome);
  put(",");
  put(address);
  put(",");
  put(pc);
  put("]}\n");
  put_exit(BH_EXIT_KERNEL_FAULT, "exception in the kernel", {});
  exit_system(BH_EXIT_KERNEL_FAULT);
}

}  // namespace bh::kernel
