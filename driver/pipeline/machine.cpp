#include "driver/pipeline/machine.h"

#include <fmt/format.h>

#include <cstring>

#include "driver/pipeline/files.h"
#include "targets/microkernel/abi/bh_table.h"

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

static std::string archive_of(const System& system) {
  constexpr size_t Page = 4096;
  const std::vector<std::string>& images = system.images;
  const bh_archive header{BH_ARCHIVE_MAGIC, BH_ARCHIVE_VERSION,
                          static_cast<uint32_t>(images.size()), BH_ARCHIVE_VERBOSE,
                          system.run_limit_ms, {}};
  std::string archive(sizeof header + images.size() * sizeof(bh_archive_entry), '\0');
  std::memcpy(archive.data(), &header, sizeof header);
  for (size_t i = 0; i < images.size(); ++i) {
    archive.resize((archive.size() + Page - 1) / Page * Page);
    const bh_archive_entry entry{static_cast<uint32_t>(archive.size()),
                                 static_cast<uint32_t>(images[i].size())};
    std::memcpy(archive.data() + sizeof header + i * sizeof entry, &entry, sizeof entry);
    archive += images[i];
  }
  return archive;
}

static std::vector<std::string> qemu_command(const Machine& machine, const System& system,
                                             const fs::path& work) {
  const auto load = [&](std::string_view file, uint64_t address) {
    return fmt::format("loader,file={},addr={:#x},force-raw=on", (work / file).string(), address);
  };
  std::vector<std::string> command = {machine.qemu,
                                      "-M",
                                      "virt",
                                      "-cpu",
                                      "cortex-a53",
                                      "-m",
                                      "128M",
                                      "-nographic",
                                      "-no-reboot",
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
                                      load("table.bin", BH_BLOB_ADDRESS),
                                      "-device",
                                      load("images.bin", BH_ARCHIVE_ADDRESS)};
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
  if (auto written = write_file(work.path() / "images.bin", archive_of(system)); !written) {
    return tl::unexpected(written.error());
  }
  if (auto written = write_file(work.path() / "table.bin", system.table); !written) {
    return tl::unexpected(written.error());
  }
  const uint32_t machine_seconds =
      system.clock == Clock::Ours ? system.run_limit_ms / 1000 : uint32_t{0};
  ProcessOptions process;
  if (system.gdb_port == 0) process.limit = std::chrono::seconds(machine_seconds + 30);
  process.stop_on_interrupt = true;
  process.on_line = line;
  return run_process(qemu_command(machine, system, work.path()), process);
}

}  // namespace bh
