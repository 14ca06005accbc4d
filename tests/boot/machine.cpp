#include "tests/boot/machine.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace bh::boot_test {
namespace {

constexpr const char* KillAfterSeconds = "300";
constexpr uintmax_t FlashBankBytes = 64 << 20;

void write_bytes(const std::string& path, const ByteVector& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

std::string loader(const std::string& file, uint64_t address) {
  std::ostringstream text;
  text << "loader,file=" << file << ",addr=0x" << std::hex << address << ",force-raw=on";
  return text.str();
}

int spawn(std::vector<std::string> words, const std::string& output) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = 0;
  int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + words[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void read_line(Outcome& run, const std::string& line) {
  run.text += line + "\n";
  if (line.empty()) return;
  if (line[0] == '[') return run.printed.push_back(line);
  if (line[0] != '{') return;
  nlohmann::json json = nlohmann::json::parse(line);
  if (json.contains("audit")) run.audit.push_back(json);
  if (json.contains("boot")) run.boot = json;
  if (!json.contains("exit")) return;
  run.last = json;
  run.exit = json["exit"].get<int>();
}

// One outcome for each exit line; at least one.
std::vector<Outcome> read_console(const ByteVector& console) {
  std::vector<Outcome> outcomes(1);
  std::istringstream lines(std::string(console.begin(), console.end()));
  for (std::string line; std::getline(lines, line);) {
    if (!outcomes.back().last.is_null()) outcomes.emplace_back();
    read_line(outcomes.back(), line);
  }
  return outcomes;
}

}  // namespace

Scratch::Scratch() {
  std::string pattern = (std::filesystem::temp_directory_path() / "bh_boot_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
  path_ = pattern;
}
Scratch::~Scratch() { std::filesystem::remove_all(path_); }

std::vector<nlohmann::json> Outcome::of(const std::string& kind) const {
  std::vector<nlohmann::json> found;
  std::copy_if(audit.begin(), audit.end(), std::back_inserter(found),
               [&](const nlohmann::json& line) { return line["audit"] == kind; });
  return found;
}

ByteVector read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

static ByteVector::iterator find_script(ByteVector& image) {
  const auto* magic = reinterpret_cast<const uint8_t*>(&ScriptMagic);
  return std::search(image.begin(), image.end(), magic, magic + sizeof ScriptMagic);
}

ByteVector scripted(const std::vector<Step>& steps, const ByteVector& table) {
  ByteVector image = read_bytes(BH_BINARY_DIR "/microkernel/boot_script.elf");
  const auto at = find_script(image);
  if (at == image.end() || steps.size() > MaxSteps || table.size() > MaxTable)
    throw std::runtime_error("no room for a script");
  std::memcpy(&*at + offsetof(Script, steps), steps.data(), steps.size() * sizeof(Step));
  const auto table_bytes = static_cast<uint32_t>(table.size());
  std::memcpy(&*at + offsetof(Script, table_bytes), &table_bytes, sizeof table_bytes);
  std::copy(table.begin(), table.end(), &*at + offsetof(Script, table));
  return image;
}

std::vector<ByteVector> images_of(const kernel::testing::SystemSpec& system,
                                  std::vector<ByteVector> images) {
  for (size_t i = 0; i < images.size(); ++i) {
    const auto at = find_script(images[i]);
    if (at == images[i].end() || !system.components[i].ends) continue;
    const uint64_t channel = kernel::testing::end_channel(system.components[i]);
    std::memcpy(&*at + offsetof(Script, end_channel), &channel, sizeof channel);
  }
  return images;
}

std::vector<Outcome> run(Machine& machine) {
  Scratch scratch;
  std::vector<std::string> command = {"timeout",
                                      "-k",
                                      "1",
                                      KillAfterSeconds,
                                      "qemu-system-aarch64",
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
                                      "-icount",
                                      "shift=0,sleep=off",
                                      "-kernel",
                                      BH_BINARY_DIR "/microkernel/kernel.elf"};
  for (size_t i = 0; i < BH_SLOTS; ++i) {
    if (machine.slots[i].empty()) continue;
    const std::string file = scratch.file(i == 0 ? "a.img" : "b.img");
    write_bytes(file, machine.slots[i]);
    command.insert(command.end(), {"-device", loader(file, BH_SLOT_ADDRESS + i * BH_SLOT_BYTES)});
  }
  if (!machine.memory.empty()) {
    command.insert(
        command.end(),
        {"-object", "memory-backend-file,id=ram,size=128M,share=on,mem-path=" + machine.memory,
         "-machine", "memory-backend=ram"});
  }
  const std::string flash = scratch.file("state.bin");
  if (!machine.flash.empty()) {
    write_bytes(flash, machine.flash);
    std::filesystem::resize_file(flash, FlashBankBytes);
    command.insert(command.end(), {"-drive", "if=pflash,index=1,format=raw,file=" + flash});
  }
  const int exit = spawn(command, scratch.file("console.txt"));
  if (exit == 127) throw std::runtime_error("qemu-system-aarch64 is not installed");
  if (!machine.flash.empty()) {
    std::ifstream(flash, std::ios::binary)
        .read(reinterpret_cast<char*>(machine.flash.data()),
              static_cast<std::streamsize>(machine.flash.size()));
  }
  std::vector<Outcome> outcomes = read_console(read_bytes(scratch.file("console.txt")));
  outcomes.back().exit = exit;
  return outcomes;
}

Outcome run(const Boot& boot) {
  Machine machine{{kernel::testing::build_image({boot.blob, boot.archive}), {}}, {}, boot.memory};
  return run(machine).back();
}

Outcome run(const kernel::testing::SystemSpec& system, const std::vector<ByteVector>& images,
            uint32_t flags, uint32_t run_limit_ms) {
  return run({kernel::testing::build_blob(system),
              kernel::testing::build_archive(images_of(system, images), flags, run_limit_ms)});
}

}  // namespace bh::boot_test
