#include "driver/pipeline/machine.h"

#include <fmt/format.h>

#include "driver/pipeline/files.h"
#include "driver/pipeline/image.h"
#include "targets/microkernel/abi/bh_image.h"

namespace bh {

namespace fs = std::filesystem;

Result<fs::path> find_tool(std::string_view name, std::string_view packages) {
  fs::path path = find_program(name);
  if (path.empty())
    return fail(fmt::format("there is no {} on this machine", name),
                fmt::format("apt-get install {}", packages));
  return path;
}

Result<Machine> find_machine(const fs::path& home) {
  Machine machine;
  BH_TRY(machine.qemu, find_tool("qemu-system-aarch64", "qemu-system-arm"));
  machine.home = home.empty() ? beside_this_program("microkernel") : home;
  std::error_code error;
  for (const char* needed : {"kernel.elf", "player.elf", "sdk"}) {
    if (fs::exists(machine.home / needed, error)) continue;
    return fail(fmt::format("'{}' is missing", (machine.home / needed).string()),
                "build the target 'all' of this installation");
  }
  return machine;
}

static std::vector<std::string> qemu_command(const Machine& machine, const System& system,
                                             const fs::path& image) {
  std::vector<std::string> command = {
      machine.qemu,
      "-M",
      "virt",
      "-cpu",
      "cortex-a53",
      "-m",
      "128M",
      "-nographic",
      "-nodefaults",
      "-serial",
      "stdio",
      "-monitor",
      "none",
      "-semihosting-config",
      "enable=on,target=native",
      "-kernel",
      machine.home / "kernel.elf",
      "-device",
      fmt::format("loader,file={},addr={:#x},force-raw=on", image.string(), BH_SLOT_ADDRESS)};
  if (system.clock == Clock::Instructions) {
    command.insert(command.end(), {"-icount", "shift=0,sleep=off"});
  }
  if (system.gdb_port != 0) {
    command.insert(command.end(), {"-S", "-gdb", fmt::format("tcp:127.0.0.1:{}", system.gdb_port)});
  }
  return command;
}

Result<ProcessResult> run_machine(const Machine& machine, const System& system,
                                  const std::function<void(std::string_view)>& line) {
  BH_TRY(const TemporaryDirectory work, TemporaryDirectory::create());
  const fs::path file = work.path() / "system.img";
  BH_TRY(const std::string image,
         pack_image({system.table, system.images, true, system.run_limit_ms}));
  if (auto written = write_file(file, image); !written) return tl::unexpected(written.error());
  const uint32_t machine_seconds =
      system.clock == Clock::Ours ? system.run_limit_ms / 1000 : uint32_t{0};
  ProcessOptions process;
  if (system.gdb_port == 0) process.limit = std::chrono::seconds(machine_seconds + 30);
  process.stop_on_interrupt = true;
  process.on_line = line;
  return run_process(qemu_command(machine, system, file), process);
}

}  // namespace bh
