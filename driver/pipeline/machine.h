// The machine that a policy is booted on: QEMU with the bundled microkernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "driver/pipeline/process.h"

namespace bh {

struct Machine {
  std::filesystem::path qemu;
  std::filesystem::path home;  // the folder with kernel.elf, player.elf and sdk/
};

// `home`: empty for that of this installation. Fails when QEMU or the kernel is missing.
Result<Machine> find_machine(const std::filesystem::path& home);

// A program on PATH; fails, naming the Debian packages that have it.
Result<std::filesystem::path> find_tool(std::string_view name, std::string_view packages);

// How time passes on the machine.
enum class Clock : uint8_t {
  Ours,          // as it does here
  Instructions,  // a nanosecond an instruction, and none of ours while everybody waits: the same
                 // bytes run alike wherever they run
};

struct System {
  std::span<const std::byte> table;
  std::vector<std::string> images;  // by component
  uint32_t run_limit_ms = 30000;    // of the machine's time
  Clock clock = Clock::Ours;
  uint16_t gdb_port =
      0;  // not 0: the machine waits there for a debugger before its first instruction
};

// Boots it and waits for its end; `line` takes the lines of the console. A machine that takes half
// a minute longer than it should is ended, unless a debugger may hold it. SIGINT and SIGTERM end it
// too, and the result says so.
Result<ProcessResult> run_machine(const Machine& machine, const System& system,
                                  const std::function<void(std::string_view)>& line);

}  // namespace bh
