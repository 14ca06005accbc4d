// The first and only program of the test's Linux machine (tests/selinux/linux/machine.h): loads the
// policy and does what /plan says, a step a line:
//
//   enforce                              the policy, which is only asked before
//   type TYPE                            of which the matrix is asked
//   program NAME TYPE                    a copy of this program with that label
//   port TYPE NUMBER                     to which the policy gives the type
//   ask SOURCE TARGET CLASS              tells one decision (matrix.h)
//   boolean NAME VALUE                   of the policy
//   matrix                               tells all decisions (matrix.h)
//   try NUMBER OPERATION SOURCE TARGET.. (attempt.h)
//
// Then it tells the kernel's log, "log LINE" each, if it enforced, and "end".
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "tests/selinux/linux/guest/attempt.h"
#include "tests/selinux/linux/guest/matrix.h"
#include "tests/selinux/linux/guest/system.h"

namespace bh::guest {
namespace {

constexpr int ReadAll = 3;  // syslog(2)
constexpr int Clear = 5;
constexpr int Size = 10;

void mount_at(const char* type, const char* path) {
  mkdir(path, 0755);
  if (mount(type, path, type, 0, nullptr) != 0) give_up(std::string("cannot mount ") + path);
}

void start() {
  mount_at("devtmpfs", "/dev");
  mount_at("proc", "/proc");
  mount_at("sysfs", "/sys");
  mount_at("selinuxfs", "/sys/fs/selinux");
}

void start_network() {
  const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  if (ioctl(any, SIOCSIFFLAGS, &request) != 0) give_up("no network");
  close(any);
}

void load_policy() {
  // It would look at the file behind a new link, which is not what is tried.
  write_whole("/proc/sys/fs/protected_hardlinks", "0");
  // Every denial is to be in the log, however many there are.
  write_whole("/proc/sys/kernel/printk_ratelimit", "0");
  klogctl(Clear, nullptr, 0);
  write_whole("/sys/fs/selinux/load", read_whole("/policy"));
}

// Up to the separator, which is taken, too.
std::string next(std::string_view& text, char separator) {
  const std::string part(text.substr(0, text.find(separator)));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

std::string kernel_log() {
  std::string text(static_cast<size_t>(klogctl(Size, nullptr, 0)), '\0');
  const int size = klogctl(ReadAll, text.data(), static_cast<int>(text.size()));
  if (size < 0) give_up("cannot read the log");
  text.resize(static_cast<size_t>(size));
  return text;
}

// A thread of the kernel writes denials to the log, in their order: they are all there once the
// end of enforcement is.
void tell_log() {
  write_whole("/sys/fs/selinux/enforce", "0");
  std::string text;
  while (text.find("enforcing=0") == std::string::npos) text = kernel_log();
  for (std::string_view left = text; !left.empty();) tell("log " + next(left, '\n'));
}

void follow_plan() {
  std::vector<std::string> types;
  std::map<std::string, int> ports;
  const std::string text = read_whole("/plan");
  for (std::string_view plan = text; !plan.empty();) {
    const std::string line = next(plan, '\n');
    std::string_view words = line;
    const std::string step = next(words, ' ');
    const std::string first = next(words, ' ');
    const std::string second = next(words, ' ');
    if (step == "enforce") {
      write_whole("/sys/fs/selinux/enforce", "1");
    } else if (step == "type") {
      types.push_back(first);
    } else if (step == "program") {
      const std::string path = std::string(Room) + "/" + first;
      write_whole(path, read_whole("/init"));
      label(path, second);
    } else if (step == "port") {
      ports[first] = std::stoi(second);
    } else if (step == "ask") {
      tell_decision(first, second, next(words, ' '));
    } else if (step == "boolean") {
      write_whole("/sys/fs/selinux/booleans/" + first, second);
      write_whole("/sys/fs/selinux/commit_pending_bools", "1");
    } else if (step == "matrix") {
      tell_matrix(types);
    } else if (step == "try") {
      Attempts attempts{first, second, next(words, ' '), {}};
      while (!words.empty()) attempts.targets.push_back(next(words, ' '));
      try_them(attempts, ports);
    } else {
      give_up("a step that nobody knows: " + line);
    }
  }
}

void run() {
  start();
  load_policy();
  mount_at("tmpfs", Room);
  start_network();
  follow_plan();
  if (read_whole("/sys/fs/selinux/enforce") == "1") tell_log();
  tell("end");
  power_off();
}

}  // namespace
}  // namespace bh::guest

int main(int count, char** arguments) {
  const std::string mode = count > 1 ? arguments[1] : "";
  if (mode == "nothing") return 0;
  if (mode == "try") bh::guest::run_attempts(arguments + 2);
  bh::guest::run();
}
