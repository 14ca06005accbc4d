#include "tests/selinux/linux/guest/system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace bh::guest {

void power_off() {
  sync();
  reboot(RB_POWER_OFF);
  _exit(1);  // and the kernel panics
}

void give_up(const std::string& what) {
  std::printf("GUEST: %s: %s\n", what.c_str(), std::strerror(errno));
  std::fflush(stdout);
  power_off();
}

std::string read_whole(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) give_up("cannot open " + path);
  std::string text;
  char buffer[65536];
  ssize_t size = 0;
  while ((size = read(file, buffer, sizeof buffer)) > 0) {
    text.append(buffer, static_cast<size_t>(size));
  }
  if (size < 0) give_up("cannot read " + path);
  close(file);
  return text;
}

void write_whole(const std::string& path, std::string_view text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
  if (file < 0) give_up("cannot open " + path);
  if (write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    give_up("cannot write " + path);
  }
  close(file);
}

std::string process_context(const std::string& type) { return "system_u:system_r:" + type; }
std::string object_context(const std::string& type) { return "system_u:object_r:" + type; }

namespace {

// The memory that the machine shares with its host, a PCI device of QEMU's (ivshmem-plain).
class SharedMemory {
 public:
  SharedMemory() {
    const std::string device = find();
    write_whole(device + "enable", "1");
    const int file = open((device + "resource2").c_str(), O_RDWR | O_CLOEXEC);
    struct stat status{};
    if (file < 0 || fstat(file, &status) != 0) give_up("no memory is shared");
    size_ = static_cast<size_t>(status.st_size);
    void* const start = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (start == MAP_FAILED) give_up("no memory is shared");
    next_ = static_cast<char*>(start);
    close(file);
  }
  void append(std::string_view text) {
    if (text.size() > size_) give_up("the shared memory is full");
    next_ = std::copy(text.begin(), text.end(), next_);
    size_ -= text.size();
  }

 private:
  static std::string find() {
    const std::string devices = "/sys/bus/pci/devices/";
    for (const std::string& name : names_in(devices)) {
      const std::string device = devices + name + "/";
      if (read_whole(device + "vendor") == "0x1af4\n" &&
          read_whole(device + "device") == "0x1110\n")
        return device;
    }
    give_up("no device shares memory");
  }

  char* next_ = nullptr;
  size_t size_ = 0;  // that is left
};

}  // namespace

std::vector<std::string> names_in(const std::string& path) {
  DIR* const folder = opendir(path.c_str());
  if (folder == nullptr) give_up("cannot list " + path);
  std::vector<std::string> names;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  closedir(folder);
  std::sort(names.begin(), names.end());
  return names;
}

void tell(std::string_view line) {
  static SharedMemory memory;
  memory.append(line);
  memory.append("\n");
}

}  // namespace bh::guest
